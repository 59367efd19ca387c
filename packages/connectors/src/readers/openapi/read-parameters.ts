/**
 * Parameters and media types of an operation, with the defaults of OpenAPI filled in, so that whoever
 * builds a request later never asks "and if style is missing?".
 */
import { arrayOr, isObject, type JsonObject, objectOr, pointerTo, textOf } from '../../json.ts';
import type { Issues } from '../../model/issues.ts';
import {
  type ApiEncoding,
  type ApiMedia,
  type ApiParameter,
  type ApiResponse,
  type ParameterPlace,
  type ParameterStyle,
  parameterStyles,
} from '../../model/model.ts';
import { describeUnresolved, type References } from '../../model/references.ts';
import { reportOpenReferences } from './open-references.ts';

export interface Reader {
  readonly references: References;
  readonly issues: Issues;
  /** What was read from an object of the document: thousands of operations share the same few. */
  readonly parameters: Map<JsonObject, ApiParameter | undefined>;
  readonly responses: Map<JsonObject, Omit<ApiResponse, 'status'>>;
}

const noEncodings: ReadonlyMap<string, ApiEncoding> = new Map();

/** Header parameters that OpenAPI says to ignore, and those only the connection itself may set. */
const ignoredHeaders = new Set([
  'accept',
  'content-type',
  'authorization',
  'host',
  'content-length',
  'connection',
  'transfer-encoding',
  'cookie',
]);

const defaultStyle = { path: 'simple', header: 'simple', query: 'form', cookie: 'form' } as const;
const allowedStyles: Record<ParameterPlace, readonly ParameterStyle[]> = {
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
  at: { readonly path: string; readonly pointer: string },
  reader: Reader,
): ApiParameter[] {
  const byKey = new Map<string, ApiParameter>();
  for (const list of [ofPathItem, ofOperation]) {
    for (const [index, value] of arrayOr(list).entries()) {
      const pointer = pointerTo(pointerTo(at.pointer, 'parameters'), index);
      const resolved = reader.references.resolve(value);
      if (resolved.kind !== 'found') {
        reader.issues.add('error', pointer, describeUnresolved(resolved));
        continue;
      }
      const known = reader.parameters.has(resolved.value);
      const parameter = known ? reader.parameters.get(resolved.value) : readParameter(resolved.value, pointer, reader);
      if (!known) reader.parameters.set(resolved.value, parameter);
      if (parameter !== undefined) byKey.set(`${parameter.in}:${parameter.name}`, parameter);
    }
  }
  const placeholders = new Set([...at.path.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1] ?? ''));
  for (const name of placeholders) {
    if (byKey.has(`path:${name}`)) continue;
    reader.issues.add('warning', at.pointer, `The path has the placeholder {${name}} and no such parameter; it is taken as a text.`);
    byKey.set(`path:${name}`, pathText(name));
  }
  return [...byKey.values()].filter((parameter) => {
    if (parameter.in !== 'path' || placeholders.has(parameter.name)) return true;
    reader.issues.add('warning', at.pointer, `The path parameter "${parameter.name}" has no placeholder in the path; it was left out.`);
    return false;
  });
}

const pathText = (name: string): ApiParameter => ({
  name,
  in: 'path',
  required: true,
  deprecated: false,
  style: 'simple',
  explode: false,
  allowReserved: false,
  schema: { type: 'string' },
});

function readParameter(value: JsonObject, pointer: string, reader: Reader): ApiParameter | undefined {
  const name = textOf(value.name);
  const place = value.in;
  if (name === undefined || (place !== 'path' && place !== 'query' && place !== 'header' && place !== 'cookie')) {
    reader.issues.add('error', pointer, 'A parameter needs a name and a place ("in": path, query, header or cookie); it was left out.');
    return undefined;
  }
  if (place === 'header' && ignoredHeaders.has(name.toLowerCase())) return undefined;
  if (place === 'header' && !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
    reader.issues.add('error', pointer, 'This is no name of a header; the parameter was left out.');
    return undefined;
  }
  const wanted = parameterStyles.find((style) => style === value.style);
  const style = wanted !== undefined && allowedStyles[place].includes(wanted) ? wanted : defaultStyle[place];
  if (value.style !== undefined && value.style !== style) {
    reader.issues.add(
      'warning',
      pointer,
      `The style "${String(value.style).slice(0, 40)}" is not one for a ${place} parameter; "${style}" is used.`,
    );
  }
  const [mediaType, media] = Object.entries(objectOr(value.content))[0] ?? [];
  const description = textOf(value.description);
  reportOpenReferences(value.schema, pointerTo(pointer, 'schema'), reader);
  return {
    name,
    in: place,
    required: value.required === true || place === 'path',
    deprecated: value.deprecated === true,
    ...(description === undefined ? {} : { description }),
    style,
    explode: typeof value.explode === 'boolean' ? value.explode : style === 'form' || style === 'deepObject',
    allowReserved: value.allowReserved === true,
    ...(mediaType === undefined ? {} : { mediaType }),
    schema: mediaType === undefined ? value.schema : objectOr(media).schema,
  };
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
    reportOpenReferences(media.schema, pointerTo(pointerTo(pointer, mediaType), 'schema'), reader);
    return [
      {
        mediaType: mediaType.toLowerCase().split(';')[0]?.trim() ?? '',
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
