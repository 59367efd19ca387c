/**
 * Parameters and media types of an operation, with the defaults of OpenAPI filled in, so that whoever
 * builds a request later never asks "and if style is missing?".
 */
import { arrayOr, isObject, type JsonObject, objectOr, own, pointerTo, shorten, textOf } from '../../json.ts';
import type { Issues } from '../../model/issues.ts';
import {
  type ApiEncoding,
  type ApiMedia,
  type ApiParameter,
  type ApiResponse,
  type ParameterPlace,
  type ParameterStyle,
  parameterPlaces,
  parameterStyles,
  type SecurityAlternative,
} from '../../model/model.ts';
import { describeUnresolved, type References } from '../../model/references.ts';
import { isJsonMedia } from '../../tools/media-types.ts';
import { completePathParameters, isHeaderName, isIgnoredHeader, mergeParameters } from '../merge-parameters.ts';

export interface Reader {
  readonly references: References;
  readonly issues: Issues;
  /** What was read from an object of the document: thousands of operations share the same few. */
  readonly parameters: Map<JsonObject, readonly ApiParameter[]>;
  readonly responses: Map<JsonObject, ApiResponse>;
  /** By what was written: large documents write the same parameters and answers tens of thousands of times. */
  readonly alikeParameters: Map<string, readonly ApiParameter[]>;
  readonly alikeResponses: Map<string, ApiResponse>;
  readonly alikeTags: Map<string, readonly string[]>;
  readonly alikeSecurity: Map<string, readonly SecurityAlternative[]>;
}

/** What a long text stands for is rarely written twice, and would only be kept. */
const MAX_ALIKE = 500;

/** The value that the same text gave before, or a new one. */
export function alike<Value>(known: Map<string, Value>, written: unknown, read: () => Value): Value {
  const text = JSON.stringify(written) ?? '';
  if (text.length > MAX_ALIKE) return read();
  const first = known.get(text) ?? read();
  known.set(text, first);
  return first;
}

/** The reader of one document. */
export const readerOf = (references: References, issues: Issues): Reader => ({
  references,
  issues,
  parameters: new Map(),
  responses: new Map(),
  alikeParameters: new Map(),
  alikeResponses: new Map(),
  alikeTags: new Map(),
  alikeSecurity: new Map(),
});

/** A media type with parameters (RFC 9110, section 8.3.1), and nothing that could end a header. */
const hasParameters = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s?;\s?[\w!#$%&'*+.^`|~-]+=(?:[\w!#$%&'*+.^`|~-]+|"[ !#-[\]-~]*"))+$/;

/** The media type as it is written, where it has parameters. */
export const withParameters = (written: string): Pick<ApiMedia, 'contentType'> =>
  hasParameters.test(written) ? { contentType: written } : {};

const noEncodings: ReadonlyMap<string, ApiEncoding> = new Map();

/** A query string described as a whole has no style. */
type StyledPlace = Exclude<ParameterPlace, 'querystring'>;

const defaultStyle = { path: 'simple', header: 'simple', query: 'form', cookie: 'form' } as const;
const allowedStyles: Record<StyledPlace, readonly ParameterStyle[]> = {
  path: ['simple', 'label', 'matrix'],
  header: ['simple'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  cookie: ['form'],
};

/**
 * Parameters of the path item and of the operation, the operation's winning; every placeholder of the
 * path has one, declared or not.
 */
export function readParameters(
  ofPathItem: unknown,
  ofOperation: unknown,
  at: { readonly path: string; readonly pointer: string; readonly pathItem: string },
  reader: Reader,
): readonly ApiParameter[] {
  const lists = [
    { parameters: ofPathItem, pointer: at.pathItem },
    { parameters: ofOperation, pointer: at.pointer },
  ];
  const parameters = mergeParameters(lists, reader).flatMap(({ value, pointer }) => {
    const known = reader.parameters.get(value);
    const read = known ?? alike(reader.alikeParameters, value, () => readParameter(value, pointer, reader));
    reader.parameters.set(value, read);
    return read;
  });
  return completePathParameters(parameters, at, reader.issues);
}

/** What one Parameter Object stands for: none when it cannot be used, several for a query string described as a whole. */
function readParameter(value: JsonObject, pointer: string, reader: Reader): readonly ApiParameter[] {
  const name = textOf(value.name);
  if (value.in === 'querystring') return readQueryString(value, pointer, reader);
  const place = parameterPlaces.find((candidate) => candidate === value.in);
  if (name === undefined || place === undefined || place === 'querystring') {
    reader.issues.add('error', pointer, 'A parameter needs a name and a place ("in": path, query, header or cookie); it was left out.');
    return [];
  }
  if (place === 'header' && isIgnoredHeader(name)) return [];
  if (place === 'header' && !isHeaderName(name)) {
    reader.issues.add('error', pointer, 'This is no name of a header; the parameter was left out.');
    return [];
  }
  const [mediaType, media] = Object.entries(objectOr(value.content))[0] ?? [];
  const isJson = mediaType !== undefined && (isJsonMedia(plainMediaType(mediaType)) || mediaType.includes('*'));
  const ofContent = schemaOf(media, reader.references);
  const description = textOf(value.description);
  const style = styleOf(value, place, pointer, reader.issues);
  return [
    {
      name,
      in: place,
      required: value.required === true || place === 'path',
      deprecated: value.deprecated === true,
      ...(description === undefined ? {} : { description }),
      style,
      explode: typeof value.explode === 'boolean' ? value.explode : style === 'form' || style === 'deepObject',
      allowReserved: value.allowReserved === true,
      ...(isJson ? { mediaType } : {}),
      schema: mediaType === undefined ? value.schema : isJson ? ofContent : textSchema(ofContent, reader.references),
    },
  ];
}

function styleOf(value: JsonObject, place: StyledPlace, pointer: string, issues: Issues): ParameterStyle {
  // 3.2: the style "cookie" is "form" without percent-encoding, which a cookie's characters need all the same.
  const written = place === 'cookie' && value.style === 'cookie' ? 'form' : value.style;
  const style = allowedStyles[place].find((candidate) => candidate === written) ?? defaultStyle[place];
  if (written !== undefined && written !== style) {
    const named = shorten(String(written), 40);
    issues.add('warning', pointer, `The style "${named}" is not one for a ${place} parameter; "${style}" is used.`);
  }
  return style;
}

/**
 * 3.2: a query string described as one form of named fields is those fields, each a query parameter of its own. Any other
 * one is a parameter whose value is the whole query: a form of any fields, JSON, or a text of another media type.
 */
function readQueryString(value: JsonObject, pointer: string, reader: Reader): readonly ApiParameter[] {
  const [written, media] = Object.entries(objectOr(value.content))[0] ?? [];
  const name = textOf(value.name);
  if (name === undefined || written === undefined) {
    reader.issues.add('error', pointer, 'A query string needs a name and a media type in its content; the parameter was left out.');
    return [];
  }
  const mediaType = plainMediaType(written);
  const isForm = mediaType === 'application/x-www-form-urlencoded';
  const schema = schemaOf(media, reader.references);
  const common = { required: value.required === true, deprecated: value.deprecated === true, allowReserved: false } as const;
  const fields = isForm ? namedFields(schema, reader.references) : undefined;
  const encodings = isForm ? objectOr(fieldOf(media, 'encoding', reader.references)) : {};
  const at = `${pointerTo(`${pointer}/content`, written)}/encoding`;
  if (fields !== undefined) {
    const required = new Set(arrayOr(fields.required));
    return Object.entries(objectOr(fields.properties)).map(([field, ofField]) => ({
      ...common,
      name: field,
      in: 'query',
      required: common.required && required.has(field),
      ...formStyle(objectOr(own(encodings, field)), ofField, pointerTo(at, field), reader),
      schema: ofField,
    }));
  }
  for (const field of Object.keys(encodings))
    reader.issues.add('warning', pointerTo(at, field), 'In a form of any fields each is written in one way; this encoding is not used.');
  const description = textOf(value.description);
  return [
    {
      ...common,
      name,
      in: 'querystring',
      ...(description === undefined ? {} : { description }),
      style: 'simple',
      explode: false,
      ...(isJsonMedia(mediaType) ? { mediaType: written } : {}),
      schema: isForm || isJsonMedia(mediaType) ? schema : textSchema(schema, reader.references),
    },
  ];
}

/**
 * How a field of a query string travels (3.2.0, section 4.15, "Encoding Object"): in the style that is declared, and where
 * none is, an object as JSON.
 */
function formStyle(encoding: JsonObject, schema: unknown, pointer: string, reader: Reader) {
  const { explode, allowReserved } = encoding;
  const style = styleOf(encoding, 'query', pointer, reader.issues);
  const isStyled = encoding.style !== undefined || explode !== undefined || allowReserved !== undefined;
  const resolved = reader.references.resolve(schema);
  const isNested = resolved.kind === 'found' && [resolved.value.type].flat().includes('object');
  const mediaType = textOf(encoding.contentType) ?? (isNested ? 'application/json' : '');
  return {
    style,
    explode: typeof explode === 'boolean' ? explode : style === 'form' || style === 'deepObject',
    allowReserved: allowReserved === true,
    ...(!isStyled && isJsonMedia(plainMediaType(mediaType)) ? { mediaType } : {}),
  };
}

/** The schema of a form that has these fields and no others; undefined when there may be more. */
function namedFields(schema: unknown, references: References): JsonObject | undefined {
  const resolved = references.resolve(schema);
  if (resolved.kind !== 'found') return undefined;
  const { properties, additionalProperties, patternProperties, allOf, anyOf, oneOf } = resolved.value;
  const isOpen =
    additionalProperties === true ||
    [additionalProperties, patternProperties, allOf, anyOf, oneOf].some((more) => isObject(more) || Array.isArray(more));
  return isOpen || Object.keys(objectOr(properties)).length === 0 ? undefined : resolved.value;
}

/** In lower case, without parameters. */
const plainMediaType = (written: string): string => written.toLowerCase().split(';')[0]?.trim() ?? '';

/** What no caller can give as a value is given as the text that is sent. */
function textSchema(schema: unknown, references: References): unknown {
  const resolved = references.resolve(schema);
  return resolved.kind === 'found' && resolved.value.type === 'string' ? schema : { type: 'string' };
}

const schemaOf = (media: unknown, references: References): unknown => fieldOf(media, 'schema', references);

function fieldOf(media: unknown, field: 'schema' | 'encoding', references: References): unknown {
  const resolved = references.resolve(media);
  return resolved.kind === 'found' ? resolved.value[field] : undefined;
}

/** The media types of a body or response, in the document's order. */
export function readMedia(content: unknown, pointer: string, reader: Reader): ApiMedia[] {
  return Object.entries(objectOr(content)).flatMap(([mediaType, value]) => {
    const resolved = reader.references.resolve(value);
    if (resolved.kind !== 'found') {
      reader.issues.add('warning', pointerTo(pointer, mediaType), describeUnresolved(resolved));
      return [];
    }
    const media = resolved.value;
    const example = media.example ?? firstExample(media.examples, reader);
    return [
      {
        mediaType: mediaType.toLowerCase().split(';')[0]?.trim() ?? '',
        ...withParameters(mediaType),
        // 3.2: `itemSchema` describes one item of a stream; an answer is then a list of them.
        schema: media.schema ?? (media.itemSchema === undefined ? undefined : { type: 'array', items: media.itemSchema }),
        ...(example === undefined ? {} : { example }),
        encodings: readEncodings(media.encoding),
      },
    ];
  });
}

function firstExample(examples: unknown, reader: Reader): unknown {
  const first = Object.values(objectOr(examples))[0];
  if (!isObject(first)) return undefined;
  const resolved = reader.references.resolve(first);
  return resolved.kind === 'found' ? (resolved.value.value ?? resolved.value.dataValue) : undefined;
}

function readEncodings(encodings: unknown): ReadonlyMap<string, ApiEncoding> {
  if (!isObject(encodings)) return noEncodings;
  return new Map(Object.entries(encodings).map(([name, encoding]) => [name, readEncoding(objectOr(encoding))]));
}

function readEncoding(encoding: JsonObject): ApiEncoding {
  const contentType = textOf(encoding.contentType);
  const style = parameterStyles.find((candidate) => candidate === encoding.style);
  return {
    ...(contentType === undefined ? {} : { contentType }),
    ...(style === undefined ? {} : { style }),
    ...(typeof encoding.explode === 'boolean' ? { explode: encoding.explode } : {}),
  };
}
