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

export interface Sample {
  readonly value: unknown;
  /** Whether something in it, which cannot be left out, is known not to fit or not to be sendable: nothing better was found. */
  readonly isUnfit: boolean;
}

/** A value for the schema, the best that was found. */
export const sampleValue = (schema: unknown, sampling: Sampling, depth = 0): unknown => sampleOf(schema, sampling, depth).value;

/** A value for the schema, and whether it is one to go by. What may be left out is, where no value was found for it. */
export function sampleOf(schema: unknown, sampling: Sampling, depth = 0): Sample {
  const run: Run = { ...sampling, valuesLeft: MAX_VALUES, unfit: 0 };
  const value = valueFor(schema, run, depth);
  return { value, isUnfit: run.unfit > 0 };
}

interface Run extends Sampling {
  valuesLeft: number;
  /** How many values so far are known not to fit. */
  unfit: number;
}

/** The first of the makers' values that fits; where none does, that of the first one, counted as unfit. Undefined without makers. */
function firstFit<Value>(makers: readonly (() => Value)[], sampling: Run): Value | undefined {
  const unfitBefore = sampling.unfit;
  const made: Value[] = [];
  for (const make of makers) {
    sampling.unfit = unfitBefore;
    const value = make();
    if (sampling.unfit === unfitBefore) return value;
    made.push(value);
  }
  return made[0];
}

function valueFor(schema: unknown, sampling: Run, depth: number): unknown {
  sampling.valuesLeft -= 1;
  if (depth > MAX_DEPTH || sampling.valuesLeft < 0) return null;
  if (!isObject(schema)) return 'sample';
  const resolved = sampling.resolve(schema);
  const given = givenValue(resolved, sampling);
  if (given !== undefined) return given;
  const parts = arrayOr(resolved.allOf);
  const alternatives = [...arrayOr(resolved.oneOf), ...arrayOr(resolved.anyOf)];
  const values: unknown[] = [];
  const isAlone = parts.length === 0 && alternatives.length === 0;
  // What an object holds is for its parts to say, when it says nothing of it itself.
  if (isAlone || (isTyped(resolved) && !isBareObject(resolved))) values.push(typedValue(resolved, sampling, depth));
  for (const part of parts) values.push(valueFor(besides(resolved, part), sampling, depth + 1));
  const wanted = alternatives.filter((alternative) => !isNull(alternative, sampling));
  const makers = (wanted.length === 0 ? alternatives : wanted).map(
    (chosen) => () => valueFor(besides(resolved, chosen), sampling, depth + 1),
  );
  if (makers.length > 0) values.push(firstFit(makers, sampling));
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

function givenValue(schema: JsonObject, sampling: Run): unknown {
  const choices = schema.const === undefined ? arrayOr(schema.enum) : [schema.const];
  const telling = choices.filter((choice) => choice !== null && choice !== '');
  const sendable = telling.find(isSendable);
  if (sendable === undefined && telling.length > 0) sampling.unfit += 1;
  return sendable ?? telling[0] ?? choices[0];
}

/** JSON's readers round numbers beyond these, and a dot segment leads to another path: connectors send neither. */
const isSendable = (value: unknown): boolean =>
  typeof value === 'number' ? Math.abs(value) <= Number.MAX_SAFE_INTEGER : value !== '.' && value !== '..';

const isTyped = (schema: JsonObject): boolean => schema.type !== undefined || schema.properties !== undefined || schema.items !== undefined;
const isBareObject = (schema: JsonObject): boolean => schema.type === 'object' && schema.properties === undefined;
const isNull = (schema: unknown, sampling: Run): boolean => isObject(schema) && sampling.resolve(schema).type === 'null';

function typedValue(schema: JsonObject, sampling: Run, depth: number): unknown {
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  const type = types.find((candidate) => candidate !== 'null') ?? types[0];
  if (type === 'object' || (type === undefined && isObject(schema.properties))) return objectValue(schema, sampling, depth);
  if (type === 'array' || (type === undefined && schema.items !== undefined)) return arrayValue(schema, sampling, depth);
  if (type === 'integer' || type === 'number') return numberValue(schema, type, sampling);
  if (type === 'boolean') return true;
  if (type === 'null') return null;
  return stringValue(schema, sampling);
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
    const unfitBefore = sampling.unfit;
    const member = valueFor(property, sampling, depth + 1);
    if (!required.has(name)) {
      const isUnfit = sampling.unfit > unfitBefore;
      sampling.unfit = unfitBefore;
      if (isUnfit) continue;
      room -= 1;
    }
    setOwn(value, name, member);
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

function numberValue(schema: JsonObject, type: 'integer' | 'number', sampling: Run): number {
  const step = typeof schema.multipleOf === 'number' && schema.multipleOf > 0 ? schema.multipleOf : undefined;
  const grid = step ?? (type === 'integer' ? 1 : undefined);
  const limit = (keyword: string): readonly number[] => (typeof schema[keyword] === 'number' ? [schema[keyword]] : []);
  const [least, above, most, below] = ['minimum', 'exclusiveMinimum', 'maximum', 'exclusiveMaximum'].map(limit);
  const limits = [least, above, most, below].flatMap((each) => each ?? []);
  const middle = limits.reduce((sum, each) => sum + each, 0) / Math.max(1, limits.length);
  const unit = grid ?? 0.5;
  const near = [1, ...limits.flatMap((each) => [each, each + unit, each - unit]), middle];
  // Multiples of a fraction come out a little off.
  const exact = (count: number): number => Number((count * unit).toPrecision(15));
  const candidates = grid === undefined ? near : near.flatMap((each) => [exact(Math.ceil(each / grid)), exact(Math.floor(each / grid))]);
  const fits = (value: number): boolean =>
    isSendable(value) &&
    (type === 'number' || Number.isInteger(value)) &&
    !least?.some((each) => value < each) &&
    !above?.some((each) => value <= each) &&
    !most?.some((each) => value > each) &&
    !below?.some((each) => value >= each);
  const found = candidates.find(fits);
  if (found === undefined) sampling.unfit += 1;
  return found ?? limits[0] ?? 1;
}

const samplesByFormat: ReadonlyMap<string, string> = new Map(
  Object.entries({
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
  }),
);

function stringValue(schema: JsonObject, sampling: Run): string {
  const pattern = textOf(schema.pattern);
  const candidates = [
    samplesByFormat.get(textOf(schema.format) ?? ''),
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
  const found = ofFormat ?? fits ?? (isShort(unread) ? undefined : unread);
  if (found === undefined) sampling.unfit += 1;
  return found ?? 'sample';
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
