/**
 * Every way a value can travel, times values that are hard to carry: what each request must look like is what
 * the TypeScript runtime makes of it, so that another language's runtime is held to it byte for byte.
 */
import type { ConnectorPlan, WireCase, WireRequest } from '@mcpoverflow/connectors';
import type { Api, Body, Operation, Parameter, Style } from '../../packages/connectors/src/languages/typescript/runtime/operation.ts';
import { buildRequest, UnusableArguments } from '../../packages/connectors/src/languages/typescript/runtime/request.ts';
import { readSettings } from '../../packages/connectors/src/languages/typescript/runtime/settings.ts';

const values: readonly unknown[] = [
  '',
  'plain',
  'a/b?c&d=e#f;g,h:i@j!k$l\'m(n)o*p[q]r\\s|t^u`v{w}x<y>z"',
  '100% %2F +',
  'ü€😀\u2028',
  ' lead and trail ',
  'a\r\nX-Evil: 1\n\tb\u0001\u007f',
  '..',
  0,
  -1.5,
  1e21,
  1e-7,
  123456789012,
  true,
  null,
  [],
  ['a', 'b&c', 'ü', 1, null, false],
  {},
  { R: 100, G: 'a,b', 'k=y': 'v&w' },
  { deep: { er: ['x', { y: 1 }] }, list: [] },
];

const styles: Readonly<Record<Parameter['in'], readonly Style[]>> = {
  path: ['simple', 'label', 'matrix'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  querystring: ['simple'],
  header: ['simple'],
  cookie: ['form'],
};

const parameters: readonly Parameter[] = Object.entries(styles).flatMap(([place, ofPlace]) =>
  ofPlace.flatMap((style) =>
    [true, false, undefined].flatMap((explode) => {
      const parameter = {
        argument: 'value',
        name: 'X-Näme'.slice(0, 3),
        in: placeOf(place),
        style,
        ...(explode === undefined ? {} : { explode }),
      };
      return [parameter, { ...parameter, json: true }, ...(place === 'query' ? [{ ...parameter, allowReserved: true }] : [])];
    }),
  ),
);

function placeOf(text: string): Parameter['in'] {
  const place = (['path', 'query', 'querystring', 'header', 'cookie'] as const).find((each) => each === text);
  if (place === undefined) throw new Error(`${text} is no place.`);
  return place;
}

const mediaTypes: Readonly<Record<Body['kind'], string>> = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  multipart: 'multipart/form-data',
  text: 'text/plain',
  binary: 'application/octet-stream',
  graphql: 'application/json',
};

const field = { argument: 'value', name: 'na"me' };
const bodies: readonly Body[] = [
  { kind: 'json', mediaType: mediaTypes.json, argument: 'value' },
  { kind: 'json', mediaType: 'application/vnd.api+json', fields: [field, { argument: 'absent' }] },
  { kind: 'form', mediaType: mediaTypes.form, argument: 'value' },
  ...(['form', 'deepObject', 'pipeDelimited'] as const).map(
    (style): Body => ({ kind: 'form', mediaType: mediaTypes.form, fields: [{ ...field, style }] }),
  ),
  { kind: 'form', mediaType: mediaTypes.form, fields: [field] },
  { kind: 'form', mediaType: mediaTypes.form, fields: [{ ...field, explode: false }] },
  { kind: 'multipart', mediaType: mediaTypes.multipart, fields: [field] },
  { kind: 'multipart', mediaType: mediaTypes.multipart, argument: 'value' },
  { kind: 'multipart', mediaType: mediaTypes.multipart, fields: [{ ...field, file: true, contentType: 'image/png' }] },
  { kind: 'text', mediaType: 'application/xml', argument: 'value' },
  { kind: 'binary', mediaType: mediaTypes.binary, argument: 'value' },
  { kind: 'graphql', mediaType: mediaTypes.graphql, document: 'query { a }', fields: [field] },
];

const files: readonly unknown[] = ['YQ', 'YQ==', ' Y Q = = ', '-_-_', '***', 'Y', ['YQ==', 'Yg==']];

const plain: Operation = {
  description: 'A row of the matrix.',
  method: 'GET',
  path: '/things',
  parameters: [],
  security: [],
  inputSchema: { type: 'object' },
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true },
};

const api: Api = { name: 'matrix', title: 'Matrix', version: '1', instructions: 'A matrix.', credentials: {} };

/** A connector with an operation for every way, and a case for each of them and every value. */
export async function requestMatrix(): Promise<{ readonly plan: ConnectorPlan; readonly cases: readonly WireCase[] }> {
  const operations = new Map<string, Operation>();
  const cases: WireCase[] = [];
  const add = async (name: string, operation: Operation, value: unknown): Promise<void> => {
    operations.set(name, operation);
    const written = await requestOf(operation, { value });
    cases.push({
      name: `${name} of ${JSON.stringify(value)}`,
      tool: name,
      arguments: { value },
      answers: [{ status: 204 }],
      requests: typeof written === 'string' ? [] : [written],
      result: typeof written === 'string' ? { isError: true, contains: [written] } : { isError: false },
    });
  };
  for (const [index, parameter] of parameters.entries()) {
    const path = parameter.in === 'path' ? `/things/{${parameter.name}}/end` : plain.path;
    for (const value of values) await add(`${parameter.in}_${index}`, { ...plain, path, parameters: [parameter] }, value);
  }
  for (const [index, body] of bodies.entries())
    for (const value of [...values, ...files]) await add(`${body.kind}_${index}`, { ...plain, method: 'POST', body }, value);
  return { plan: { api, operations, runtime: 'docker' }, cases };
}

/** The request, or the sentence that says why there is none. */
async function requestOf(operation: Operation, args: Record<string, unknown>): Promise<WireRequest | string> {
  try {
    const { request } = buildRequest(operation, args, api, readSettings({ BASE_URL: 'http://localhost' }, api));
    const type = request.headers.get('Content-Type');
    const named = ['x-n', 'cookie'].flatMap((name): [string, string][] => {
      const value = request.headers.get(name);
      return value === null ? [] : [[name, value]];
    });
    const isMultipart = type?.startsWith('multipart/') === true;
    return {
      method: request.method,
      target: request.url.replace('http://localhost', ''),
      headers: { ...Object.fromEntries(named), ...(type === null || isMultipart ? {} : { 'content-type': type }) },
      body: isMultipart ? { kind: 'multipart', parts: await partsOf(request) } : await bodyOf(request),
    };
  } catch (error) {
    if (error instanceof UnusableArguments) return error.message;
    throw error;
  }
}

async function bodyOf(request: Request): Promise<NonNullable<WireRequest['body']>> {
  const bytes = Buffer.from(await request.arrayBuffer());
  return bytes.length === 0 ? { kind: 'none' } : { kind: 'base64', data: bytes.toString('base64') };
}

type Parts = Extract<NonNullable<WireRequest['body']>, { kind: 'multipart' }>['parts'];

async function partsOf(request: Request): Promise<Parts> {
  const parts: Parts[number][] = [];
  for (const [name, item] of await request.formData()) {
    // Node's reader undoes what the head of a part does to names.
    const raw = name.replaceAll('"', '%22');
    if (typeof item === 'string') parts.push({ name: raw, data: Buffer.from(item).toString('base64') });
    else parts.push({ name: raw, filename: true, contentType: item.type, data: Buffer.from(await item.arrayBuffer()).toString('base64') });
  }
  return parts;
}
