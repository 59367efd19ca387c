import { describe, expect, test } from 'vitest';
import type { Body, Operation } from '../languages/typescript/runtime/operation.ts';
import type { ApiOperation, ApiParameter } from '../model/model.ts';
import { noCredentials } from './expected-credentials.ts';
import { expectedRequest } from './expected-request.ts';
import type { Arguments } from './slots.ts';

const plain: ApiOperation = {
  method: 'POST',
  path: '/things',
  pointer: '',
  tags: [],
  deprecated: false,
  parameters: [],
  responses: [],
  security: [],
  annotations: {},
};
const row: Operation = {
  description: '',
  method: 'POST',
  path: '/things',
  parameters: [],
  security: [],
  inputSchema: { type: 'object' },
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false },
};
const parameter = (name: string, place: ApiParameter['in'], more: Partial<ApiParameter> = {}): ApiParameter => ({
  name,
  in: place,
  required: false,
  deprecated: false,
  style: place === 'query' || place === 'cookie' ? 'form' : 'simple',
  explode: place === 'query' || place === 'cookie',
  allowReserved: false,
  schema: {},
  ...more,
});

const requestOf = (source: Partial<ApiOperation>, parameters: Record<string, ApiParameter>, args: Arguments, body?: Body) =>
  expectedRequest(
    {
      tool: 't',
      row: body === undefined ? row : { ...row, body },
      source: { ...plain, ...source },
      parameters: new Map(Object.entries(parameters)),
    },
    args,
    noCredentials,
  );

describe('what must go over the wire', () => {
  test('has the template\u2019s own text, and values that cannot leave their place', () => {
    const id = { id: parameter('id', 'path') };
    expect(requestOf({ path: '/a b/%7Bx%7D/{id}/$count()?beta=true#x' }, id, { id: 'a/../b?c' }).target).toBe(
      '/a%20b/%7Bx%7D/a%2F..%2Fb%3Fc/$count()?beta=true',
    );
    expect(requestOf({ path: '' }, {}, {}).target).toBe('/');
  });

  test('has a query that is described as a whole as its media type writes it', () => {
    const target = (more: Partial<ApiParameter>, value: unknown) =>
      requestOf({}, { q: parameter('q', 'querystring', more) }, { q: value }).target;
    expect(target({ mediaType: 'application/json' }, { numbers: [1, 2], flag: null })).toBe(
      '/things?%7B%22numbers%22%3A%5B1%2C2%5D%2C%22flag%22%3Anull%7D',
    );
    expect(target({}, { foo: 'a + b', list: [1, 2], deep: { a: 1 }, none: null })).toBe(
      '/things?foo=a%20%2B%20b&list=1&list=2&deep=%7B%22a%22%3A1%7D',
    );
    expect(target({}, '$.a[1]')).toBe('/things?%24.a%5B1%5D');
    expect(target({}, {})).toBe('/things');
  });

  test('has every parameter in its place, by the API\u2019s name', () => {
    const request = requestOf(
      {},
      {
        q: parameter('a q', 'query'),
        doc: parameter('doc', 'query', { mediaType: 'application/json' }),
        h: parameter('X-List', 'header'),
        c: parameter('c', 'cookie'),
        d: parameter('d', 'cookie', { explode: false }),
      },
      { q: ['x', 'y'], doc: { a: 1 }, h: ['a', 'b'], c: 'ü', d: [1, 2] },
    );
    expect(request.target).toBe('/things?a%20q=x&a%20q=y&doc=%7B%22a%22%3A1%7D');
    expect(request.headers).toEqual({ 'x-list': 'a,b', cookie: 'c=%C3%BC; d=1,2' });
  });
});

describe('the body', () => {
  const encodings = new Map([
    ['tags', { style: 'spaceDelimited', explode: false }],
    ['photo', { contentType: 'image/*, image/png' }],
  ] as const);
  const source = (mediaType: string, required = false) => ({ body: { required, media: [{ mediaType, schema: {}, encodings }] } });

  test('of JSON has the given fields, and is there when it must be', () => {
    const body: Body = { mediaType: 'application/json', kind: 'json', fields: [{ argument: 'body_id', name: 'id' }, { argument: 'x' }] };
    expect(requestOf(source('application/json'), {}, { body_id: 1 }, body).body).toEqual({ kind: 'json', value: { id: 1 } });
    expect(requestOf(source('application/json'), {}, {}, body).body).toEqual({ kind: 'none' });
    expect(requestOf(source('application/json', true), {}, {}, body).body).toEqual({ kind: 'json', value: {} });
  });

  test('of a form has its fields in the specification\u2019s styles', () => {
    const mediaType = 'application/x-www-form-urlencoded';
    const body: Body = { mediaType, kind: 'form', fields: [{ argument: 'tags' }, { argument: 'list' }, { argument: 'object' }] };
    expect(requestOf(source(mediaType), {}, { tags: ['a', 'b'], list: ['x', 'y'], object: { a: 1 } }, body).body).toEqual({
      kind: 'text',
      text: 'tags=a%20b&list=x&list=y&object=%7B%22a%22%3A1%7D',
    });
  });

  test('of several parts has files with names, objects as JSON and lists part by part', () => {
    const body: Body = {
      mediaType: 'multipart/form-data',
      kind: 'multipart',
      fields: [{ argument: 'photo', file: true }, { argument: 'object' }, { argument: 'list' }],
    };
    expect(requestOf(source('multipart/form-data'), {}, { photo: 'AAAA', object: { a: 1 }, list: ['x\ny', 2] }, body).body).toEqual({
      kind: 'multipart',
      parts: [
        { name: 'photo', filename: true, contentType: 'image/png', data: 'AAAA' },
        { name: 'object', contentType: 'application/json', data: btoa('{"a":1}') },
        { name: 'list', data: btoa('x\r\ny') },
        { name: 'list', data: btoa('2') },
      ],
    });
  });

  test('of GraphQL is the specification\u2019s document with the arguments as its variables', () => {
    const body: Body = { mediaType: 'application/json', kind: 'graphql', document: 'query { a }', fields: [{ argument: 'x' }] };
    expect(requestOf({ graphql: { document: 'query { a }' } }, {}, { x: 1 }, body).body).toEqual({
      kind: 'json',
      value: { query: 'query { a }', variables: { x: 1 } },
    });
  });
});
