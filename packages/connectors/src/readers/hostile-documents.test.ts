/**
 * Whatever stands wherever in a document, reading it ends with a model or a fault and never with an exception: every
 * place of a good document of each format is taken by every kind of value, one after the other, and a connector is
 * planned of what is read.
 */
import { buildSchema, introspectionFromSchema } from 'graphql';
import { expect, test } from 'vitest';
import { analyze } from '../analysis/analyze.ts';
import { planConnector } from '../connector/generate-connector.ts';
import { buildModel } from './build-model.ts';

const schema = {
  type: 'object',
  required: ['a'],
  properties: { a: { type: 'array', items: { type: 'string', enum: ['x'], default: 'x' } } },
};
const media = { 'application/json': { schema, example: { a: ['x'] } } };
const openapi = {
  openapi: '3.1.0',
  info: { title: 'T', version: '1', description: 'D' },
  servers: [{ url: 'https://{host}/v1', variables: { host: { default: 'a.example', enum: ['a.example'] } } }],
  tags: [{ name: 't', description: 'D' }],
  security: [{ key: [] }],
  components: {
    schemas: { S: schema },
    securitySchemes: {
      key: { type: 'apiKey', in: 'header', name: 'X-Key' },
      oauth: { type: 'oauth2', flows: { implicit: { scopes: { s: 'S' } } } },
    },
  },
  paths: {
    '/a/{id}': {
      parameters: [{ name: 'id', in: 'path', required: true, schema: { $ref: '#/components/schemas/S' } }],
      post: {
        operationId: 'one',
        summary: 'S',
        tags: ['t'],
        servers: [{ url: 'https://b.example' }],
        parameters: [{ name: 'q', in: 'query', style: 'form', explode: true, content: media }],
        requestBody: {
          required: true,
          content: { 'multipart/form-data': { schema, encoding: { a: { contentType: 'text/plain' } } }, ...media },
        },
        responses: { 200: { description: 'D', content: media }, 404: { $ref: '#/components/responses/None' } },
        'x-mcp-annotations': { title: 'T' },
      },
    },
  },
};
const swagger = {
  swagger: '2.0',
  info: { title: 'T', version: '1' },
  host: 'a.example',
  basePath: '/v1',
  schemes: ['https'],
  consumes: ['application/json'],
  securityDefinitions: { key: { type: 'apiKey', in: 'query', name: 'k' } },
  definitions: { S: schema },
  parameters: { P: { name: 'p', in: 'query', type: 'array', items: { type: 'string' }, collectionFormat: 'multi' } },
  paths: {
    '/a': {
      post: {
        security: [{ key: [] }],
        parameters: [{ $ref: '#/parameters/P' }, { name: 'body', in: 'body', schema: { $ref: '#/definitions/S' } }],
        responses: { 200: { description: 'D', schema } },
      },
      put: { consumes: ['multipart/form-data'], parameters: [{ name: 'f', in: 'formData', type: 'file' }], responses: {} },
    },
  },
};
const introspection = {
  data: introspectionFromSchema(
    buildSchema(`schema { query: Q mutation: M } type Q { a(i: I, e: [E!]! = [X]): U b: N @deprecated(reason: "r") } type M { c(i: I!): T }
      input I { i: I s: String = "s" } enum E { X } union U = T interface N { id: ID } type T implements N { id: ID n: N }`),
    { descriptions: false },
  ),
};
const withoutOwnTypes = {
  data: {
    __schema: {
      ...introspection.data.__schema,
      directives: [],
      types: introspection.data.__schema.types.filter(({ name }) => !name.startsWith('__')),
    },
  },
};
const entries = [{ key: 'k', value: 'v', description: 'd', disabled: false, type: 'text', contentType: 'text/plain' }];
const answers = [{ name: 'n', code: 200, header: entries, body: '{"a":1}', _postman_previewlanguage: 'json' }];
const url = {
  raw: 'https://a.example/:id?q=1',
  protocol: 'https',
  host: ['a', 'example'],
  port: '443',
  path: ['a', ':id'],
  query: entries,
  variable: entries,
};
const requests = [
  { mode: 'raw', raw: '{"a":1}', options: { raw: { language: 'json' } } },
  { mode: 'formdata', formdata: entries },
  { mode: 'graphql', graphql: { query: 'query q($x: Int!) { a(x: $x) }', variables: '{"x":1}' } },
].map((body) => ({ method: 'POST', url, header: entries, body, auth: { type: 'apikey', apikey: entries }, description: { content: 'd' } }));
const collection = {
  info: { name: 'n', version: { major: 1 }, description: 'd' },
  variable: entries,
  auth: { type: 'bearer', bearer: entries },
  event: [{ listen: 'test', script: { exec: ['x'] } }],
  item: [
    {
      name: 'f',
      description: 'd',
      auth: null,
      item: requests.map((request) => ({ name: 'r', request, response: answers, protocolProfileBehavior: { disableBodyPruning: true } })),
    },
  ],
};
const firstCollection = {
  name: 'n',
  variables: entries,
  folders: [
    { id: 'f', name: 'f', order: ['r'], folders_order: ['g'] },
    { id: 'g', name: 'g', folder: 'f', currentHelper: 'basicAuth' },
  ],
  requests: [
    {
      id: 'r',
      name: 'r',
      method: 'POST',
      url: 'https://a.example/:id',
      headers: 'A: b',
      headerData: entries,
      pathVariables: { id: '1' },
      dataMode: 'params',
      data: entries,
      currentHelper: 'apikeyAuth',
      helperAttributes: { key: 'k' },
      responses: answers,
    },
    { id: 's', folder: 'g', url: 'https://a.example', dataMode: 'raw', rawModeData: 'x', pathVariableData: entries },
  ],
};

const wrong: readonly unknown[] = [
  null,
  -1.5,
  '__proto__',
  '\u0000"\ud800',
  [null, 5, 'x', [[]]],
  JSON.parse('{"__proto__":{"type":"object"},"constructor":5}'),
];

/** The document with another value at one place, for every place that it has. */
function* variantsOf(document: unknown, value: unknown): Generator<unknown> {
  yield value;
  if (typeof document !== 'object' || document === null) return;
  for (const [key, member] of Object.entries(document)) {
    for (const variant of variantsOf(member, value))
      yield Array.isArray(document) ? document.with(Number(key), variant) : { ...document, [key]: variant };
  }
}

function use(document: unknown): void {
  const model = buildModel(document);
  if (!model.ok) return;
  analyze(model.value);
  planConnector(model.value, { name: 'n', language: 'go', runtime: 'docker' });
}

test.each([
  ['OpenAPI', openapi],
  ['Swagger', swagger],
  ['GraphQL introspection', withoutOwnTypes],
  ['Postman 2', collection],
  ['Postman 1', firstCollection],
])('a document of %s is read whatever stands in it', (_, document) => {
  expect(buildModel(document).ok).toBe(true);
  for (const value of wrong) {
    for (const variant of variantsOf(document, value)) expect(() => use(variant), JSON.stringify(variant)).not.toThrow();
  }
  expect(Object.hasOwn(Object.prototype, 'type')).toBe(false);
});

test.each(['__proto__', 'constructor', 'toString'])('no scheme of credentials is called %s, as every object has it', (name) => {
  const schemes = JSON.parse(`{"${name}":{"type":"apiKey","in":"query","name":"k"}}`);
  const read = buildModel({ ...openapi, components: { securitySchemes: schemes } });
  expect(read.ok && [...read.value.securitySchemes.keys()]).toEqual([]);
  expect(read.ok && read.value.issues.map(({ pointer }) => pointer)).toContain(`/components/securitySchemes/${name}`);
  const auth = { type: 'apikey', apikey: { key: name, in: 'query' } };
  const posted = buildModel({ item: [{ name: 'r', request: { url: 'https://a.example', auth } }] });
  expect(posted.ok && [...posted.value.securitySchemes.values()]).toEqual([
    { name: `apikey ${name}`, kind: 'apiKey', in: 'query', parameter: name },
  ]);
});

test('thousands of requests that are alike have names at once', () => {
  const item = Array.from({ length: 5000 }, () => ({ name: 'r', request: 'https://a.example/b' }));
  const model = buildModel({ item });
  const planned = model.ok ? planConnector(model.value, { name: 'n', language: 'go', runtime: 'docker' }) : model;
  expect(planned.ok && planned.value.plan.operations.size).toBe(5000);
});

test('thousands of placeholders find their parameters in another case at once', () => {
  const names = Array.from({ length: 15_000 }, (_, index) => `p${index}`);
  const parameters = names.map((name) => ({ name, in: 'path', required: true, schema: {} }));
  const path = `/${names.map((name) => `{${name.toUpperCase()}}`).join('/')}`;
  const model = buildModel({ openapi: '3.1.0', info: {}, paths: { [path]: { get: { parameters, responses: {} } } } });
  expect(model.ok && model.value.operations[0]?.parameters.at(-1)?.name).toBe('P14999');
});

test.each(['allOf', 'anyOf', 'oneOf'])(
  'schemas that name the next ten times by %s, and so on, are given up and not followed to their billions',
  (keyword) => {
    const next = (index: number) => Array.from({ length: 10 }, () => ({ $ref: `#/components/schemas/S${index + 1}` }));
    const chain = Array.from({ length: 30 }, (_, index) => [`S${index}`, { [keyword]: next(index) }] as const);
    const base = { type: 'object', discriminator: { propertyName: 'kind' }, properties: { kind: { type: 'string' } } };
    const schemas = {
      ...Object.fromEntries(chain),
      Base: base,
      Heir: { allOf: [{ $ref: '#/components/schemas/Base' }, { $ref: '#/components/schemas/S0' }] },
    };
    const endless = { $ref: '#/components/schemas/S0' };
    const form = { type: 'object', properties: { file: endless, base: { $ref: '#/components/schemas/Base' } } };
    const requests = [{ 'multipart/form-data': { schema: form } }, { 'application/json': { schema: endless } }];
    const paths = requests.map((content, index) => {
      const responses = { 200: { description: 'D', content: { 'application/json': { schema: endless } } } };
      return [`/${index}`, { post: { requestBody: { content }, responses } }] as const;
    });
    const model = buildModel({ openapi: '3.1.0', info: {}, components: { schemas }, paths: Object.fromEntries(paths) });
    const planned = model.ok ? planConnector(model.value, { name: 'n', language: 'go', runtime: 'docker' }) : model;
    expect(planned.ok && planned.value.plan.operations.size).toBe(2);
  },
);
