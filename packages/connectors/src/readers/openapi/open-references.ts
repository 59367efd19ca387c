/**
 * Tells of references inside schemas that lead nowhere, so that whoever only analyses an API hears of
 * them too; a connector would meet them when its tools are built.
 *
 * Schemas are walked as they are written, each reference followed for itself: recursion is legal and
 * costs nothing here. Only keywords that hold schemas are entered, because a `$ref` in an example or a
 * constant is data.
 */
import { isObject, objectOr, pointerTo, textOf } from '../../json.ts';
import type { Issues } from '../../model/issues.ts';
import { describeUnresolved, type References } from '../../model/references.ts';

const oneSchema = ['items', 'additionalProperties', 'not', 'contains', 'propertyNames', 'if', 'then', 'else'] as const;
const manySchemas = ['properties', 'patternProperties', 'allOf', 'anyOf', 'oneOf', 'prefixItems', '$defs', 'dependentSchemas'] as const;

/** Adds a warning for every reference in `schema` that is missing, external or endless, at its own pointer. */
export function reportOpenReferences(
  schema: unknown,
  pointer: string,
  { references, issues }: { readonly references: References; readonly issues: Issues },
): void {
  // One path for the whole walk: pointers are only written where there is something to tell.
  const path: string[] = [];
  const visit = (value: unknown, ...steps: readonly string[]): void => {
    if (!isObject(value)) return;
    path.push(...steps);
    if (textOf(value.$ref) !== undefined) {
      const resolution = references.resolve(value);
      // `true` and `false` are schemas too.
      if (resolution.kind !== 'found' && resolution.kind !== 'not-an-object') {
        issues.add('warning', path.reduce(pointerTo, pointer), describeUnresolved(resolution));
      }
    }
    for (const keyword of oneSchema) visit(value[keyword], keyword);
    for (const keyword of manySchemas) {
      const schemas = value[keyword];
      for (const [name, part] of Object.entries(Array.isArray(schemas) ? schemas : objectOr(schemas))) visit(part, keyword, name);
    }
    path.length -= steps.length;
  };
  visit(schema);
}
