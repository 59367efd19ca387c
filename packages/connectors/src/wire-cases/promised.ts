/**
 * What a tool promises of its answers, for the few words that output schemas are written in: types, members, items,
 * alternatives and parts. A connector hands on as `structuredContent` what fits; a sample that does not fit proves
 * nothing, so it is looked at first.
 */
import { arrayOr, isObject, type JsonObject, objectOr, own, textOf } from '../json.ts';
import type { InputSchema } from '../languages/typescript/runtime/operation.ts';
import { lookUp } from '../model/references.ts';

/** Parts and alternatives may name each other for ever. */
const MAX_DEPTH = 64;

/** The answer as `structuredContent` holds it: the object itself, or `{ result }` around anything else. Undefined when it does not fit. */
export function structuredOf(answer: unknown, promise: InputSchema): JsonObject | undefined {
  const value = isObject(answer) ? answer : { result: answer };
  return fits(value, promise, promise, 0) ? value : undefined;
}

function fits(value: unknown, schema: unknown, root: InputSchema, depth: number): boolean {
  if (depth > MAX_DEPTH) return false;
  if (!isObject(schema)) return true;
  const within = (part: unknown, each: unknown = value): boolean => fits(each, part, root, depth + 1);
  const reference = textOf(schema.$ref);
  if (reference !== undefined) return within(lookUp(root, reference));
  const types = [schema.type].flat().filter((type) => type !== undefined);
  if (types.length > 0 && !types.some((type) => isOfType(value, type))) return false;
  if (!arrayOr(schema.allOf).every((part) => within(part))) return false;
  const alternatives = arrayOr(schema.anyOf);
  if (alternatives.length > 0 && !alternatives.some((part) => within(part))) return false;
  if (Array.isArray(value)) {
    const first = arrayOr(schema.prefixItems);
    return value.every((item, index) => within(index < first.length ? first[index] : schema.items, item));
  }
  const properties = objectOr(schema.properties);
  return !isObject(value) || Object.entries(value).every(([name, member]) => within(own(properties, name), member));
}

function isOfType(value: unknown, type: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}
