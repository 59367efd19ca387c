/**
 * A value that fits a schema: always the same one, and as small as the schema allows.
 *
 * It serves arguments for tools (JSON Schema) and answers of the mock (schemas of a specification), so
 * how a reference is followed is passed in. Recursion ends by leaving out whatever is not required.
 */
import { arrayOr, isObject, type JsonObject, objectOr, own, setOwn, textOf } from '../json.ts';
import { sampleForPattern } from './sample-pattern.ts';

export interface Sampling {
  /** The schema itself, or what its `$ref` leads to; an empty one when that leads nowhere. */
  readonly resolve: (schema: JsonObject) => JsonObject;
  /** Whether properties that are not required are given too. */
  readonly optional: boolean;
}

/** Beyond this depth only what a schema cannot do without is given. */
const COMFORTABLE_DEPTH = 3;
/** A schema that requires itself has no finite value: it ends here. */
const MAX_DEPTH = 24;
/** Values for one schema: a stranger's can branch until no memory holds them. */
const MAX_VALUES = 20_000;
/** A pattern is tried on short texts only: it can take time without end on a long one. */
const MAX_MATCHED_LENGTH = 24;

/** A value for the schema. */
export function sampleValue(schema: unknown, sampling: Sampling, depth = 0): unknown {
  return valueFor(schema, { ...sampling, valuesLeft: MAX_VALUES }, depth);
}

interface Run extends Sampling {
  valuesLeft: number;
}

function valueFor(schema: unknown, sampling: Run, depth: number): unknown {
  sampling.valuesLeft -= 1;
  if (depth > MAX_DEPTH || sampling.valuesLeft < 0) return null;
  if (!isObject(schema)) return 'sample';
  const resolved = sampling.resolve(schema);
  const given = givenValue(resolved);
  if (given !== undefined) return given;
  const parts = arrayOr(resolved.allOf);
  const alternatives = [...arrayOr(resolved.oneOf), ...arrayOr(resolved.anyOf)];
  const values: unknown[] = [];
  const isAlone = parts.length === 0 && alternatives.length === 0;
  // What an object holds is for its parts to say, when it says nothing of it itself.
  if (isAlone || (isTyped(resolved) && !isBareObject(resolved))) values.push(typedValue(resolved, sampling, depth));
  for (const part of parts) values.push(valueFor(besides(resolved, part), sampling, depth + 1));
  const chosen = alternatives.find((alternative) => !isNull(alternative, sampling)) ?? alternatives[0];
  if (chosen !== undefined) values.push(valueFor(besides(resolved, chosen), sampling, depth + 1));
  return values.reduce(combined);
}

/** A part without a type of its own only narrows what it stands beside. */
function besides(schema: JsonObject, part: unknown): unknown {
  const says = (keyword: string): boolean => isObject(part) && part[keyword] !== undefined;
  if (!isObject(part) || isTyped(part) || !isTyped(schema) || ['$ref', 'enum', 'const', 'allOf', 'oneOf', 'anyOf'].some(says)) return part;
  const { allOf: _allOf, oneOf: _oneOf, anyOf: _anyOf, ...own } = schema;
  return { ...own, ...part };
}

/** Objects of an `allOf` or beside an alternative add up; otherwise the more particular value wins. */
function combined(first: unknown, second: unknown): unknown {
  if (!isObject(first) || !isObject(second)) return second ?? first;
  const sum: Record<string, unknown> = {};
  for (const source of [first, second]) for (const [key, value] of Object.entries(source)) setOwn(sum, key, value);
  return sum;
}

function givenValue(schema: JsonObject): unknown {
  if (schema.const !== undefined) return schema.const;
  const choices = arrayOr(schema.enum);
  return choices.find(isSendable) ?? choices[0];
}

/** An empty text is none where it is a part of a path, dots lead elsewhere in one, and a rounded number is another one. */
const isSendable = (choice: unknown): boolean =>
  choice !== null &&
  choice !== '' &&
  choice !== '.' &&
  choice !== '..' &&
  (typeof choice !== 'number' || !Number.isInteger(choice) || Number.isSafeInteger(choice));

const isTyped = (schema: JsonObject): boolean => schema.type !== undefined || schema.properties !== undefined || schema.items !== undefined;
const isBareObject = (schema: JsonObject): boolean => schema.type === 'object' && schema.properties === undefined;
const isNull = (schema: unknown, sampling: Run): boolean => isObject(schema) && sampling.resolve(schema).type === 'null';

function typedValue(schema: JsonObject, sampling: Run, depth: number): unknown {
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  const type = types.find((candidate) => candidate !== 'null') ?? types[0];
  if (type === 'object' || (type === undefined && isObject(schema.properties))) return objectValue(schema, sampling, depth);
  if (type === 'array' || (type === undefined && schema.items !== undefined)) return arrayValue(schema, sampling, depth);
  if (type === 'integer' || type === 'number') return numberValue(schema, type);
  if (type === 'boolean') return true;
  if (type === 'null') return null;
  return stringValue(schema);
}

function objectValue(schema: JsonObject, sampling: Run, depth: number): JsonObject {
  const properties = objectOr(schema.properties);
  const required = new Set(arrayOr(schema.required).filter((name) => typeof name === 'string'));
  const generous = sampling.optional && depth < COMFORTABLE_DEPTH;
  const most = typeof schema.maxProperties === 'number' ? schema.maxProperties : Number.POSITIVE_INFINITY;
  let room = generous ? most - required.size : 0;
  const value: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(properties)) {
    if (!required.has(name) && room <= 0) continue;
    if (!required.has(name)) room -= 1;
    setOwn(value, name, valueFor(property, sampling, depth + 1));
  }
  for (const name of required) if (!Object.hasOwn(properties, name)) setOwn(value, name, 'sample');
  const least = Math.min(most, leastProperties(schema, depth));
  for (const [name, property] of Object.entries(properties)) {
    if (Object.keys(value).length >= least) break;
    if (!Object.hasOwn(value, name)) setOwn(value, name, valueFor(property, sampling, depth + 1));
  }
  const additional = own(schema, 'additionalProperties');
  for (let count = 1; Object.keys(value).length < least; count += 1) {
    setOwn(value, `key${count}`, isObject(additional) ? valueFor(additional, sampling, depth + 1) : 'sample');
  }
  return value;
}

/** An argument that is an empty object vanishes from paths, queries and forms, and is then refused as missing. */
function leastProperties(schema: JsonObject, depth: number): number {
  const declared = typeof schema.minProperties === 'number' ? Math.min(schema.minProperties, 16) : 0;
  const isArgument = depth > 0 && depth < COMFORTABLE_DEPTH;
  const canHoldAny = schema.additionalProperties !== false || Object.keys(objectOr(schema.properties)).length > 0;
  return isArgument && canHoldAny ? Math.max(1, declared) : declared;
}

function arrayValue(schema: JsonObject, sampling: Run, depth: number): unknown[] {
  const least = typeof schema.minItems === 'number' ? Math.min(schema.minItems, 64) : 0;
  const prefix = arrayOr(schema.prefixItems);
  // An empty list vanishes from queries and forms, and a call that shows nothing proves nothing.
  const length = Math.max(least, depth < COMFORTABLE_DEPTH && schema.maxItems !== 0 ? 1 : 0);
  const items = Array.from({ length }, (_, index) => valueFor(prefix[index] ?? schema.items ?? {}, sampling, depth + 1));
  return schema.uniqueItems === true ? items.map((item, index) => distinct(item, index, schema, sampling)) : items;
}

/** Lists of unique items repeat one sample: the later ones are varied. */
function distinct(item: unknown, index: number, schema: JsonObject, sampling: Run): unknown {
  if (index === 0) return item;
  const choices = isObject(schema.items) ? arrayOr(sampling.resolve(schema.items).enum) : [];
  if (choices[index] !== undefined) return choices[index];
  if (typeof item === 'number') return item + index;
  return typeof item === 'string' ? `${item}${index}` : item;
}

function numberValue(schema: JsonObject, type: 'integer' | 'number'): number {
  const step = typeof schema.multipleOf === 'number' && schema.multipleOf > 0 ? schema.multipleOf : undefined;
  const unit = step ?? (type === 'integer' ? 1 : 0.5);
  const limit = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
  const above = limit(schema.exclusiveMinimum);
  const below = limit(schema.exclusiveMaximum);
  const least = greatest(limit(schema.minimum), above === undefined ? undefined : above + unit);
  const most = smallest(limit(schema.maximum), below === undefined ? undefined : below - unit);
  let value = 1;
  if (most !== undefined && value > most) value = most;
  if (least !== undefined && value < least) value = least;
  if (step !== undefined) return Math.ceil(value / step) * step;
  return type === 'integer' ? Math.ceil(value) : value;
}

/** Of two limits, of which each may be missing, the narrower one. */
const greatest = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
const smallest = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);

const samplesByFormat: Readonly<Record<string, string>> = {
  date: '2026-01-02',
  'date-time': '2026-01-02T03:04:05Z',
  time: '03:04:05Z',
  duration: 'P1D',
  email: 'someone@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/',
  url: 'https://example.com/',
  'uri-reference': '/sample',
  'uri-template': '/sample/{id}',
  uuid: '11111111-1111-4111-8111-111111111111',
  'json-pointer': '/sample',
  regex: 'a',
  byte: 'c2FtcGxl',
  binary: 'c2FtcGxl',
};

function stringValue(schema: JsonObject): string {
  const pattern = textOf(schema.pattern);
  const candidates = [
    samplesByFormat[textOf(schema.format) ?? ''],
    schema.contentEncoding === 'base64' ? 'c2FtcGxl' : undefined,
    'sample',
    '1',
    // What rules for passwords want.
    'Sample-1',
  ];
  if (pattern !== undefined) candidates.push(...fromPattern(pattern));
  const least = typeof schema.minLength === 'number' ? Math.min(schema.minLength, 4096) : 0;
  const most = typeof schema.maxLength === 'number' ? schema.maxLength : Number.POSITIVE_INFINITY;
  const matcher = matcherOf(pattern);
  const sized = candidates
    .filter((candidate) => candidate !== undefined)
    .map((candidate) => candidate.padEnd(least, candidate || 'a').slice(0, most));
  const ofFormat = schema.format !== undefined && pattern === undefined ? sized[0] : undefined;
  const isShort = (candidate: string): boolean => candidate.length <= MAX_MATCHED_LENGTH;
  const fits = sized.find((candidate) => matcher === undefined || (isShort(candidate) && matcher.test(candidate)));
  const unread = sized.at(-1) ?? 'sample';
  return ofFormat ?? fits ?? (isShort(unread) ? 'sample' : unread);
}

function fromPattern(pattern: string): string[] {
  try {
    // The shorter one last: it is the one that is taken when both are too long to be tried.
    return [sampleForPattern(pattern, true), sampleForPattern(pattern)];
  } catch {
    // A class the reader cannot take apart; the other candidates remain.
    return [];
  }
}

function matcherOf(pattern: string | undefined): RegExp | undefined {
  if (pattern === undefined) return undefined;
  try {
    return new RegExp(pattern, 'u');
  } catch {
    return undefined;
  }
}
