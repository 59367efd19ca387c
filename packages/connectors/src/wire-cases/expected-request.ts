/**
 * What must go over the wire when a tool is called with these arguments, told by the specification's
 * operation. Nothing here shares code with the runtimes' request builders.
 */
import { isObject, own, setOwn } from '../json.ts';
import type { WireRequest } from '../languages/wire-case.ts';
import type { ApiEncoding, ApiParameter } from '../model/model.ts';
import { takesMedia } from '../tools/media-types.ts';
import type { SentCredentials } from './expected-credentials.ts';
import { percentEncoded, percentEncodedReserved, scalarText, styled } from './reference-style.ts';
import type { Arguments } from './slots.ts';
import type { Described } from './subjects.ts';

/** The request; the mock upstream is the API's address, so `target` begins with the operation's path. */
export function expectedRequest(subject: Described, args: Arguments, credentials: SentCredentials): WireRequest {
  const given = givenParameters(subject, args);
  const cookies = [
    ...inPlace(given, 'cookie').map(([parameter, value]) => written(parameter, value, '; ')),
    ...credentials.cookies.map(([name, value]) => `${percentEncoded(name)}=${cookieValue(value)}`),
  ].filter((text) => text !== '');
  const body = bodyOf(subject, args);
  const headers: Record<string, string> = {};
  for (const [parameter, value] of inPlace(given, 'header')) {
    const text = headerText(parameter, value);
    if (text !== '') headers[parameter.name.toLowerCase()] = text;
  }
  if (cookies.length > 0) headers.cookie = cookies.join('; ');
  for (const [name, value] of credentials.headers) headers[name.toLowerCase()] = value;
  if (body.contentType !== undefined) headers['content-type'] = body.contentType;
  return {
    method: subject.source.method,
    target: `${pathOf(subject, given)}${queryOf(subject, given, credentials)}`,
    headers,
    body: body.content,
  };
}

/** RFC 6265, section 4.1.1: cookie-octets stay as they are, for servers take them so. */
const cookieValue = (secret: string): string =>
  [...secret]
    .map((character) => (/[!-~]/.test(character) && !'",;\\'.includes(character) ? character : percentEncoded(character)))
    .join('');

type Given = readonly (readonly [parameter: ApiParameter, value: unknown])[];

/** In the document's order within their place. */
function givenParameters({ parameters }: Described, args: Arguments): Given {
  return [...parameters].flatMap(([argument, parameter]): Given => {
    const value = own(args, argument);
    return value === undefined ? [] : [[parameter, value]];
  });
}

const inPlace = (given: Given, place: ApiParameter['in']): Given => given.filter(([parameter]) => parameter.in === place);

/** Values that travel as a document are JSON text first. */
const travelling = (parameter: ApiParameter, value: unknown): unknown =>
  parameter.mediaType === undefined ? value : JSON.stringify(value);

function written(parameter: ApiParameter, value: unknown, between: string): string {
  const spell = parameter.allowReserved ? percentEncodedReserved(parameter.in === 'path' ? 'path' : 'query') : percentEncoded;
  return styled(parameter.name, travelling(parameter, value), { style: parameter.style, explode: parameter.explode, spell, between });
}

const headerText = (parameter: ApiParameter, value: unknown): string =>
  styled(parameter.name, travelling(parameter, value), { style: 'simple', explode: parameter.explode, spell: (text) => text });

function pathOf({ source }: Described, given: Given): string {
  const [template = ''] = source.path.split(/[?#]/);
  const path = filled(template, given, literal);
  // RFC 9110, section 4.2.3: an empty path is sent as "/".
  return path === '' ? '/' : path;
}

/** Placeholders stand for their parameters, in the path and in a query that belongs to it. */
function filled(template: string, given: Given, spell: (text: string) => string): string {
  const values = new Map(inPlace(given, 'path').map(([parameter, value]) => [parameter.name, written(parameter, value, '')]));
  return template.replace(/\{([^{}]+)\}|[^{]+|\{/g, (text, name: string | undefined) => values.get(name ?? '') ?? spell(text));
}

/** What a path may hold stays (RFC 3986, section 3.3), and so do the template's own escapes. */
const literal = (text: string): string =>
  text
    .split(/(%[0-9A-Fa-f]{2}|[!$&'()*+,;=:@/])/)
    .map((part, index) => (index % 2 === 1 ? part : percentEncoded(part)))
    .join('');

function queryOf({ source }: Described, given: Given, credentials: SentCredentials): string {
  const fixed = new URLSearchParams(source.path.split('#')[0]?.split('?')[1] ?? '');
  const parts = [
    ...[...fixed].map(([name, value]) => `${filled(name, given, percentEncoded)}=${filled(value, given, percentEncoded)}`),
    ...inPlace(given, 'query').map(([parameter, value]) => written(parameter, value, '&')),
    ...inPlace(given, 'querystring').map(([parameter, value]) => wholeQuery(travelling(parameter, value))),
    ...credentials.query.map(([name, value]) => `${percentEncoded(name)}=${percentEncoded(value)}`),
  ].filter((text) => text !== '');
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

/** 3.2.0, section 4.12.2.2: what the media type makes of the value is the query. A form is its fields. */
function wholeQuery(value: unknown): string {
  if (!isObject(value)) return percentEncoded(scalarText(value));
  const fields = Object.entries(value).map(([name, each]) => formText({ name, value: each, encoding: {}, isFile: false }));
  return fields.filter((pair) => pair !== '').join('&');
}

interface Body {
  readonly content: NonNullable<WireRequest['body']>;
  /** Left out where nothing is sent, and where the sender chooses a boundary. */
  readonly contentType?: string;
}

const nothing: Body = { content: { kind: 'none' } };

function bodyOf(subject: Described, args: Arguments): Body {
  const { source, row } = subject;
  const { body } = row;
  if (body === undefined) return nothing;
  const contentType = body.mediaType;
  const whole = body.argument === undefined ? undefined : own(args, body.argument);
  const fields = fieldsOf(subject, args, whole);
  if (body.kind === 'graphql') {
    const query = source.graphql?.document;
    return { content: { kind: 'json', value: { query, variables: objectOf(fields) } }, contentType };
  }
  if (body.argument === undefined ? fields.length === 0 && !source.body?.required : whole === undefined) return nothing;
  switch (body.kind) {
    case 'json':
      return { content: { kind: 'json', value: body.argument === undefined ? objectOf(fields) : whole }, contentType };
    case 'form': {
      const pairs = fields.map(formText).filter((pair) => pair !== '');
      return { content: { kind: 'text', text: pairs.join('&') }, contentType };
    }
    case 'multipart':
      return { content: { kind: 'multipart', parts: fields.flatMap(partsOf) } };
    case 'text':
      return { content: { kind: 'text', text: scalarText(whole) }, contentType };
    case 'binary':
      return { content: { kind: 'base64', data: scalarText(whole) }, contentType };
  }
}

interface Field {
  readonly name: string;
  readonly value: unknown;
  /** As the specification says it, not as the connector's table does. */
  readonly encoding: ApiEncoding;
  readonly isFile: boolean;
}

/** The body's fields that are given: the tool's own arguments, or the properties of the one argument that is the body. */
function fieldsOf({ row, source }: Described, args: Arguments, whole: unknown): readonly Field[] {
  const wanted = row.body?.mediaType.split(';')[0]?.toLowerCase() ?? '';
  const media = source.body?.media ?? [];
  const declared = media.find(({ mediaType }) => mediaType === wanted) ?? media.find(({ mediaType }) => takesMedia(mediaType, wanted));
  const fields = row.body?.fields;
  const encodingOf = (name: string): ApiEncoding => declared?.encodings.get(name) ?? {};
  if (fields === undefined)
    return isObject(whole)
      ? Object.entries(whole).map(([name, value]) => ({ name, value, encoding: encodingOf(name), isFile: false }))
      : [];
  return fields.flatMap(({ argument, name = argument, file: isFile = false, contentType }): readonly Field[] => {
    const value = own(args, argument);
    // A file's schema, too, may say of which media type it is.
    const encoding = { ...(isFile && contentType !== undefined ? { contentType } : {}), ...encodingOf(name) };
    return value === undefined ? [] : [{ name, value, isFile, encoding }];
  });
}

function objectOf(fields: readonly Field[]): unknown {
  const object: Record<string, unknown> = {};
  for (const { name, value } of fields) setOwn(object, name, value);
  return object;
}

/** Without a declared style, lists repeat their name and objects are JSON (specification 3.1, section 4.8.15.1). */
function formText({ name, value, encoding }: Field): string {
  const { style, explode } = encoding;
  const isStyled = style !== undefined;
  return styled(name, isObject(value) && !isStyled ? JSON.stringify(value) : value, {
    style: style ?? 'form',
    explode: explode ?? (!isStyled || style === 'form' || style === 'deepObject'),
    spell: percentEncoded,
  });
}

type Part = Extract<NonNullable<WireRequest['body']>, { kind: 'multipart' }>['parts'][number];

/** RFC 7578: a part for each item of a list; objects as JSON, files as their bytes, texts with line ends of the network. */
function partsOf({ name: written, value, encoding, isFile }: Field): readonly Part[] {
  const name = partName(written);
  // OpenAPI 3.1.1, section 4.8.15: who says a style says how the value becomes text, and the media type counts no more.
  if (!isFile && (encoding.style !== undefined || encoding.explode !== undefined))
    return formText({ name: written, value, encoding, isFile })
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => {
        const [key = '', text = ''] = pair.split('=').map(decodeURIComponent);
        return { name: partName(key), data: base64Text(text.replace(/\r?\n|\r/g, '\r\n')) };
      });
  // The specification may name several media types; the first that is one and no range is taken.
  const contentType = encoding.contentType
    ?.split(',')
    .map((choice) => choice.trim())
    .find((choice) => /^[\x20-\x7e]+$/.test(choice) && !choice.includes('*'));
  return (Array.isArray(value) ? value : [value])
    .filter((item) => item !== null)
    .map((item: unknown): Part => {
      if (isFile) return { name, filename: true, contentType: contentType ?? 'application/octet-stream', data: scalarText(item) };
      if (typeof item === 'object') return { name, contentType: contentType ?? 'application/json', data: base64Text(JSON.stringify(item)) };
      const data = base64Text(scalarText(item).replace(/\r?\n|\r/g, '\r\n'));
      return { name, ...(contentType === undefined ? {} : { contentType }), data };
    });
}

/** What would end the name is escaped (HTML, "Multipart form data"). */
const partName = (name: string): string =>
  name
    .toWellFormed()
    .replace(/\r?\n|\r/g, '%0D%0A')
    .replaceAll('"', '%22');

const base64Text = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
