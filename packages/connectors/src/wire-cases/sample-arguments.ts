/** Arguments for a tool, made from its own input schema, because that is all a caller sees. */
import { arrayOr, isObject, type JsonObject, objectOr, own, setOwn, textOf } from '../json.ts';
import type { InputSchema } from '../languages/typescript/runtime/operation.ts';
import { sampleOf, sampleValue } from '../mock/sample-value.ts';
import { lookUp } from '../model/references.ts';
import type { Arguments } from './slots.ts';

/** Only what is required, or everything there is. */
export function sampleArguments(schema: InputSchema, which: 'required' | 'all'): Arguments {
  const value = sampleValue(schema, { optional: which === 'all', resolve: resolverOf(schema) });
  return isObject(value) ? value : {};
}

/** Whether there are arguments to call the tool with: of some that it requires, no value is found that fits, or none that may be sent. */
export const canBeCalled = (schema: InputSchema): boolean => !sampleOf(schema, { optional: false, resolve: resolverOf(schema) }).isUnfit;

/** The required arguments with one of them set. */
export function withArgument(args: Arguments, argument: string, value: unknown): Arguments {
  const more = { ...args };
  setOwn(more, argument, value);
  return more;
}

/** What is required of the caller. */
export const requiredArguments = (schema: InputSchema): readonly unknown[] => arrayOr(schema.required);

/** The schema of an argument, references followed; an empty one when there is none. */
export const argumentSchema = (schema: InputSchema, argument: string): JsonObject =>
  resolverOf(schema)(objectOr(own(objectOr(schema.properties), argument)));

/**
 * The value with every text that may hold anything replaced by one that holds whatever separates values, names
 * and parts of a URL, and with a second item in a list of one: it shows whether a style is written by its rules.
 */
export function adorned(schema: JsonObject, value: unknown, root: InputSchema): unknown {
  const resolved = resolverOf(root)(schema);
  if (Array.isArray(value)) {
    const items = value.map((item, index) => adorned(objectOr(arrayOr(resolved.prefixItems)[index] ?? resolved.items), item, root));
    return [...items, ...secondItem(resolved, items, root)];
  }
  if (isObject(value)) {
    const object: Record<string, unknown> = {};
    const properties = objectOr(resolved.properties);
    for (const [key, item] of Object.entries(value)) setOwn(object, key, adorned(objectOr(own(properties, key)), item, root));
    return object;
  }
  return typeof value === 'string' && isFreeText(resolved) ? ADORNED : value;
}

/** Another item for a list of one, where the list may have it. */
function secondItem(list: JsonObject, [first, ...others]: readonly unknown[], root: InputSchema): readonly unknown[] {
  const isFull = typeof list.maxItems === 'number' && list.maxItems < 2;
  if (first === undefined || others.length > 0 || isFull || list.prefixItems !== undefined) return [];
  const item = resolverOf(root)(objectOr(list.items));
  if (typeof first === 'string' && isFreeText(item)) return ['second'];
  const choice = arrayOr(item.enum).find((each) => each !== first && each !== null);
  if (choice !== undefined) return [choice];
  return list.uniqueItems === true ? [] : [first];
}

/** Separators of every style, a percent sign, a letter and a sign beyond ASCII. */
const ADORNED = 'a b,c|d;e=f&g/h%é\u{1F600}';

const constraints = ['enum', 'const', 'pattern', 'format', 'minLength', 'maxLength', 'oneOf', 'anyOf', 'allOf', 'not', 'contentEncoding'];

const isFreeText = (schema: JsonObject): boolean =>
  (schema.type === 'string' || (Array.isArray(schema.type) && schema.type.includes('string'))) &&
  constraints.every((keyword) => schema[keyword] === undefined);

const resolverOf =
  (root: InputSchema) =>
  (schema: JsonObject): JsonObject => {
    const reference = textOf(schema.$ref);
    return reference === undefined ? schema : objectOr(lookUp(root, reference));
  };
