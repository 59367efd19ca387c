import { describe, expect, test } from 'vitest';
import { planConnector } from '../connector/generate-connector.ts';
import { buildModel } from '../readers/build-model.ts';
import { type MockRequest, mockUpstream } from './mock-upstream.ts';
import { mockedPlan } from './mocked-plan.ts';

const model = buildModel({
  openapi: '3.1.0',
  info: { title: 'T', version: '1' },
  servers: [{ url: '/api/v3' }],
  paths: {
    '/pets/{id}': {
      get: {
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'integer' } }],
        responses: { 200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } } } },
      },
    },
    '/pets/mine': { get: { responses: { 204: {} } } },
    '/pets': {
      post: {
        parameters: [{ name: 'X-Shop', in: 'header', required: true, schema: { type: 'string' } }],
        requestBody: { required: true, content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } } },
        responses: { 201: { content: { 'text/plain': { example: 'made' } } } },
      },
      get: { parameters: [{ name: 'limit', in: 'query', required: true, schema: { type: 'integer' } }], responses: { default: {} } },
    },
  },
  components: {
    schemas: {
      Pet: { type: 'object', required: ['name'], properties: { name: { type: 'string' }, parent: { $ref: '#/components/schemas/Pet' } } },
    },
  },
});
if (!model.ok) throw new Error(model.error.message);
const upstream = mockUpstream(model.value);
const respond = (method: string, url: string, more: Partial<MockRequest> = {}) =>
  upstream.respond({ method, url, headers: {}, body: null, ...more });
const json = { 'content-type': 'application/json', 'x-shop': '1' };

describe('a request that fits the specification', () => {
  test('is answered with an example of the declared response', () => {
    const response = respond('GET', 'https://any.example/pets/7');
    expect(response.status).toBe(200);
    expect(JSON.parse(response.body)).toMatchObject({ name: 'sample', parent: { name: 'sample' } });
    expect(respond('POST', '/pets', { headers: json, body: '{"name":"x"}' })).toMatchObject({ status: 201, body: 'made' });
  });

  test('may come with or without the server\u2019s own path', () => {
    expect(respond('GET', '/api/v3/pets/7').status).toBe(200);
    expect(respond('GET', '/v9/pets/7').status).toBe(404);
  });

  test('may come below the path of a server that is its own', () => {
    const servers = [{ url: 'https://files.example/upload/v2/' }];
    const uploaded = buildModel({
      openapi: '3.1.0',
      info: { title: 'T', version: '1' },
      servers: [{ url: 'https://api.example/v1' }],
      paths: { '/files': { get: { servers, responses: { 204: {} } } } },
    });
    if (!uploaded.ok) throw new Error(uploaded.error.message);
    const mock = mockUpstream(uploaded.value);
    expect(mock.respond({ method: 'GET', url: 'https://files.example/upload/v2/files', headers: {}, body: null }).status).toBe(204);
  });

  test('meets the most particular path', () => {
    expect(respond('GET', '/pets/mine').status).toBe(204);
  });
});

test.each([
  ['/a%20b/c', '/a%20b/c', '/a%2520b/c'],
  ['/a b/c', '/a%20b/c', '/ab/c'],
  ['/a%2Fb', '/a%2fb', '/a/b'],
  ['/100%/{x}%20y', '/100%/a%20y', '/100%/a%2520y'],
  ['/a?x=1&y={n}', '/a?x=1&y=b%26c', '/a?x=1'],
])('the path %s is that of %s, and not of %s', (path, own, other) => {
  const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
  const written = buildModel({ openapi: '3.1.0', info: {}, paths: { [path]: { get: { parameters, responses: { 204: {} } } } } });
  if (!written.ok) throw new Error(written.error.message);
  const mock = mockUpstream(written.value);
  const statusOf = (url: string) => mock.respond({ method: 'GET', url, headers: {}, body: null }).status;
  expect([own, other].map(statusOf)).toEqual([204, 404]);
});

test.each([
  ['image/*', 'image/webp', 'image/png', 'text/plain'],
  ['application/*+json', 'application/ld+json', 'application/x.body+json', 'application/json'],
  ['text/*', 'text/csv', 'text/plain', 'application/json'],
])('a body of the range %s may be of any type in it, such as %s', (range, one, other, outside) => {
  const content = { [range]: { schema: {} } };
  const ranged = buildModel({
    openapi: '3.1.0',
    info: {},
    paths: { '/a': { post: { requestBody: { content }, responses: { 204: {} } } } },
  });
  if (!ranged.ok) throw new Error(ranged.error.message);
  const mock = mockUpstream(ranged.value);
  const answered = (type: string) => mock.respond({ method: 'POST', url: '/a', headers: { 'content-type': type }, body: '{}' });
  expect([one, other, outside].map((type) => answered(type).status)).toEqual([204, 204, 400]);
});

describe('what was reached', () => {
  test('is told with the answer, and what the request did not hold of it', () => {
    expect(respond('GET', '/pets/7').reached).toEqual([{ method: 'GET', path: '/pets/{id}', unsent: [] }]);
    expect(respond('POST', '/pets', { headers: json, body: '{"name":"x"}' }).reached).toEqual([
      { method: 'POST', path: '/pets', unsent: ['parent'] },
    ]);
    expect(respond('GET', '/cats').reached).toEqual([]);
  });

  test('is every operation that the request fits, the most particular one first', () => {
    const compared = buildModel({
      openapi: '3.1.0',
      info: { title: 'T', version: '1' },
      servers: [{ url: 'https://api.example.com:8443/v1' }],
      paths: Object.fromEntries(['/compare/{basehead}', '/compare/{base}...{head}'].map((path) => [path, { get: { responses: {} } }])),
    });
    if (!compared.ok) throw new Error(compared.error.message);
    const mock = mockUpstream(compared.value);
    const { reached } = mock.respond({ method: 'GET', url: '/compare/a...b', headers: {}, body: null });
    expect(reached.map(({ path }) => path)).toEqual(['/compare/{base}...{head}', '/compare/{basehead}']);
    expect([...mock.hosts]).toEqual(['api.example.com:8443']);
  });
});

test('a connector without its specification meets the API that its own data describes', () => {
  const planned = planConnector(model.value, { name: 'pets', language: 'typescript', runtime: 'docker' });
  if (!planned.ok) throw new Error(planned.error.message);
  const described = mockUpstream(mockedPlan(planned.value.plan));
  expect(described.respond({ method: 'POST', url: '/pets', headers: json, body: '{"name":"x"}' })).toMatchObject({
    status: 200,
    reached: [{ method: 'POST', path: '/pets', unsent: ['parent'] }],
  });
  expect(described.respond({ method: 'POST', url: '/pets', headers: json, body: '{}' }).status).toBe(400);
  expect(described.respond({ method: 'GET', url: '/pets/seven', headers: {}, body: null }).status).toBe(400);
  expect(described.respond({ method: 'GET', url: '/pets', headers: {}, body: null }).status).toBe(400);
});

test.each([
  ['an unknown path', 404, 'GET', '/cats', {}],
  ['an unknown method', 405, 'DELETE', '/pets', {}],
  ['a missing query parameter', 400, 'GET', '/pets', {}],
  ['a parameter of another type', 400, 'GET', '/pets/seven', {}],
  ['a missing header', 400, 'POST', '/pets', { headers: { 'content-type': 'application/json' }, body: '{"name":"x"}' }],
  ['a missing body', 400, 'POST', '/pets', { headers: json }],
  ['a body that is no JSON', 400, 'POST', '/pets', { headers: json, body: '{' }],
  ['a body without a required field', 400, 'POST', '/pets', { headers: json, body: '{}' }],
  ['a body of another type', 400, 'POST', '/pets', { headers: { ...json, 'content-type': 'text/plain' }, body: 'x' }],
  ['a body where none belongs', 400, 'GET', '/pets?limit=1', { body: 'x' }],
])('%s is answered with %i and a sentence', (_, status, method, url, more) => {
  const response = respond(method, url, more);
  expect(response.status).toBe(status);
  expect(JSON.parse(response.body).message).toMatch(/^The /);
});

test('a query that is described as JSON must be JSON, whatever a key adds behind it', () => {
  const parameters = [{ name: 'q', in: 'querystring', required: true, content: { 'application/json': { schema: {} } } }];
  const searched = buildModel({
    openapi: '3.2.0',
    info: { title: 'T', version: '1' },
    paths: { '/find': { get: { parameters, responses: {} } } },
  });
  if (!searched.ok) throw new Error(searched.error.message);
  const mock = mockUpstream(searched.value);
  const statusOf = (query: string) => mock.respond({ method: 'GET', url: `/find${query}`, headers: {}, body: null }).status;
  expect(['?%7B%22a%22%3A1%7D', '?%7B%22a%22%3A1%7D&key=x', '?%7B%22a%22', ''].map(statusOf)).toEqual([200, 200, 400, 400]);
});

test('requests that share a path are answered by whichever of them fits', () => {
  const collection = {
    item: [
      { name: 'By name', request: { method: 'GET', url: 'https://a.example/find?name=x' } },
      { name: 'By age', request: { method: 'GET', url: 'https://a.example/find?age=7' }, response: [{ code: 202, body: 'old' }] },
    ],
  };
  const shared = buildModel(collection);
  if (!shared.ok) throw new Error(shared.error.message);
  const find = (url: string) => mockUpstream(shared.value).respond({ method: 'GET', url, headers: {}, body: null });
  expect(find('/find?age=7')).toMatchObject({ status: 202, body: 'old' });
  expect(find('/find')).toMatchObject({ status: 400, body: expect.stringContaining('name') });
});

describe('a GraphQL endpoint', () => {
  const schema = buildModel('type Query { pet(id: ID!): Pet pets: [Pet!]! } type Pet { name: String }');
  if (!schema.ok) throw new Error(schema.error.message);
  const ask = (body: unknown, method = 'POST') =>
    mockUpstream(schema.value).respond({ method, url: '/any/graphql', headers: {}, body: JSON.stringify(body) });
  const [pet, pets] = schema.value.operations.map((operation) => operation.graphql?.document);

  test('answers the document that is asked with its fields', () => {
    expect(ask({ query: pet, variables: { id: '1' } })).toMatchObject({ status: 200, body: '{"data":{"pet":{"name":"sample"}}}' });
    expect(ask({ query: pets })).toMatchObject({ status: 200, body: '{"data":{"pets":[{"name":"sample"}]}}' });
  });

  test('refuses other documents, missing variables and other methods', () => {
    expect(ask({ query: '{ other }' }).status).toBe(400);
    expect(ask({ query: pet, variables: {} })).toMatchObject({ status: 400, body: expect.stringContaining('id') });
    expect(ask({ query: pet }, 'GET').status).toBe(405);
  });
});

test('what a hostile document declares is neither followed to its billions nor taken for what an object inherits', () => {
  const next = (index: number) => Array.from({ length: 10 }, () => ({ $ref: `#/components/schemas/S${index + 1}` }));
  const chain = Array.from({ length: 9 }, (_, index) => [`S${index}`, { allOf: next(index) }] as const);
  const stars = `application/${'*'.repeat(40)}`;
  const content = {
    [`${stars}q`]: {},
    'application/json': { schema: { $ref: '#/components/schemas/S0' } },
    'application/x-www-form-urlencoded': { schema: { $ref: '#/components/schemas/S0' } },
  };
  const answered = { 'application/json': { schema: { type: 'string', format: 'constructor' } } };
  const hostile = buildModel({
    openapi: '3.1.0',
    info: {},
    components: { schemas: Object.fromEntries(chain) },
    paths: { '/a': { post: { requestBody: { content }, responses: { 200: { description: 'D', content: answered } } } } },
  });
  if (!hostile.ok) throw new Error(hostile.error.message);
  const mock = mockUpstream(hostile.value);
  const post = (mediaType: string, body: string) =>
    mock.respond({ method: 'POST', url: '/a', headers: { 'content-type': mediaType }, body }).status;
  expect(post('application/json', '{}')).toBe(200);
  expect(post('application/x-www-form-urlencoded', 'a=1')).toBe(200);
  expect(post(`application/${'x.body'.repeat(40)}+json`, '{}')).toBe(400);
});
