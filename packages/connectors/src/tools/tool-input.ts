/**
 * An operation's parameters and body -> one flat list of arguments, and where each of them goes.
 *
 * Models fill flat inputs better than nested ones, so a body that is a plain object gives its fields to
 * the root. Where two places use one name, the first keeps it (path, query, header, cookie, body) and
 * the others are told apart by their place: `id`, `query_id`, `body_id`.
 */

import { arrayOr, isObject, type JsonObject, objectOr, oneLine, shorten, textOf } from '../json.ts';
import type { Body, Field, Parameter } from '../languages/typescript/runtime/operation.ts';
import { type ApiBody, type ApiMedia, type ApiModel, type ApiOperation, type ApiParameter, parameterPlaces } from '../model/model.ts';
import type { References } from '../model/references.ts';
import { type Variants, wrappedReference } from '../model/variants.ts';
import { isAnything, isJsonMedia, isRange, typeWithin } from './media-types.ts';
import { acceptableKey, type InputProperty } from './project-schema.ts';
import { type RequiredChoice, requiredChoices } from './required-choices.ts';

export interface ToolInput {
  readonly parameters: readonly Parameter[];
  readonly body?: Body;
  readonly properties: readonly InputProperty[];
  /** What a caller cannot say, for people to read. */
  readonly losses: readonly string[];
}

/** A body with more fields stays one argument: nobody reads a list that long at the root. */
const MAX_FIELDS = 150;
/** How deep `allOf` may nest in a body whose fields are lifted. */
const MAX_ALL_OF = 8;

/** The arguments of a tool and what becomes of them. */
export function toolInput(operation: ApiOperation, model: Pick<ApiModel, 'references'>): ToolInput {
  const names = new ArgumentNames();
  const properties: InputProperty[] = [];
  const parameters = inPlaceOrder(operation.parameters).map((parameter) => {
    const argument = names.take(parameter.name, parameter.in);
    const description = [parameter.deprecated ? 'Deprecated.' : '', parameter.description ?? ''].filter(Boolean).join(' ');
    properties.push({
      argument,
      schema: parameter.schema ?? {},
      required: parameter.required,
      ...(parameter.name === argument ? {} : { sentAs: parameter.name }),
      ...(description === '' ? {} : { description }),
    });
    return tableParameter(parameter, argument);
  });
  const media = operation.body === undefined ? undefined : preferredMedia(operation.body.media, model.references);
  if (operation.body === undefined || media === undefined) return { parameters, properties, losses: [] };
  const bound = bindBody(operation, operation.body, media, names, model.references);
  const losses = operation.graphql === undefined ? lostFields(operation.body.media, media, model.references) : [];
  const files = bound.body.kind === 'multipart' && bound.body.argument !== undefined ? filesIn(media, model.references) : [];
  if (files.length > 0)
    losses.push(`The body is one argument, in which no file can be given: what is one goes as a text (${toldNames(files)}).`);
  return { parameters, body: bound.body, properties: [...properties, ...bound.properties], losses: [...losses, ...bound.losses] };
}

/** Hands out argument names: of model APIs' characters, at most 64, each once. */
class ArgumentNames {
  readonly #taken = new Set<string>();
  /** The number that the next of many alike would get. */
  readonly #next = new Map<string, number>();

  take(name: string, place: string): string {
    const plain = acceptableKey.test(name) ? name : plainName(name);
    const wanted = this.#taken.has(plain) || plain === '__proto__' ? `${place}_${plain}`.slice(0, 64) : plain;
    const stem = wanted.slice(0, 58);
    let argument = wanted;
    for (let count = this.#next.get(stem) ?? 2; this.#taken.has(argument); count += 1) {
      argument = `${stem}_${count}`;
      this.#next.set(stem, count + 1);
    }
    this.#taken.add(argument);
    return argument;
  }
}

const plainName = (name: string): string =>
  name
    .replace(/^[^A-Za-z0-9_.-]+|[^A-Za-z0-9_.-]+$/g, '')
    .replace(/[^A-Za-z0-9_.-]+/g, '_')
    .slice(0, 64) || 'value';

function inPlaceOrder(parameters: readonly ApiParameter[]): readonly ApiParameter[] {
  return parameterPlaces.flatMap((place) => parameters.filter((parameter) => parameter.in === place));
}

/** Only what differs from OpenAPI's defaults is written: an API of 10,000 operations has 60,000 parameters. */
function tableParameter(parameter: ApiParameter, argument: string): Parameter {
  const defaultStyle = parameter.in === 'query' || parameter.in === 'cookie' ? 'form' : 'simple';
  const defaultExplode = parameter.style === 'form' || parameter.style === 'deepObject';
  return {
    argument,
    ...(parameter.name === argument ? {} : { name: parameter.name }),
    in: parameter.in,
    ...(parameter.style === defaultStyle ? {} : { style: parameter.style }),
    ...(parameter.explode === defaultExplode ? {} : { explode: parameter.explode }),
    ...(parameter.allowReserved ? { allowReserved: true } : {}),
    ...(parameter.mediaType === undefined ? {} : { json: true }),
  };
}

/** Of the multipart types only form-data has fields; nothing here can write the others, nor a form that is a list, whose parts have no names. */
const isWritable = ({ mediaType, schema }: ApiMedia, references: References): boolean =>
  !mediaType.startsWith('multipart/') ||
  ((mediaType === 'multipart/form-data' || mediaType === 'multipart/*') && !isOnly('array', schema, references));

function kindOf({ mediaType, schema }: ApiMedia, references: References): Exclude<Body['kind'], 'graphql'> {
  if (isAnything(mediaType)) return isOfBytes(schema, references) ? 'binary' : 'json';
  if (isJsonMedia(mediaType)) return 'json';
  // A form may be described as the text that it is, with its fields written by the caller.
  if (mediaType === 'application/x-www-form-urlencoded') return isOnly('string', schema, references) ? 'text' : 'form';
  if (mediaType.startsWith('multipart/')) return 'multipart';
  return mediaType.startsWith('text/') || ofText.test(mediaType) ? 'text' : 'binary';
}

/** Media types of texts that are not called so. */
const ofText =
  /[/+](xml|yaml|x-yaml|toml|javascript|graphql|sql|sparql-query|sparql-update|n-triples|n-quads|trig|jose|jwt|(x-)?ndjson|jsonl|(x-)?jsonlines)$/;

/** Whether a value is of this type and, but for null, of no other. */
function isOnly(type: string, schema: unknown, references: References): boolean {
  const resolution = references.resolve(schema);
  const types = resolution.kind === 'found' ? [resolution.value.type].flat() : [];
  return types.includes(type) && types.every((each) => each === type || each === 'null');
}

const preference: readonly Body['kind'][] = ['json', 'form', 'multipart', 'text', 'binary'];

/**
 * The media type that carries the most of a body with the least to get wrong: the first kind that is there, a type before
 * a range, unless another one has all of its fields and more.
 */
function preferredMedia(media: readonly ApiMedia[], references: References): ApiMedia | undefined {
  const [first, ...others] = media.filter((each) => isWritable(each, references));
  if (first === undefined || others.length === 0) return first;
  const rank = (each: ApiMedia): number => 2 * preference.indexOf(kindOf(each, references)) + (isRange(each.mediaType) ? 1 : 0);
  const [best = first, ...rest] = [first, ...others]
    .map((each) => ({ each, rank: rank(each) }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ each }) => each);
  let chosen = { media: best, fields: givableFields(best, references) };
  for (const each of rest) {
    const fields = givableFields(each, references);
    const isMore = fields !== undefined && chosen.fields !== undefined && fields.size > chosen.fields.size;
    if (isMore && [...(chosen.fields ?? [])].every((name) => fields.has(name))) chosen = { media: each, fields };
  }
  return chosen.media;
}

/** The fields that a caller can give in a body of this media type; undefined where they are not told apart. */
function givableFields(media: ApiMedia, references: References): ReadonlySet<string> | undefined {
  const kind = kindOf(media, references);
  if (kind === 'text' || kind === 'binary') return undefined;
  const fields = liftableFields(media.schema, references);
  if (fields === undefined) return undefined;
  // No form but multipart has files.
  const isGivable = ([name, schema]: readonly [name: string, schema: unknown]): boolean =>
    kind !== 'form' || fileOf(schema, media.encodings.get(name)?.contentType, references) === undefined;
  return new Set([...fields.properties].filter(isGivable).map(([name]) => name));
}

/** Why the operation's body cannot be written; undefined when it can, or there is none. */
export function unwritableBody({ body }: ApiOperation, references: References): string | undefined {
  if (body === undefined || body.media.length === 0 || body.media.some((each) => isWritable(each, references))) return undefined;
  const types = shorten(oneLine(body.media.map(({ mediaType }) => mediaType).join(', ')), 120);
  return `Its body is ${types}, and of the multipart types connectors write form-data alone, with fields that have names.`;
}

/** Characters of the fields of a choice, which stand in each of their descriptions. */
const MAX_TOLD_CHOICE = 120;
/** Characters of a name that is told. */
const MAX_TOLD_NAME = 60;
/** Names of fields that are told one by one. */
const MAX_TOLD_FIELDS = 12;

/** What every media type that was not chosen could say beyond the chosen one, whose fields must be known for that. */
function lostFields(all: readonly ApiMedia[], chosen: ApiMedia, references: References): string[] {
  const kept = all.length === 1 ? undefined : liftableFields(chosen.schema, references);
  if (kept === undefined) return [];
  return all.flatMap((media) => {
    const fields = media === chosen ? undefined : liftableFields(media.schema, references);
    const lost = [...(fields?.properties.keys() ?? [])].filter((name) => !kept.properties.has(name));
    if (lost.length === 0) return [];
    return [`The body is sent as ${chosen.mediaType}: fields that only ${media.mediaType} has cannot be given (${toldNames(lost)}).`];
  });
}

function toldNames(names: readonly string[]): string {
  const told = names.slice(0, MAX_TOLD_FIELDS).map((name) => shorten(oneLine(name), MAX_TOLD_NAME));
  return [...told, ...(names.length > told.length ? [`${names.length - told.length} more`] : [])].join(', ');
}

/** What stands in a body that the caller writes as text, such as XML: the schema cannot say it of a string. */
function describeFields(schema: unknown, references: References): string {
  const resolution = references.resolve(schema);
  // Such as lines of JSON.
  const items = resolution.kind === 'found' ? resolution.value.items : undefined;
  const fields = liftableFields(items ?? schema, references);
  if (fields === undefined) return '';
  const names = [...fields.properties.keys()];
  const ordered = [...names.filter((name) => fields.required.has(name)), ...names.filter((name) => !fields.required.has(name))];
  return ` Fields${items === undefined ? '' : ' of each item'}: ${toldNames(ordered.map((name) => (fields.required.has(name) ? `${name} (required)` : name)))}.`;
}

function bindBody(
  operation: ApiOperation,
  body: ApiBody,
  media: ApiMedia,
  names: ArgumentNames,
  references: References,
): Pick<ToolInput, 'properties' | 'losses'> & { readonly body: Body } {
  const { graphql } = operation;
  const kind = graphql === undefined ? kindOf(media, references) : 'graphql';
  const mediaType = sentMediaType(media, kind);
  const structured = kind === 'json' || kind === 'form' || kind === 'multipart';
  // Nothing could hold all variables, so all are arguments; without any there is still the operation's text to send.
  const variables = kind === 'graphql' ? (liftableFields(media.schema, references, Number.POSITIVE_INFINITY) ?? noFields()) : undefined;
  const fields = structured ? liftableFields(media.schema, references) : variables;
  if (fields === undefined) {
    const argument = names.take('body', 'body');
    const plain = { type: 'string', ...(kind === 'binary' ? { format: 'binary' } : {}) };
    const about = body.description === undefined ? `The body (${mediaType}).` : shorten(body.description.trim(), 150);
    const description =
      kind === 'binary'
        ? `The body (${isRange(media.mediaType) ? `${media.mediaType}, sent as ` : ''}${mediaType}) as base64.`
        : kind === 'text'
          ? `${about}${describeFields(media.schema, references)}`
          : (body.description ?? about);
    return {
      body: { mediaType, kind, argument },
      properties: [{ argument, schema: structured ? (media.schema ?? {}) : plain, required: body.required, description }],
      losses: [],
    };
  }
  const properties: InputProperty[] = [];
  const named = [...fields.properties].map(([name, schema]) => ({ name, schema, argument: names.take(name, 'body') }));
  const argumentOf = new Map(named.map(({ name, argument }) => [name, argument]));
  const choices = fields.choices.map((choice) => ({ of: new Set(choice.lists.flat()), text: toldChoice(choice, argumentOf) }));
  const bound = named.map(({ name, schema, argument }): Field => {
    const encoding = media.encodings.get(name);
    const file = kind === 'multipart' ? fileOf(schema, encoding?.contentType, references) : undefined;
    const contentType = partMediaType(encoding?.contentType ?? file?.mediaType);
    const isRequired = fields.required.has(name);
    const needs = choices.flatMap(({ of, text }) => (of.has(name) ? [text] : []));
    const note = fields.notes.get(name);
    if (note !== undefined) needs.push(note);
    if (isRequired && !body.required && fields.properties.size > 1) needs.push('Required with any other field of the body.');
    properties.push({
      argument,
      schema: file?.schema ?? schema,
      required: body.required && isRequired,
      ...(needs.length === 0 ? {} : { need: needs.join(' ') }),
      ...(name === argument ? {} : { sentAs: name }),
    });
    return {
      argument,
      ...(name === argument ? {} : { name }),
      ...(encoding?.style === undefined ? {} : { style: encoding.style }),
      ...(encoding?.explode === undefined ? {} : { explode: encoding.explode }),
      ...(contentType === undefined ? {} : { contentType }),
      ...(file === undefined ? {} : { file: true }),
    };
  });
  const mayBeEmpty = kind !== 'graphql' && properties.every(({ required }) => !required);
  return {
    body: {
      mediaType,
      kind,
      ...(graphql === undefined ? {} : { document: graphql.document }),
      ...(body.required && mayBeEmpty ? { required: true } : {}),
      fields: bound,
    },
    properties,
    losses: fields.losses,
  };
}

/** A choice in words, such as `At least one of these is needed: id; name with kind.` */
function toldChoice({ lists, isExclusive }: RequiredChoice, argumentOf: ReadonlyMap<string, string>): string {
  const told = lists.map((names) => names.map((name) => argumentOf.get(name) ?? name).join(' with ')).join('; ');
  return `${isExclusive ? 'Exactly' : 'At least'} one of these is needed: ${shorten(told, MAX_TOLD_CHOICE)}.`;
}

/** What the body is announced as: the parameters that the document wrote (a version, a charset) are part of it. */
function sentMediaType({ mediaType, contentType = mediaType }: ApiMedia, kind: Body['kind']): string {
  if (isRange(mediaType)) return typeWithin(mediaType, kind);
  return kind === 'multipart' ? mediaType : contentType;
}

/** The first of the media types that a part may have; none when all of them are patterns. */
const partMediaType = (choices: string | undefined): string | undefined =>
  choices
    ?.split(',')
    .map((choice) => choice.trim())
    .find((choice) => choice !== '' && !choice.includes('*'));

interface Fields {
  readonly properties: Map<string, unknown>;
  readonly required: Set<string>;
  /** Lists of fields of which one is required. */
  readonly choices: RequiredChoice[];
  /** When a field counts that not every such body has, as a sentence. */
  readonly notes: ReadonlyMap<string, string>;
  /** What such a body may hold and these fields do not, as sentences for people. */
  readonly losses: readonly string[];
}

const noFields = (): Fields => ({ properties: new Map(), required: new Set(), choices: [], notes: new Map(), losses: [] });

/** The fields of a schema that is a plain object; undefined when lifting them would lose something. */
function liftableFields(schema: unknown, references: References, most = MAX_FIELDS): Fields | undefined {
  const base = noFields();
  const fields = collect(schema, references, base) ? withVariants(schema, references, base, most) : undefined;
  if (fields === undefined || fields.properties.size === 0 || fields.properties.size > most) return undefined;
  const chosen = fields.choices.flatMap(({ lists }) => lists.flat());
  if (!chosen.every((name) => fields.properties.has(name))) return undefined;
  for (const [name, property] of fields.properties) {
    const resolved = isObject(property) ? references.resolve(property) : undefined;
    if (resolved?.kind === 'found' && resolved.value.readOnly === true) fields.properties.delete(name);
  }
  if (fields.properties.size === 0) return undefined;
  const isGivable = ({ lists }: RequiredChoice): boolean => lists.flat().every((name) => fields.properties.has(name));
  return { ...fields, choices: fields.choices.filter(isGivable) };
}

/** Adds the fields of an object and of what it takes over, each schema once; false when it is no plain object. */
function collect(schema: unknown, references: References, fields: Fields, depth = 0, seen = new Set<JsonObject>()): boolean {
  const resolution = references.resolve(schema);
  if (resolution.kind !== 'found' || depth > MAX_ALL_OF) return false;
  const object = resolution.value;
  if (seen.has(object)) return true;
  seen.add(object);
  // A part that names no type narrows what the others say: often it is the list of what is required, and nothing else.
  const choices = requiredChoices(object, references);
  if (!isPlainObject(depth > 0 && object.type === undefined ? { ...object, type: 'object' } : object, choices.length)) return false;
  fields.choices.push(...choices);
  for (const [name, property] of Object.entries(objectOr(object.properties))) {
    const known = fields.properties.get(name);
    // What an object says of a field itself comes first, and what it took over adds to it.
    fields.properties.set(name, known === undefined || known === property ? property : { allOf: [known, property] });
  }
  for (const name of arrayOr(object.required)) if (typeof name === 'string') fields.required.add(name);
  return arrayOr(object.allOf).every((part) => collect(part, references, fields, depth + 1, seen));
}

/** The fields of a body and of what takes its schema over; undefined when these are too many, or no plain objects. */
function withVariants(schema: unknown, references: References, base: Fields, most: number): Fields | undefined {
  const resolution = references.resolve(isObject(schema) ? (wrappedReference(schema) ?? schema) : schema);
  const variants = resolution.kind === 'found' ? references.variantsOf(resolution.value) : undefined;
  if (variants === undefined) return base;
  const all = variants.listed.length === 0 ? undefined : joined(base, variants, references);
  if (all !== undefined && all.properties.size <= most) return all;
  // As one argument it would be open to all fields, except those whose names no key may have: what must be given counts more.
  const isOpenToAll = [...base.required].every((name) => acceptableKey.test(name) || !base.properties.has(name));
  const loss = `Fields that depend on "${shorten(oneLine(variants.property), MAX_TOLD_NAME)}" cannot be given (${toldNames(variants.names)}).`;
  return isOpenToAll ? undefined : { ...base, losses: [loss] };
}

/** The fields of a body with those of its variants, which are never required, but told by which variant has or requires them. */
function joined(base: Fields, variants: Variants, references: References): Fields | undefined {
  const properties = new Map(base.properties);
  const told = new Map<string, string[]>();
  for (const { names, schema } of variants.listed) {
    const own = noFields();
    if (!collect(schema, references, own)) return undefined;
    for (const [name, field] of own.properties) {
      const isRequired = own.required.has(name);
      const isOfBase = base.properties.has(name);
      // Of a field that all of them have, only who requires it is worth a word.
      if (isOfBase && (!isRequired || base.required.has(name))) continue;
      const known = properties.get(name);
      if (!isOfBase) properties.set(name, known === undefined || known === field ? field : { anyOf: [known, field] });
      told.set(name, [...(told.get(name) ?? []), ...names.map((value) => `${value}${isRequired ? ' (required)' : ''}`)]);
    }
  }
  const property = shorten(oneLine(variants.property), MAX_TOLD_NAME);
  const notes = new Map([...told].map(([name, values]) => [name, `With "${property}" ${toldNames(values)}.`]));
  return { ...base, properties, notes: notes.set(variants.property, `Tells which other fields count: ${toldNames(variants.names)}.`) };
}

/** `choices`: how many of its alternatives only say what is required. */
function isPlainObject(schema: JsonObject, choices: number): boolean {
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  const isObjectType =
    types.includes('object') || (schema.type === undefined && (isObject(schema.properties) || Array.isArray(schema.allOf)));
  const open = isObject(schema.additionalProperties) || schema.additionalProperties === true;
  const alternatives = [schema.oneOf, schema.anyOf].filter((keyword) => arrayOr(keyword).length > 0).length;
  return isObjectType && !open && alternatives === choices && schema.not === undefined && schema.patternProperties === undefined;
}

interface FileField {
  /** As a caller gives it: base64, or a list of that. */
  readonly schema: unknown;
  /** What the schema says that the file is. */
  readonly mediaType?: string;
}

/** Lists and alternatives that are looked into to find a file: they can hold each other without end. */
const MAX_WRAPPINGS = 32;
/** Media types whose values no text can hold. */
const ofBytes = /^\s*((image|audio|video|font)\/(?!svg\+xml)|application\/(octet-stream|pdf|zip|gzip)\b)/i;

/**
 * What a part of a form is when it is a file: a string of bytes, a list of them, or either beside null; undefined for any
 * other part. 3.0 says `format: binary`; from 3.1 on it is `contentEncoding: binary`, `contentMediaType` alone, or no word
 * of it but the part's own media type (3.1.0, section 4.8.14.4).
 */
function fileOf(
  schema: unknown,
  partType: string | undefined,
  references: References,
  looks = { left: MAX_WRAPPINGS },
): FileField | undefined {
  const resolution = references.resolve(schema);
  looks.left -= 1;
  if (resolution.kind !== 'found' || looks.left < 0) return undefined;
  const { value } = resolution;
  const description = (isObject(schema) ? textOf(schema.description) : undefined) ?? textOf(value.description) ?? textOf(value.title);
  const about = description === undefined ? {} : { description };
  const mediaType = textOf(value.contentMediaType);
  if (isBytes(value, partType))
    return {
      schema: value.format === 'binary' ? schema : { ...about, type: 'string', format: 'binary' },
      ...(mediaType === undefined ? {} : { mediaType }),
    };
  const item = value.items === undefined ? undefined : fileOf(value.items, partType, references, looks);
  if (item !== undefined) return { ...item, schema: { ...value, ...about, type: 'array', items: item.schema } };
  const choices = [...arrayOr(value.oneOf), ...arrayOr(value.anyOf)].filter((choice) => objectOr(choice).type !== 'null');
  const files = choices.flatMap((choice) => fileOf(choice, partType, references, looks) ?? []);
  const [first, ...others] = files;
  if (first === undefined || files.length < choices.length) return undefined;
  const schemas = files.map((file) => file.schema);
  return { ...first, schema: others.length > 0 ? { ...about, anyOf: schemas } : { ...objectOr(first.schema), ...about } };
}

/** Fields that are files, wherever a schema has them. */
function filesIn({ schema, encodings }: ApiMedia, references: References): readonly string[] {
  const found = new Set<string>();
  const seen = new Set<JsonObject>();
  const parts = [schema];
  for (const part of parts) {
    const resolution = references.resolve(part);
    if (resolution.kind !== 'found' || seen.has(resolution.value)) continue;
    const { properties, allOf, oneOf, anyOf } = resolution.value;
    seen.add(resolution.value);
    for (const [name, property] of Object.entries(objectOr(properties)))
      if (fileOf(property, encodings.get(name)?.contentType, references) !== undefined) found.add(name);
    for (const inner of [allOf, oneOf, anyOf].flatMap(arrayOr)) parts.push(inner);
  }
  return [...found];
}

/** Whether a body without a media type of its own is bytes, by its schema alone. */
function isOfBytes(schema: unknown, references: References): boolean {
  const file = fileOf(schema, undefined, references);
  const resolution = references.resolve(file?.schema);
  return resolution.kind === 'found' && ![resolution.value.type].flat().includes('array');
}

function isBytes(schema: JsonObject, partType: string | undefined): boolean {
  const types = [schema.type].flat();
  if (!types.includes('string') && schema.type !== undefined) return false;
  if (schema.format === 'binary' || schema.contentEncoding === 'binary') return true;
  if (schema.contentEncoding !== undefined || schema.format !== undefined) return false;
  // A JSON text is a text, such as a field that is parsed once more.
  const mediaType = textOf(schema.contentMediaType);
  if (mediaType !== undefined) return !isJsonMedia(mediaType);
  const isSilent = ['properties', 'items', 'allOf', 'oneOf', 'anyOf', 'enum', 'const'].every((keyword) => schema[keyword] === undefined);
  return isSilent && ofBytes.test(partType ?? '');
}
