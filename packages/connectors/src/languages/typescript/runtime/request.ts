/**
 * An operation and its arguments -> the HTTP request. Pure: nothing is sent here.
 */
import { type Credentials, credentialsFor } from './credentials.ts';
import type { Api, Body, Field, Operation, Parameter } from './operation.ts';
import type { Settings } from './settings.ts';
import { encode, headerText, isRecord, type Pair, pairs, pathText, toText } from './style.ts';

export type Arguments = { readonly [argument: string]: unknown };

/** Own arguments only: one may be called `constructor`. */
const given = (args: Arguments, argument: string): unknown => (Object.hasOwn(args, argument) ? args[argument] : undefined);

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
  for (const parameter of operation.parameters) {
    const value = given(args, parameter.argument);
    if (parameter.in !== 'header' || value === undefined) continue;
    const text = headerText(parameter.json ? JSON.stringify(value) : value, parameter.explode ?? false);
    if (text !== undefined) headers.set(parameter.name ?? parameter.argument, text);
  }
  const cookies = cookiesOf(operation, args, credentials);
  if (cookies !== '') headers.set('Cookie', cookies);
  for (const [name, value] of credentials.headers) headers.set(name, value);
  const body = operation.body === undefined ? undefined : bodyOf(operation.body, args);
  if (body !== undefined) headers.set('Content-Type', body.contentType);
  const request = new Request(url, {
    method: operation.method,
    headers,
    redirect: 'manual',
    ...(body === undefined ? {} : { body: body.content }),
  });
  return { request, missingCredentials: credentials.missing };
}

/** BASE_URL wins over the operation's own server, which wins over the API's. */
function baseUrlOf(operation: Operation, settings: Settings): string {
  const overridden = settings.secret('BASE_URL');
  const base = overridden ?? operation.server ?? settings.baseUrl;
  if (base === undefined) throw new UnusableArguments('The address of the API is not known: set the variable BASE_URL of this connector.');
  if (!URL.canParse(base) || !/^https?:$/.test(new URL(base).protocol)) {
    throw new UnusableArguments('The variable BASE_URL of this connector is not an http or https URL.');
  }
  return base.replace(/[?#].*$/, '').replace(/\/+$/, '');
}

function pathOf(operation: Operation, args: Arguments): string {
  const byName = new Map(operation.parameters.filter((each) => each.in === 'path').map((each) => [each.name ?? each.argument, each]));
  const path = (operation.path.split(/[?#]/)[0] ?? '')
    .split(/(\{[^{}]+\})/)
    .map((part) => {
      const parameter = part.startsWith('{') ? byName.get(part.slice(1, -1)) : undefined;
      return parameter === undefined ? encodeLiteral(part) : pathValue(parameter, args);
    })
    .join('');
  // URLs resolve dot segments, escaped or not: such a value would reach another operation.
  if (path.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment)))
    throw new UnusableArguments('A path argument must not be "." or "..".');
  return path;
}

function pathValue(parameter: Parameter, args: Arguments): string {
  const value = given(args, parameter.argument);
  const text = pathText(
    parameter.name ?? parameter.argument,
    parameter.json ? JSON.stringify(value) : value,
    parameter.style ?? 'simple',
    parameter.explode ?? false,
    parameter.allowReserved,
  );
  if (text === '') throw new UnusableArguments(`The argument "${parameter.argument}" is needed.`);
  return text;
}

/** The template's own text: escapes and slashes stay, whatever a path cannot hold is escaped. */
const encodeLiteral = (text: string): string =>
  text.replace(/%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]/gu, (character) => encode(character));

function queryOf(operation: Operation, args: Arguments, credentials: Credentials): string {
  // Some documents tell operations apart by a query in the path: `/responses?beta=true`.
  const ofTemplate = [...new URLSearchParams(operation.path.split('#')[0]?.split('?')[1] ?? '')].map(
    ([name, value]): Pair => [encode(name), encode(value)],
  );
  const fromArguments = operation.parameters
    .filter((parameter) => parameter.in === 'query')
    .flatMap((parameter) => parameterPairs(parameter, given(args, parameter.argument)));
  const whole = operation.parameters
    .filter((parameter) => parameter.in === 'querystring')
    .map((parameter) => wholeQuery(parameter, given(args, parameter.argument)));
  const fromCredentials = credentials.query.map(([name, value]): Pair => [encode(name), encode(value)]);
  const all = [joined([...ofTemplate, ...fromArguments], '&'), ...whole, joined(fromCredentials, '&')].filter((text) => text !== '');
  return all.length === 0 ? '' : `?${all.join('&')}`;
}

const joined = (all: readonly Pair[], between: string): string => all.map(([name, value]) => `${name}=${value}`).join(between);

/** The value as JSON, an object as a form, anything else as its text. */
function wholeQuery({ json }: Parameter, value: unknown): string {
  if (value === undefined) return '';
  if (!json && isRecord(value)) return formText(fieldsOf(value));
  return encode(json ? JSON.stringify(value) : toText(value));
}

function parameterPairs(parameter: Parameter, value: unknown): readonly Pair[] {
  if (value === undefined) return [];
  const name = parameter.name ?? parameter.argument;
  const style = parameter.style ?? 'form';
  const explode = parameter.explode ?? (style === 'form' || style === 'deepObject');
  return pairs(name, parameter.json ? JSON.stringify(value) : value, style, explode, parameter.allowReserved);
}

function cookiesOf(operation: Operation, args: Arguments, credentials: Credentials): string {
  const fromArguments = operation.parameters
    .filter((parameter) => parameter.in === 'cookie')
    .flatMap((parameter) => parameterPairs(parameter, given(args, parameter.argument)));
  const fromCredentials = credentials.cookies.map(([name, value]): Pair => [encode(name), encode(value)]);
  return joined([...fromArguments, ...fromCredentials], '; ');
}

interface Content {
  readonly content: BodyInit;
  readonly contentType: string;
}

function bodyOf(body: Body, args: Arguments): Content | undefined {
  const fields = presentFields(body, args);
  if (body.kind === 'graphql') return graphqlOf(body, fields);
  const whole = body.argument === undefined ? undefined : given(args, body.argument);
  if (body.argument === undefined ? fields.length === 0 && !body.required : whole === undefined) return undefined;
  switch (body.kind) {
    case 'json': {
      const value = body.argument === undefined ? Object.fromEntries(fields.map((field) => [field.name, field.value])) : whole;
      return { content: JSON.stringify(value), contentType: body.mediaType };
    }
    case 'form':
      return { content: formText(fields), contentType: body.mediaType };
    case 'multipart':
      return multipartOf(fields, body.mediaType);
    case 'text':
      return { content: toText(whole), contentType: body.mediaType };
    case 'binary':
      return { content: bytesOf(toText(whole), body.argument ?? 'body'), contentType: body.mediaType };
  }
}

/** The fields are the variables; the operation's own text never depends on them. */
function graphqlOf(body: Body, fields: readonly PresentField[]): Content {
  const variables = Object.fromEntries(fields.map((field) => [field.name, field.value]));
  return { content: JSON.stringify({ query: body.document ?? '', variables }), contentType: body.mediaType };
}

interface PresentField {
  readonly name: string;
  readonly argument: string;
  readonly value: unknown;
  readonly field: Field;
}

/** Fields that have a value: the table's, or those of the one argument that is the whole form. */
function presentFields(body: Body, args: Arguments): readonly PresentField[] {
  if (body.fields !== undefined) {
    return body.fields
      .map((field) => ({ name: field.name ?? field.argument, argument: field.argument, value: given(args, field.argument), field }))
      .filter((present) => present.value !== undefined);
  }
  const whole = body.argument === undefined ? undefined : given(args, body.argument);
  return typeof whole === 'object' && whole !== null ? fieldsOf(whole) : [];
}

const fieldsOf = (whole: object): readonly PresentField[] =>
  Object.entries(whole).map(([name, value]) => ({ name, argument: name, value, field: { argument: name } }));

const formText = (fields: readonly PresentField[]): string => joined(fields.flatMap(formPairs), '&');

/** A form field: in its declared style, or as repeated fields for a list and JSON for an object. */
function formPairs({ name, value, field }: PresentField): readonly Pair[] {
  if (field.style !== undefined)
    return pairs(name, value, field.style, field.explode ?? (field.style === 'form' || field.style === 'deepObject'));
  const isList = Array.isArray(value);
  if (!isList && typeof value === 'object' && value !== null) return pairs(name, JSON.stringify(value), 'form', true);
  return pairs(name, value, 'form', field.explode ?? true);
}

/** By hand and not by `FormData`, which makes a file of every part that has a media type (RFC 7578, section 4). */
function multipartOf(fields: readonly PresentField[], mediaType: string): Content {
  const boundary = `----connector-${crypto.randomUUID()}`;
  const parts = fields
    .flatMap((field) => partsOf(field))
    .flatMap(({ head, content }) => [`--${boundary}\r\n${head}\r\n\r\n`, content, '\r\n']);
  return { content: new Blob([...parts, `--${boundary}--\r\n`]), contentType: `${mediaType}; boundary=${boundary}` };
}

interface Part {
  readonly head: string;
  readonly content: BlobPart;
}

/** A part for each item of a list; files from base64, objects as JSON. */
function partsOf({ name, argument, value, field }: PresentField): readonly Part[] {
  const disposition = `Content-Disposition: form-data; name="${quoted(name)}"`;
  return (Array.isArray(value) ? value : [value])
    .filter((item) => item !== null)
    .map((item): Part => {
      const type = printable(field.contentType);
      if (field.file) {
        const head = `${disposition}; filename="${quoted(name)}"\r\nContent-Type: ${type ?? 'application/octet-stream'}`;
        return { head, content: bytesOf(toText(item), argument) };
      }
      if (typeof item === 'object')
        return { head: `${disposition}\r\nContent-Type: ${type ?? 'application/json'}`, content: JSON.stringify(item) };
      return {
        head: type === undefined ? disposition : `${disposition}\r\nContent-Type: ${type}`,
        content: toText(item).replace(/\r\n|\r|\n/g, '\r\n'),
      };
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
  let binary: string;
  try {
    binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    throw new UnusableArguments(`The argument "${argument}" must be base64.`);
  }
  const bytes = new Uint8Array(new ArrayBuffer(binary.length));
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index);
  return bytes.buffer;
}
