/**
 * A lazy `$ref` resolver: follows one reference when somebody asks, and never copies the document.
 *
 * Dereferencing a whole document ahead of time costs seconds and gigabytes on real ones (one vendor's
 * 3 MB inline to 975 MB). Here a reference is a JSON Pointer into the same document; chains are
 * followed within a budget, loops and missing targets are values, and other documents are never
 * fetched: this code has no network, and a specification must not choose what the engine reads.
 */
import { arrayOr, isObject, type JsonObject, objectOr, textOf } from '../json.ts';
import { type Variants, variantsIn } from './variants.ts';

/** More hops than any sane document needs; a chain that is longer is treated as one that never ends. */
const MAX_HOPS = 32;

/**
 * Keywords of a schema that narrow it. Beside a `$ref` they count from OpenAPI 3.1 on, where a schema is JSON Schema; no
 * other object of a document that may be a reference has a field of these names and forms. A description or a default
 * alone is about one use of a schema: who reads it looks at the reference for them.
 */
const narrowing = new Set(
  [
    'type enum const properties required additionalProperties patternProperties propertyNames minProperties maxProperties',
    'items prefixItems contains minItems maxItems uniqueItems pattern format minLength maxLength contentEncoding contentMediaType',
    'minimum maximum exclusiveMinimum exclusiveMaximum multipleOf allOf anyOf oneOf not readOnly writeOnly',
  ].flatMap((keywords) => keywords.split(' ')),
);
/** A parameter, too, is `required`: true, not a list. */
const isNarrowing = (keyword: string, value: unknown): boolean =>
  narrowing.has(keyword) && !(keyword === 'required' && !Array.isArray(value));

/** What the schemas `true` and `false` mean, in the form of all others. */
const anything: JsonObject = {};
const nothing: JsonObject = { not: {} };

export type Resolution =
  | {
      readonly kind: 'found';
      readonly value: JsonObject /** Pointer of the last hop's target; undefined when there was no reference. */;
      readonly target?: string;
    }
  | { readonly kind: 'missing' | 'external' | 'endless' | 'not-an-object'; readonly reference: string };

export interface References {
  /** Follows `$ref` until something that is not a reference; `true` and `false` at its end become the schemas they stand for. From 3.1 on, a reference with more of a schema beside it is an `allOf` of both. */
  resolve(value: unknown): Resolution;
  /** What a value of the schema, with no reference of its own, may be told apart as; undefined when it is just what it says. */
  variantsOf(schema: JsonObject): Variants | undefined;
}

/** A resolver over one document. */
export function referencesOf(document: unknown): References {
  // 3.2: a document may give its own address, and then call itself by it.
  const self = textOf(objectOr(document).$self);
  let named: ReadonlyMap<string, unknown> | undefined;
  let variantsOf: References['variantsOf'] | undefined;
  // Thousands of references say the same few hundred things.
  const known = new Map<string, unknown>();
  const mayNarrow = /^3\.[1-9]/.test(textOf(objectOr(document).openapi) ?? '');
  // The same object each time: readers know what they have read by it.
  const narrowed = new WeakMap<JsonObject, JsonObject>();
  const withReference = (schema: JsonObject): JsonObject => {
    const first = narrowed.get(schema);
    if (first !== undefined) return first;
    const { $ref, allOf, ...beside } = schema;
    const both = { ...beside, allOf: [{ $ref }, ...arrayOr(allOf)] };
    narrowed.set(schema, both);
    return both;
  };
  const find = (reference: string): unknown => {
    const local = self !== undefined && reference.startsWith(`${self}#`) ? reference.slice(self.length) : reference;
    if (local === '#' || local.startsWith('#/')) return lookUp(document, local);
    named ??= namedSchemas(document);
    const [id = '', fragment] = local.split('#');
    if (named.has(local)) return named.get(local);
    return id !== '' && fragment?.startsWith('/') && named.has(id) ? lookUp(named.get(id), `#${fragment}`) : undefined;
  };
  const references: References = {
    resolve(value) {
      let current: unknown = value;
      let target: string | undefined;
      for (let hop = 0; hop <= MAX_HOPS; hop += 1) {
        if (!isObject(current)) return { kind: 'not-an-object', reference: target ?? '' };
        const reference = textOf(current.$ref);
        if (reference === undefined) return { kind: 'found', value: current, ...(target === undefined ? {} : { target }) };
        if (mayNarrow && narrows(current))
          return { kind: 'found', value: withReference(current), ...(target === undefined ? {} : { target }) };
        let next = known.get(reference);
        if (next === undefined && !known.has(reference)) {
          next = find(reference);
          known.set(reference, next);
        }
        if (next === undefined) return { kind: isLocal(reference, self) ? 'missing' : 'external', reference };
        target = reference;
        current = typeof next === 'boolean' ? (next ? anything : nothing) : next;
      }
      return { kind: 'endless', reference: target ?? '' };
    },
    variantsOf(schema) {
      variantsOf ??= variantsIn(document, references);
      return variantsOf(schema);
    },
  };
  return references;
}

/** Whether a reference has more of a schema beside it. */
function narrows(schema: JsonObject): boolean {
  for (const keyword in schema) if (keyword !== '$ref' && isNarrowing(keyword, schema[keyword])) return true;
  return false;
}

const isLocal = (reference: string, self: string | undefined): boolean =>
  reference.startsWith('#') || (self !== undefined && reference.startsWith(`${self}#`));

/** Schemas that gave themselves a name (`$id`, `$anchor`), by what a reference to them says; the first of a name counts. */
function namedSchemas(document: unknown): ReadonlyMap<string, unknown> {
  const named = new Map<string, unknown>();
  const open: unknown[] = [document];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    if (isObject(value)) {
      const names = [textOf(value.$id), ...[value.$anchor, value.$dynamicAnchor].map((anchor) => textOf(anchor) && `#${anchor}`)];
      for (const name of names) if (name !== undefined && !named.has(name)) named.set(name, value);
    }
    for (const item of Object.values(value)) if (typeof item === 'object' && item !== null) open.push(item);
  }
  return named;
}

/** The value at a local reference such as `#/components/schemas/Pet`; undefined when there is none. */
export function lookUp(document: unknown, reference: string): unknown {
  if (reference === '#') return document;
  if (!reference.startsWith('#/')) return undefined;
  let current: unknown = document;
  for (const step of reference.slice(2).split('/')) {
    if (typeof current !== 'object' || current === null) return undefined;
    const key = decodeStep(step);
    if (!Object.hasOwn(current, key)) return undefined;
    current = Reflect.get(current, key);
  }
  return current;
}

/** A reference is a URI fragment, so a step is percent-encoded first and pointer-escaped second. */
function decodeStep(step: string): string {
  if (!/[%~]/.test(step)) return step;
  let decoded = step;
  try {
    decoded = decodeURIComponent(step);
  } catch {
    // A stray percent sign: taken as it stands.
  }
  return decoded.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** What a person should know about a reference that could not be followed. */
export function describeUnresolved(resolution: Exclude<Resolution, { kind: 'found' }>): string {
  switch (resolution.kind) {
    case 'missing':
      return `Nothing is at the reference ${resolution.reference}; it was left open.`;
    case 'external':
      return `The reference ${resolution.reference} leads to another document; it was left open. Bundle the specification into one file.`;
    case 'endless':
      return `The chain of references at ${resolution.reference} never ends; it was left open.`;
    case 'not-an-object':
      return resolution.reference === ''
        ? 'An object was expected here.'
        : `The reference ${resolution.reference} does not lead to an object.`;
  }
}
