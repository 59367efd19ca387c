/**
 * An operation and its arguments -> the HTTP request. Pure: nothing is sent here.
 */
import { type Credentials, credentialsFor } from './credentials.ts';
import type { Api, Body, Field, Operation, Parameter } from './operation.ts';
import type { Settings } from './settings.ts';
import { encode, headerText, isRecord, type Pair, pairs, pathText, toText } from './style.ts';

export type Arguments = { readonly [argument: string]: unknown };

/** Own arguments only: one may be called `constructor`. */
const given = (args: Arguments, argument: string | undefined): unknown =>
  argument !== undefined && Object.hasOwn(args, argument) ? args[argument] : undefined;

const inPlace = (operation: Operation, place: Parameter['in']): readonly Parameter[] =>
  operation.parameters.filter((parameter) => parameter.in === place);

/** The name the API knows. */
const nameOf = ({ argument, name = argument }: Parameter | Field): string => name;

/** The value as it is to be written: itself, or its JSON text. */
function written({ argument, json }: Parameter, args: Arguments): unknown {
  const value = given(args, argument);
  return json ? JSON.stringify(value) : value;
}

/** What is declared, or OpenAPI's default for the style. */
const explodes = ({ style = 'form', explode = style === 'form' || style === 'deepObject' }: Parameter | Field): boolean => explode;

/** Why no request could be made of the arguments; the message is for the model that chose them. */
export class UnusableArguments extends Error {}

export interface BuiltRequest {
  readonly request: Request;
  /** Credential variables that are not set; told when the API refuses. */
  readonly missingCredentials: readonly string[];
}

/** Builds the request. Throws {@link UnusableArguments} when base URL or arguments do not make one. */
export function buildRequest(operation: Operation, args: Arguments, api: Api, settings: Settings): BuiltRequest {
  const credentials = credentialsFor(operation, api, settings);
  const url = new URL(`${baseUrlOf(operation, settings)}${pathOf(operation, args)}${queryOf(operation, args, credentials)}`);
  const headers = new Headers({ Accept: 'application/json, text/plain;q=0.9, */*;q=0.8', 'User-Agent': `mcp-connector/${api.name}` });
  for (const parameter of inPlace(operation, 'header')) {
    const text = headerText(written(parameter, args), parameter.explode ?? false);
    if (text !== undefined) headers.set(nameOf(parameter), text);
  }
  const cookies = cookiesOf(operation, args, credentials);
  if (cookies !== '') headers.set('Cookie', cookies);
  for (const [name, value] of credentials.headers) {
    if (/[^\t\u0020-\u007e\u0080-\u00ff]/.test(value.trim()))
      throw new UnusableArguments('A secret of this connector holds a character that no header can carry.');
    headers.set(name, value);
  }
  const body = operation.body === undefined ? undefined : bodyOf(operation.body, args);
  if (body !== undefined) headers.set('Content-Type', body.contentType);
  const request = new Request(url, {
    method: operation.method,
    headers,
    redirect: 'manual',
    body: body?.content ?? null,
  });
  return { request, missingCredentials: credentials.missing };
}

/** Whether a number was rounded when it was read from JSON: another resource would be meant. */
export const isRounded = (value: unknown): boolean =>
  typeof value === 'object' && value !== null
    ? Object.values(value).some(isRounded)
    : typeof value === 'number' && !Number.isSafeInteger(value) && /^-?(\d+|Infinity)$/.test(String(value));

/** BASE_URL wins over the operation's own server, which wins over the API's. */
function baseUrlOf(operation: Operation, settings: Settings): string {
  const base = settings.secret('BASE_URL') ?? operation.server ?? settings.baseUrl;
  if (base === undefined) throw new UnusableArguments('The address of the API is not known: set the variable BASE_URL of this connector.');
  if (!/^https?:\/\/[^/@]+\//.test(URL.parse(base)?.href ?? ''))
    throw new UnusableArguments('The variable BASE_URL of this connector is not an http or https URL.');
  return base.replace(/[?#].*$/, '').replace(/\/+$/, '');
}

function pathOf(operation: Operation, args: Arguments): string {
  const path = filled(operation.path.split(/[?#]/)[0], operation, args, encodeLiteral);
  // URLs resolve dot segments, escaped or not: such a value would reach another operation.
  if (/(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i.test(path)) throw new UnusableArguments('A path argument must not be "." or "..".');
  return path;
}

/** A piece of the path template with the values of its parameters. */
function filled(template = '', operation: Operation, args: Arguments, literal: (text: string) => string): string {
  const byName = new Map(inPlace(operation, 'path').map((parameter) => [nameOf(parameter), parameter]));
  return template.replace(/\{([^{}]+)\}|[^{]+|\{/g, (part, name = '') => {
    const parameter = byName.get(name);
    return parameter === undefined ? literal(part) : pathValue(parameter, args);
  });
}

function pathValue(parameter: Parameter, args: Arguments): string {
  const { style = 'simple', explode = false, allowReserved } = parameter;
  const text = pathText(nameOf(parameter), written(parameter, args), style, explode, allowReserved);
  if (text === '') throw new UnusableArguments(`The argument "${parameter.argument}" is needed.`);
  return text;
}

/** The template's own text: escapes and slashes stay, whatever a path cannot hold is escaped. */
const encodeLiteral = (text: string): string =>
  text.replace(/%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]/gu, (character) => encode(character));

function queryOf(operation: Operation, args: Arguments, credentials: Credentials): string {
  // Some documents tell operations apart by a query in the path: `/responses?beta=true`.
  const ofTemplate = new URLSearchParams(operation.path.split('#')[0]?.split('?')[1] ?? '');
  const parts = [
    joined(
      Array.from(ofTemplate, ([name, value]): Pair => [filled(name, operation, args, encode), filled(value, operation, args, encode)]),
      '&',
    ),
    joined(parameterPairs('query', operation, args), '&'),
    ...inPlace(operation, 'querystring').map((parameter) => wholeQuery(written(parameter, args))),
    joined(encoded(credentials.query, encode), '&'),
  ].filter(Boolean);
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

/** A text as it is, an object as a form. */
const wholeQuery = (value: unknown): string => (isRecord(value) ? formText(fieldsOf(value)) : encode(toText(value)));

const cookiesOf = (operation: Operation, args: Arguments, credentials: Credentials): string =>
  joined([...parameterPairs('cookie', operation, args), ...encoded(credentials.cookies, cookieText)], '; ');

/** A secret as it is, but for what no cookie can hold (RFC 6265, section 4.1.1): servers do not decode it. */
const cookieText = (secret: string): string => secret.toWellFormed().replace(/[^!#-+\--:<-[\]-~]/gu, (character) => encode(character));

const parameterPairs = (place: 'query' | 'cookie', operation: Operation, args: Arguments): readonly Pair[] =>
  inPlace(operation, place).flatMap((parameter) =>
    pairs(nameOf(parameter), written(parameter, args), parameter.style ?? 'form', explodes(parameter), parameter.allowReserved),
  );

const encoded = (plain: readonly Pair[], spell: (text: string) => string): readonly Pair[] =>
  plain.map(([name, value]) => [encode(name), spell(value)]);

const joined = (all: readonly Pair[], between: string): string => all.map(([name, value]) => `${name}=${value}`).join(between);

interface Content {
  readonly content: BodyInit;
  readonly contentType: string;
}

function bodyOf(body: Body, args: Arguments): Content | undefined {
  const { kind, argument, mediaType: contentType } = body;
  const fields = presentFields(body, args);
  const members = Object.fromEntries(fields.map(({ field, value }) => [nameOf(field), value]));
  // The fields are the variables; the operation's own text never depends on them.
  if (kind === 'graphql') return { content: JSON.stringify({ query: body.document ?? '', variables: members }), contentType };
  const whole = given(args, argument);
  if (argument === undefined ? fields.length === 0 && !body.required : whole === undefined) return undefined;
  switch (kind) {
    case 'json':
      return { content: JSON.stringify(argument === undefined ? members : whole), contentType };
    case 'form':
      return { content: formText(fields), contentType };
    case 'multipart':
      return multipartOf(fields, contentType);
    case 'text':
      return { content: toText(whole), contentType };
    case 'binary':
      return { content: bytesOf(toText(whole), argument ?? 'body'), contentType };
  }
}

interface PresentField {
  readonly field: Field;
  readonly value: unknown;
}

/** Fields that have a value: the table's, or those of the one argument that is the whole form. */
function presentFields({ fields, argument }: Body, args: Arguments): readonly PresentField[] {
  if (fields !== undefined)
    return fields.map((field) => ({ field, value: given(args, field.argument) })).filter(({ value }) => value !== undefined);
  const whole = given(args, argument);
  return typeof whole === 'object' && whole !== null ? fieldsOf(whole) : [];
}

const fieldsOf = (whole: object): readonly PresentField[] =>
  Object.entries(whole).map(([argument, value]) => ({ field: { argument }, value }));

const formText = (fields: readonly PresentField[]): string => joined(fields.flatMap(formPairs), '&');

/** A form field: in its declared style, or as repeated fields for a list and JSON for an object. */
const formPairs = ({ field, value }: PresentField): readonly Pair[] =>
  pairs(
    nameOf(field),
    field.style === undefined && isRecord(value) ? JSON.stringify(value) : value,
    field.style ?? 'form',
    explodes(field),
  );

/** By hand and not by `FormData`, which makes a file of every part that has a media type (RFC 7578, section 4). */
function multipartOf(fields: readonly PresentField[], mediaType: string): Content {
  const boundary = `----connector-${crypto.randomUUID()}`;
  const parts = fields.flatMap(partsOf).flatMap((part) => [`--${boundary}\r\n`, ...part, '\r\n']);
  return { content: new Blob([...parts, `--${boundary}--\r\n`]), contentType: `${mediaType}; boundary=${boundary}` };
}

type Part = readonly [head: string, content: BlobPart];

const partOf = (quotedName: string, content: BlobPart, type?: string): Part => [
  `Content-Disposition: form-data; name="${quotedName}"${type === undefined ? '' : `\r\nContent-Type: ${type}`}\r\n\r\n`,
  typeof content === 'string' ? content.replace(/\r\n|\r|\n/g, '\r\n') : content,
];

/** A part for each item of a list; files from base64, objects as JSON. */
function partsOf({ field, value }: PresentField): readonly Part[] {
  const name = quoted(nameOf(field));
  const declared = printable(field.contentType);
  // What has a style is text, whatever media type is declared beside it.
  if (!field.file && (field.style ?? field.explode) !== undefined)
    return formPairs({ field, value }).map(([key, text]) => partOf(quoted(decodeURIComponent(key)), decodeURIComponent(text)));
  return (Array.isArray(value) ? value : [value])
    .filter((item) => item !== null)
    .map((item) => {
      if (field.file)
        return partOf(`${name}"; filename="${name}`, bytesOf(toText(item), field.argument), declared ?? 'application/octet-stream');
      return partOf(name, toText(item), declared ?? (typeof item === 'object' ? 'application/json' : undefined));
    });
}

/** A name as browsers write it into a part's head. */
const quoted = (name: string): string =>
  name
    .toWellFormed()
    .replace(/\r\n|\r|\n/g, '%0D%0A')
    .replaceAll('"', '%22');

/** Whatever could end the line is no media type. */
const printable = (mediaType: string | undefined): string | undefined =>
  mediaType !== undefined && /^[\u0020-\u007e]+$/.test(mediaType) ? mediaType : undefined;

function bytesOf(text: string, argument: string): ArrayBuffer {
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0)).buffer;
  } catch {
    throw new UnusableArguments(`The argument "${argument}" must be base64.`);
  }
}
