/**
 * `anyOf` and `oneOf` whose members say nothing but what is required: "an id, or a name with a kind". They are no other
 * forms of an object, only a rule about its members, so they neither keep fields from being arguments nor vanish.
 */
import { arrayOr, isObject, type JsonObject } from '../json.ts';
import type { References } from '../model/references.ts';

export interface RequiredChoice {
  /** Names that are required together, by alternative. */
  readonly lists: readonly (readonly string[])[];
  /** Whether one alternative excludes the others (`oneOf`). */
  readonly isExclusive: boolean;
}

/** What may stand beside such a list without saying more than it. */
const telling = new Set(['required', 'type', 'title', 'description']);

/** The choices that a schema itself leaves; none for alternatives that say more. */
export function requiredChoices(schema: JsonObject, references: References): readonly RequiredChoice[] {
  if (schema.oneOf === undefined && schema.anyOf === undefined) return [];
  return (['oneOf', 'anyOf'] as const).flatMap((keyword) => {
    const alternatives = arrayOr(schema[keyword]);
    const lists: (readonly string[])[] = [];
    for (const alternative of alternatives) {
      const names = requiredAlone(alternative, references);
      if (names.length === 0) return [];
      lists.push(names);
    }
    return lists.length === 0 ? [] : [{ lists, isExclusive: keyword === 'oneOf' }];
  });
}

/** The names that a schema requires when it says nothing else. */
function requiredAlone(schema: unknown, references: References): readonly string[] {
  const resolution = isObject(schema) ? references.resolve(schema) : undefined;
  if (resolution?.kind !== 'found' || Object.keys(resolution.value).some((keyword) => !telling.has(keyword))) return [];
  const { type = 'object', required } = resolution.value;
  return type === 'object' ? [...new Set(arrayOr(required).filter((name) => typeof name === 'string'))] : [];
}
