/**
 * GraphQL SDL or an introspection answer -> a schema. Nothing is validated, because vendors' schemas are not always
 * valid: what cannot be used is left out on the way, with a warning at its place.
 */
import { ok, type Result } from '@mcpoverflow/types';
import { buildASTSchema, GraphQLError, type GraphQLSchema, parse } from 'graphql';
import { type SpecificationFault, unusable } from '../../fault.ts';
import { arrayOr, isObject, type JsonObject, objectOr, oneLine, pointerTo, shorten, textOf } from '../../json.ts';
import type { Issues } from '../../model/issues.ts';
import { introspectionDocument } from './introspection-document.ts';
import { type PointerOf, soundDocument } from './sound-document.ts';

/** What fits into the memory of a Worker, at 300 bytes each; GitHub's schema has 61,000. */
const MAX_TOKENS = 250_000;

export interface ReadSchema {
  readonly schema: GraphQLSchema;
  /** Where a type or its field stands: a JSON Pointer into an introspection answer, or type and field of an SDL text. */
  readonly pointerOf: PointerOf;
}

/** Reads SDL. Throws for a text that is none; {@link guarded} tells why. */
export function schemaOfText(text: string, issues: Issues): ReadSchema {
  const pointerOf: PointerOf = (type, field) => (field === undefined ? pointerTo('', type) : pointerTo(pointerTo('', type), field));
  const document = soundDocument(parse(text, { noLocation: true, maxTokens: MAX_TOKENS }), pointerOf, issues);
  return { schema: buildASTSchema(document, { assumeValidSDL: true }), pointerOf };
}

/** Reads an introspection answer, with or without the `data` around it. Throws for another object; {@link guarded} tells why. */
export function schemaOfIntrospection(answer: JsonObject, issues: Issues): ReadSchema {
  const [at, found] = isObject(answer.__schema)
    ? ['/__schema', answer.__schema]
    : ['/data/__schema', objectOr(objectOr(answer.data).__schema)];
  if (!Array.isArray(found.types)) throw new Error(`${at}/types is no list of types.`);
  const pointerOf = pointersOf(found.types, at);
  const document = soundDocument(introspectionDocument(found, at, issues), pointerOf, issues);
  return { schema: buildASTSchema(document, { assumeValidSDL: true }), pointerOf };
}

/** Pointers by name; of names that are there twice the first counts. */
function pointersOf(types: readonly unknown[], at: string): PointerOf {
  const positions = new Map<string | undefined, { readonly pointer: string; readonly fields: ReadonlyMap<string | undefined, string> }>();
  for (const [index, type] of types.entries()) {
    const { name, fields, inputFields } = objectOr(type);
    if (positions.has(textOf(name))) continue;
    const pointer = `${at}/types/${index}`;
    const list = Array.isArray(fields) ? 'fields' : 'inputFields';
    const named = arrayOr(fields ?? inputFields).map(
      (field, place) => [textOf(objectOr(field).name), `${pointer}/${list}/${place}`] as const,
    );
    positions.set(textOf(name), { pointer, fields: new Map(named.toReversed()) });
  }
  return (type, field) => {
    const position = positions.get(type);
    return (field === undefined ? undefined : position?.fields.get(field)) ?? position?.pointer ?? at;
  };
}

/**
 * What `read` makes of a schema. The library throws for whatever it cannot read, and so does every engine for what
 * nests without end; both become a `specification-unusable`.
 */
export function guarded<Made>(read: () => Made): Result<Made, SpecificationFault> {
  try {
    return ok(read());
  } catch (error) {
    return unusable(`The GraphQL schema cannot be read: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof RangeError) return 'it nests too deep.';
  if (!(error instanceof Error)) return 'unknown reason';
  const [place] = (error instanceof GraphQLError ? error.locations : undefined) ?? [];
  return `${shorten(oneLine(error.message), 200)}${place === undefined ? '' : ` (line ${place.line}, column ${place.column})`}`;
}
