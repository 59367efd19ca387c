import { describe, expect, test } from 'vitest';
import type { ApiModel } from '../../model/model.ts';
import { buildModel } from '../build-model.ts';

function modelOf(collection: Record<string, unknown>): ApiModel {
  const model = buildModel(collection);
  if (!model.ok) throw new Error(model.error.message);
  return model.value;
}
const of = (request: unknown, fields: Record<string, unknown> = {}) => modelOf({ item: [{ name: 'One', request }], ...fields });
const operationOf = (request: unknown, fields: Record<string, unknown> = {}) => of(request, fields).operations[0];

describe('an address', () => {
  test.each([
    ['https://a.example/v1/pets', 'https://a.example', '/v1/pets'],
    ['a.example/pets', 'https://a.example', '/pets'],
    ['{{host}}/pets/:id', 'https://a.example/v1', '/pets/{id}'],
    ['{{scheme}}://a.example:8080/{{version}}/x', 'http://a.example:8080', '/{version}/x'],
    ['{{unknown}}/pets', undefined, '/pets'],
    ['https://a.example', 'https://a.example', '/'],
  ])('%s lives at %s and is %s', (url, base, path) => {
    const variable = [
      { key: 'host', value: 'https://a.example/v1' },
      { key: 'scheme', value: 'http' },
      { key: 'version', value: 'v2' },
    ];
    const model = of({ method: 'GET', url }, { variable });
    expect(model.baseUrl).toBe(base);
    expect(model.operations[0]?.path).toBe(path);
  });

  test('in parts is the same as one in text', () => {
    const url = {
      raw: 'ignored',
      protocol: 'https',
      host: ['a', 'example'],
      path: ['pets', ':id'],
      query: [
        { key: 'page', value: '2', description: 'Which page.' },
        { key: 'debug', value: '1', disabled: true },
        { key: 'api_key', value: 'secret-value' },
        { key: 'tag', value: 'a' },
        { key: 'tag', value: 'b' },
      ],
      variable: [{ key: 'id', value: '7', description: 'The pet.' }],
    };
    const model = of({ method: 'GET', url });
    expect(model.baseUrl).toBe('https://a.example');
    expect(model.operations[0]?.parameters).toMatchObject([
      { name: 'id', in: 'path', required: true, schema: { default: '7', description: 'The pet.' } },
      { name: 'page', in: 'query', required: true, schema: { default: '2', description: 'Which page.' } },
      { name: 'debug', required: false },
      { name: 'api_key', required: true },
      { name: 'tag', explode: true, schema: { type: 'array' } },
    ]);
    expect(JSON.stringify(model.operations)).not.toContain('secret-value');
  });

  test('of its own is kept where most requests live elsewhere', () => {
    const item = ['https://a.example/1', 'https://a.example/2', 'https://b.example/3'].map((url) => ({ name: url, request: url }));
    expect(modelOf({ item }).operations.map(({ server }) => server)).toEqual([undefined, undefined, 'https://b.example']);
  });
});

describe('a body', () => {
  const bodyOf = (body: unknown, header: unknown = []) => operationOf({ method: 'POST', url: 'https://a.example', header, body });

  test('of JSON has the schema of its example, comments and variables allowed', () => {
    const raw = '{ "name": "Rex", /* years */ "age": 3, "owner": {{owner}}, "tags": ["a"] } // done';
    expect(bodyOf({ mode: 'raw', raw })?.body?.media).toMatchObject([
      {
        mediaType: 'application/json',
        schema: { type: 'object', properties: { name: { type: 'string' }, age: { type: 'number' }, owner: {}, tags: { type: 'array' } } },
      },
    ]);
  });

  test('of text has the type its language or header says', () => {
    const media = (body: unknown, header?: unknown) => bodyOf(body, header)?.body?.media[0]?.mediaType;
    expect(media({ mode: 'raw', raw: 'x y' })).toBe('text/plain');
    expect(media({ mode: 'raw', raw: '<a/>', options: { raw: { language: 'xml' } } })).toBe('application/xml');
    expect(media({ mode: 'raw', raw: 'a,b' }, [{ key: 'Content-Type', value: 'text/csv; charset=utf-8' }])).toBe('text/csv');
    expect(media({ mode: 'file' })).toBe('application/octet-stream');
  });

  test('is announced with the parameters that its media type is written with', () => {
    const contentType = (body: unknown, value: string) => bodyOf(body, [{ key: 'Content-Type', value }])?.body?.media[0]?.contentType;
    const raw = { mode: 'raw', raw: '<a/>' };
    for (const body of [raw, { mode: 'file' }])
      expect(contentType(body, 'application/xml; charset=utf-8')).toBe('application/xml; charset=utf-8');
    expect(contentType(raw, 'application/xml')).toBeUndefined();
    expect(contentType(raw, 'application/xml; charset={{charset}}')).toBeUndefined();
  });

  test('of a form has its fields, files among them', () => {
    const formdata = [
      { key: 'file', type: 'file', src: '/home/me/secret.png' },
      { key: 'note', value: 'hi', type: 'text', disabled: true },
    ];
    const operation = bodyOf({ mode: 'formdata', formdata });
    expect(operation?.body?.media).toMatchObject([
      {
        mediaType: 'multipart/form-data',
        schema: { properties: { file: { format: 'binary' }, note: { default: 'hi' } }, required: ['file'] },
      },
    ]);
    expect(JSON.stringify(operation)).not.toContain('/home/me');
  });

  test('of GraphQL is its variables', () => {
    const graphql = { query: 'query q($id: ID!, $filter: Filter) { pet(id: $id) { name } }', variables: '{"id": "7", "filter": {"a": 1}}' };
    expect(bodyOf({ mode: 'graphql', graphql })).toMatchObject({
      graphql: { document: graphql.query },
      body: { media: [{ schema: { properties: { id: { type: 'string' }, filter: { type: 'object' } }, required: ['id'] } }] },
    });
  });

  test('that is empty, or goes with GET, is none', () => {
    expect(bodyOf({ mode: 'raw', raw: '' })?.body).toBeUndefined();
    expect(bodyOf({ mode: 'urlencoded', urlencoded: [] })?.body).toBeUndefined();
    expect(operationOf({ method: 'GET', url: 'https://a.example', body: { mode: 'raw', raw: 'x' } })?.body).toBeUndefined();
  });
});

describe('credentials', () => {
  const bearer = { type: 'bearer', bearer: [{ key: 'token', value: 'top-secret' }] };

  test('are inherited from folders and the collection, and can be switched off', () => {
    const model = modelOf({
      auth: bearer,
      item: [
        { name: 'a', request: { url: 'https://a.example/1', auth: null } },
        { name: 'b', request: { url: 'https://a.example/2', auth: { type: 'noauth' } } },
        { name: 'c', auth: { type: 'basic' }, item: [{ name: 'd', request: 'https://a.example/3' }] },
        {
          name: 'e',
          request: { url: 'https://a.example/4', auth: { type: 'apikey', apikey: { key: 'k', value: 'top-secret', in: 'query' } } },
        },
        { name: 'f', request: { url: 'https://a.example/5', auth: { type: 'digest', digest: [] } } },
      ],
    });
    expect(model.operations.map(({ security }) => security)).toEqual([[['bearer']], [], [['basic']], [['k']], [['digest']]]);
    expect(model.securitySchemes.get('k')).toEqual({ name: 'k', kind: 'apiKey', in: 'query', parameter: 'k' });
    expect(model.issues).toEqual([expect.objectContaining({ pointer: '/item/4/request', message: expect.stringContaining('digest') })]);
    expect(JSON.stringify([model.operations, [...model.securitySchemes.values()]])).not.toContain('top-secret');
  });

  const authOf = (type: string, settings: object) => {
    const { operations, securitySchemes } = of({ url: 'https://a.example', auth: { type, [type]: settings } });
    return securitySchemes.get(operations[0]?.security[0]?.[0] ?? '');
  };

  test.each([
    ['oauth2', {}, { kind: 'oauth2' }],
    ['oauth2', { headerPrefix: 'Bearer ' }, { kind: 'oauth2' }],
    ['oauth2', { headerPrefix: 'Token' }, { kind: 'oauth2', prefix: 'Token' }],
    ['oauth2', { headerPrefix: '' }, { kind: 'apiKey', in: 'header', parameter: 'Authorization' }],
    ['oauth2', { headerPrefix: '{{word}}' }, { kind: 'unsupported', what: 'oauth2 behind {{word}}' }],
    ['oauth2', [{ key: 'addTokenTo', value: 'queryParams' }], { kind: 'apiKey', in: 'query', parameter: 'access_token' }],
    ['jwt', { headerPrefix: 'JWT' }, { kind: 'bearer', prefix: 'JWT' }],
    ['jwt', { addTokenTo: 'queryParam', queryParamKey: 'jwt' }, { kind: 'apiKey', in: 'query', parameter: 'jwt' }],
  ])('that are a token go where it is said: %s, %j', (type, settings, scheme) => {
    expect(authOf(type, settings)).toEqual({ name: type, ...scheme });
  });

  test.each([
    ['prefix', { kind: 'oauth2', prefix: 'Token' }],
    ['token', { kind: 'unsupported', what: 'oauth2 behind {{token}}' }],
  ])('have the word before them from the variable %s, unless it may be a secret', (key, scheme) => {
    const auth = { type: 'oauth2', oauth2: { headerPrefix: `{{${key}}}` } };
    const { securitySchemes } = of({ url: 'https://a.example', auth }, { variable: [{ key, value: 'Token ' }] });
    expect([...securitySchemes.values()]).toEqual([{ name: 'oauth2', ...scheme }]);
  });

  test('of one kind that go in different ways are different schemes', () => {
    const requests = [{}, { addTokenTo: 'queryParams' }, { headerPrefix: 'Token' }, {}, { addTokenTo: 'queryParams' }];
    const item = requests.map((oauth2, index) => ({
      name: `${index}`,
      request: { url: `https://a.example/${index}`, auth: { type: 'oauth2', oauth2 } },
    }));
    const { operations, securitySchemes } = modelOf({ item });
    expect(operations.map(({ security }) => security[0]?.[0])).toEqual(['oauth2', 'oauth2 2', 'oauth2 3', 'oauth2', 'oauth2 2']);
    expect([...securitySchemes.values()]).toEqual([
      { name: 'oauth2', kind: 'oauth2' },
      { name: 'oauth2 2', kind: 'apiKey', in: 'query', parameter: 'access_token' },
      { name: 'oauth2 3', kind: 'oauth2', prefix: 'Token' },
    ]);
  });

  test('are told apart however many ways there are', () => {
    const count = 10_000;
    const item = Array.from({ length: count }, (_, index) => ({
      request: { url: 'https://a.example', auth: { type: 'oauth2', oauth2: { headerPrefix: `P${index}` } } },
    }));
    const { securitySchemes } = modelOf({ item });
    expect(securitySchemes.size).toBe(count);
    expect(securitySchemes.get(`oauth2 ${count}`)).toMatchObject({ prefix: `P${count - 1}` });
  });

  test('written as a header are credentials too', () => {
    const model = of({
      url: 'https://a.example',
      header: [
        { key: 'Authorization', value: 'Bearer abc' },
        { key: 'X-Shop', value: '{{shop}}' },
      ],
    });
    expect(model.operations[0]).toMatchObject({ security: [['bearer']], parameters: [{ name: 'X-Shop', in: 'header' }] });
  });
});

test('two requests to one path stay two, told apart by their names', () => {
  const request = { method: 'GET', url: 'https://a.example/same' };
  const folder = (name: string) => ({
    name,
    description: `All of ${name}.`,
    item: [
      { name: 'Get', request },
      { name: `Only ${name}`, request },
    ],
  });
  const model = modelOf({ info: { name: 'Twins' }, item: [folder('A'), folder('B')] });
  expect(model.operations.map(({ operationId }) => operationId)).toEqual(['A Get', 'Only A', 'B Get', 'Only B']);
  expect(model.tags).toEqual([
    { name: 'A', description: 'All of A.' },
    { name: 'B', description: 'All of B.' },
  ]);
});

test('what Postman makes up for each request may be left out, and is told', () => {
  const variable = [{ key: 'now', value: '{{$timestamp}}' }];
  const request = {
    method: 'POST',
    url: 'https://a.example/x?at={{now}}&page=1',
    header: [{ key: 'X-Request-Id', value: 'r-{{$guid}}', description: 'Any id.' }],
    body: { mode: 'urlencoded', urlencoded: [{ key: 'name', value: '{{$randomFullName}}' }] },
  };
  const operation = operationOf(request, { variable });
  expect(operation?.parameters).toMatchObject([
    { name: 'at', required: false, schema: { type: 'string', description: 'Postman makes it up, as {{$timestamp}}.' } },
    { name: 'page', required: true, schema: { default: '1' } },
    { name: 'X-Request-Id', required: false, schema: { description: 'Postman makes it up, as r-{{$guid}}. Any id.' } },
  ]);
  expect(operation?.body).toMatchObject({ required: false, media: [{ schema: { required: [] } }] });
});

test('what is no request, or goes nowhere, is left out and told', () => {
  const item = [
    { name: 'A note' },
    { name: 'A folder', item: [{ name: 'Blank', request: { method: 'GET', url: ' ' } }] },
    { name: 'No parts', request: { method: 'GET', url: { raw: '', host: [], path: [] } } },
    { name: 'None', request: { method: 'GET' } },
    { name: 'One', request: '{{base}}' },
  ];
  const { operations, issues } = modelOf({ item });
  expect(operations.map(({ operationId }) => operationId)).toEqual(['One']);
  expect(issues.filter(({ message }) => message.endsWith('it was left out.'))).toEqual([
    { severity: 'warning', pointer: '/item/0', message: 'It is neither a folder nor a request: it was left out.' },
    ...['/item/1/item/0/request', '/item/2/request', '/item/3/request'].map((pointer) => ({
      severity: 'warning',
      pointer,
      message: 'The request has no address: it was left out.',
    })),
  ]);
});

test('saved answers are answers', () => {
  const response = [
    { name: 'Found', code: 200, header: [{ key: 'Content-Type', value: 'application/json; charset=utf-8' }], body: '{"id": 7}' },
    { name: 'Gone', code: 404, _postman_previewlanguage: 'html', body: '<p>' },
  ];
  expect(modelOf({ item: [{ name: 'x', request: 'https://a.example', response }] }).operations[0]?.responses).toMatchObject([
    { status: '200', description: 'Found', media: [{ mediaType: 'application/json', schema: { properties: { id: { type: 'number' } } } }] },
    { status: '404', media: [{ mediaType: 'text/html', example: '<p>' }] },
  ]);
});

test('version 1 names folders and requests by their ids', () => {
  const model = modelOf({
    name: 'Old',
    order: ['r1'],
    folders: [{ id: 'f1', name: 'Inner', order: ['r2'], folders_order: [] }],
    requests: [
      {
        id: 'r1',
        name: 'List',
        url: '{{u}}/pets?limit=5',
        method: 'GET',
        headers: 'X-A: 1\n//X-B: 2\n',
        currentHelper: 'basicAuth',
        helperAttributes: {},
      },
      {
        id: 'r2',
        name: 'Add',
        url: 'https://a.example/pets/:id',
        method: 'POST',
        dataMode: 'urlencoded',
        data: [
          { key: 'name', value: 'Rex', enabled: true },
          { key: 'age', enabled: false },
        ],
        pathVariables: { id: '7' },
      },
      { id: 'r3', name: 'Raw', url: 'https://a.example/pets', method: 'PUT', dataMode: 'raw', rawModeData: '{"a": 1}' },
    ],
  });
  expect(model.operations).toMatchObject([
    {
      operationId: 'List',
      security: [['basic']],
      parameters: [{ name: 'limit' }, { name: 'X-A', required: true }, { name: 'X-B', required: false }],
    },
    {
      operationId: 'Add',
      tags: ['Inner'],
      body: { media: [{ schema: { required: ['name'] } }] },
      parameters: [{ schema: { default: '7' } }],
    },
    { operationId: 'Raw', body: { media: [{ mediaType: 'application/json' }] } },
  ]);
});

test('whatever stands in the wrong place is left out, and nothing throws', () => {
  for (const value of [null, 7, 'text', [], [null], { x: null }, true]) {
    for (const field of ['url', 'method', 'header', 'body', 'auth', 'description'])
      expect(() => of({ url: 'https://a.example', [field]: value })).not.toThrow();
    for (const field of ['info', 'variable', 'auth']) expect(() => of('https://a.example', { [field]: value })).not.toThrow();
    expect(() => modelOf({ item: [value, { request: value }, { item: value }] })).not.toThrow();
    expect(() => modelOf({ requests: [value], folders: [value] })).not.toThrow();
  }
});

test('variables that hold each other end', () => {
  const variable = [
    { key: 'a', value: '{{b}}{{b}}' },
    { key: 'b', value: '{{a}}{{a}}' },
  ];
  expect(of({ url: '{{a}}/x' }, { variable }).operations).toHaveLength(1);
});
