import { describe, expect, test } from 'vitest';
import { mockUpstream } from '../../mock/mock-upstream.ts';
import type { ApiModel } from '../../model/model.ts';
import { buildTools } from '../../tools/build-tools.ts';
import { buildModel } from '../build-model.ts';

function modelOf(fields: Record<string, unknown>): ApiModel {
  const model = buildModel({ openapi: '3.1.0', info: { title: 'T', version: '1' }, ...fields });
  if (!model.ok) throw new Error(model.error.message);
  return model.value;
}
const messages = (model: ApiModel) => model.issues.map(({ pointer, message }) => `${pointer}: ${message}`).join('\n');

describe('a document that is no OpenAPI 3 document', () => {
  test.each([null, 'text', [], {}, { openapi: null, swagger: undefined }])('%j is unusable', (document) => {
    expect(buildModel(document)).toMatchObject({
      ok: false,
      error: { code: 'specification-unusable' },
    });
  });

  test('nor is one of an unknown version', () => {
    for (const document of [{ swagger: '1.2', paths: {} }, { openapi: '4.0.0' }, { openapi: 7 }]) {
      expect(buildModel(document)).toMatchObject({ ok: false, error: { code: 'specification-unusable' } });
    }
  });
});

describe('references', () => {
  test('that lead nowhere, elsewhere, or in circles are issues, and the rest is read', () => {
    const model = modelOf({
      components: { parameters: { A: { $ref: '#/components/parameters/B' }, B: { $ref: '#/components/parameters/A' } } },
      paths: {
        '/a': {
          get: {
            parameters: [
              { $ref: '#/components/parameters/A' },
              { $ref: '#/nowhere' },
              { $ref: 'https://evil.example/p.json' },
              { name: 'q', in: 'query' },
            ],
            responses: {},
          },
        },
        '/b': { $ref: './other.yaml#/b' },
      },
    });
    expect(model.operations).toHaveLength(1);
    expect(model.operations[0]?.parameters.map(({ name }) => name)).toEqual(['q']);
    expect(messages(model)).toMatch(/never ends/);
    expect(messages(model)).toMatch(/Nothing is at the reference #\/nowhere/);
    expect(messages(model)).toMatch(/leads to another document/);
  });

  test('are decoded as fragments and pointers', () => {
    const model = modelOf({
      paths: { '/a~b': { get: { responses: {} } }, '/c': { $ref: '#/paths/~1a~0b' }, '/d': { $ref: '#/paths/%7E1a%7E0b' } },
    });
    expect(model.operations.map(({ path }) => path)).toEqual(['/a~b', '/c', '/d']);
  });
});

test('whatever stands in the wrong place is left out, and nothing throws', () => {
  const wrong = [null, 7, 'text', [], [null], { x: null }, true];
  for (const value of wrong) {
    for (const field of ['info', 'servers', 'paths', 'components', 'security', 'tags'])
      expect(() => modelOf({ [field]: value })).not.toThrow();
    for (const field of ['parameters', 'requestBody', 'responses', 'security', 'servers', 'tags', 'operationId', 'summary', 'deprecated']) {
      expect(() => modelOf({ paths: { '/a': { get: { [field]: value } } } })).not.toThrow();
    }
    expect(() => modelOf({ paths: { '/a': value, '/b': { get: value } } })).not.toThrow();
  }
});

test('an operation\u2019s parameter wins over the path\u2019s, and every placeholder has one', () => {
  const model = modelOf({
    paths: {
      '/a/{id}/{other}': {
        parameters: [{ name: 'id', in: 'path', required: true, description: 'path item', schema: {} }],
        get: {
          parameters: [
            { name: 'id', in: 'path', required: true, description: 'operation', schema: {} },
            { name: 'stray', in: 'path' },
          ],
        },
      },
    },
  });
  const [operation] = model.operations;
  expect(operation?.parameters.map(({ name, description }) => [name, description])).toEqual([
    ['id', 'operation'],
    ['other', undefined],
  ]);
  expect(messages(model)).toMatch(/\{other\}/);
  expect(messages(model)).toMatch(/"stray" has no placeholder/);
});

test('a path parameter that is its placeholder in another case is that, with a warning, unless there are two', () => {
  const of = (path: string, ...names: readonly string[]) => {
    const parameters = names.map((name) => ({ name, in: 'path', required: true, description: name, schema: { type: 'integer' } }));
    const model = modelOf({ paths: { [path]: { get: { parameters, responses: {} } } } });
    const read = model.operations[0]?.parameters.map(({ name, description }) => [name, description]);
    return { read, told: messages(model) };
  };
  expect(of('/a/{userID}', 'userId').read).toEqual([['userID', 'userId']]);
  expect(of('/a/{userID}', 'userId').told).toContain('The path has {userID} and the parameter is "userId"; they are taken for one.');
  expect(of('/a/{userID}', 'userId', 'userid').read).toEqual([['userID', undefined]]);
  expect(of('/a/{userID}/{userid}', 'userId').read).toEqual([
    ['userID', undefined],
    ['userid', undefined],
  ]);
});

test('what stands beside the reference of a path is kept, and told where both say it', () => {
  const parameter = (name: string) => ({ name, in: 'query' });
  const model = modelOf({
    paths: { '/a': { $ref: '#/components/pathItems/A', summary: 'Here.', parameters: [parameter('own')] } },
    components: { pathItems: { A: { summary: 'There.', parameters: [parameter('other')], get: { responses: {} } } } },
  });
  expect(model.operations[0]?.parameters.map(({ name }) => name)).toEqual(['other', 'own']);
  expect(model.operations[0]?.summary).toBe('Here.');
  expect(messages(model)).toContain('/paths/~1a/summary: The path that is referred to says this, too');
});

test('a body that goes with GET is left out and told', () => {
  const requestBody = { content: { 'application/json': { schema: { type: 'object' } } } };
  const model = modelOf({ paths: { '/a': { get: { requestBody }, post: { requestBody } } } });
  expect(model.operations.map(({ body }) => body !== undefined)).toEqual([false, true]);
  expect(messages(model)).toContain('/paths/~1a/get: A GET request cannot carry a body');
});

describe('what is new in 3.2', () => {
  const of32 = (pathItem: unknown) => modelOf({ openapi: '3.2.0', paths: { '/a': pathItem } });

  test('is read: the method query, methods without a field of their own, items of a stream', () => {
    const content = { 'application/jsonl': { itemSchema: { type: 'integer' } } };
    const model = of32({ query: { responses: { 200: { content } } }, additionalOperations: { COPY: {} } });
    expect(model.operations.map(({ method, pointer }) => `${method} ${pointer}`)).toEqual([
      'QUERY /paths/~1a/query',
      'COPY /paths/~1a/additionalOperations/COPY',
    ]);
    expect(model.operations[0]?.responses[0]?.media[0]?.schema).toEqual({ type: 'array', items: { type: 'integer' } });
  });

  test('is read: a query string that is one form, as its fields', () => {
    const schema = { properties: { a: { type: 'integer' }, b: {} }, required: ['a'] };
    const form = { name: 'all', in: 'querystring', required: true, content: { 'application/x-www-form-urlencoded': { schema } } };
    expect(of32({ get: { parameters: [form] } }).operations[0]?.parameters).toMatchObject([
      { name: 'a', in: 'query', required: true, schema: { type: 'integer' } },
      { name: 'b', in: 'query', required: false },
    ]);
  });

  test('is read: how the fields of a query string are written', () => {
    const object = { type: 'object' };
    const schema = { properties: { joined: { type: 'array' }, deep: object, text: {}, bare: object, 'a/b': {} } };
    const encoding = {
      joined: { style: 'form', explode: false },
      deep: { style: 'deepObject', contentType: 'application/json' },
      text: { contentType: 'application/json', allowReserved: true },
      'a/b': { style: 'simple' },
    };
    const form = { name: 'all', in: 'querystring', content: { 'application/x-www-form-urlencoded': { schema, encoding } } };
    const model = of32({ get: { parameters: [form] } });
    expect(model.operations[0]?.parameters).toEqual([
      expect.objectContaining({ name: 'joined', style: 'form', explode: false }),
      expect.objectContaining({ name: 'deep', style: 'deepObject', explode: true }),
      expect.objectContaining({ name: 'text', style: 'form', explode: true, allowReserved: true }),
      expect.objectContaining({ name: 'bare', style: 'form', explode: true, mediaType: 'application/json' }),
      expect.objectContaining({ name: 'a/b', style: 'form', explode: true }),
    ]);
    expect(model.operations[0]?.parameters.filter(({ mediaType }) => mediaType !== undefined)).toHaveLength(1);
    const at = '/paths/~1a/get/parameters/0/content/application~1x-www-form-urlencoded/encoding';
    expect(messages(model)).toContain(`${at}/a~1b: The style "simple" is not one for a query parameter`);
    const open = {
      ...form,
      content: { 'application/x-www-form-urlencoded': { schema: { ...schema, additionalProperties: true }, encoding } },
    };
    expect(messages(of32({ get: { parameters: [open] } }))).toContain(`${at}/joined: In a form of any fields each is written in one way`);
  });

  test.each([
    ['application/json; charset=utf-8', { type: 'array' }, { mediaType: 'application/json; charset=utf-8', schema: { type: 'array' } }],
    ['application/x-www-form-urlencoded', { additionalProperties: {} }, { schema: { additionalProperties: {} } }],
    [
      'application/x-www-form-urlencoded',
      { properties: { a: {} }, additionalProperties: true },
      { schema: { properties: { a: {} }, additionalProperties: true } },
    ],
    ['application/jsonpath', { type: 'object' }, { schema: { type: 'string' } }],
  ])('is read: a query string of %s, as one parameter', (mediaType, schema, expected) => {
    const whole = { name: 'all', in: 'querystring', required: true, description: 'What to find.', content: { [mediaType]: { schema } } };
    const [parameter, ...others] = of32({ get: { parameters: [whole] } }).operations[0]?.parameters ?? [];
    expect(others).toEqual([]);
    expect(parameter).toMatchObject({ name: 'all', in: 'querystring', required: true, description: 'What to find.', ...expected });
    expect(parameter?.mediaType).toBe('mediaType' in expected ? expected.mediaType : undefined);
  });

  test('is left out and told: a query string without a media type', () => {
    const model = of32({ get: { parameters: [{ name: 'all', in: 'querystring' }] } });
    expect(model.operations[0]?.parameters).toEqual([]);
    expect(messages(model)).toContain('/paths/~1a/get/parameters/0: A query string needs a name and a media type');
  });
});

describe('servers', () => {
  test.each([
    ['', '1'],
    [undefined, '1'],
  ])('are none where a variable of the host is %j, and that is told', (tenant, v) => {
    const variables = { ...(tenant === undefined ? {} : { tenant: { default: tenant } }), v: { default: v } };
    const model = modelOf({ servers: [{ url: 'https://{tenant}.a.example/v{v}', variables }] });
    expect(model.baseUrl).toBeUndefined();
    expect(messages(model)).toContain(
      '/servers/0: The variables of https://{tenant}.a.example/v{v} have no defaults that make it an address; it is not used.',
    );
  });

  const baseUrl = (url: string, variables?: unknown) => modelOf({ servers: [{ url, variables }] }).baseUrl;

  test('become a base URL, their variables filled in', () => {
    expect(baseUrl('https://{region}.example/v1/', { region: { default: 'eu' } })).toBe('https://eu.example/v1');
  });

  test('are taken over https where that is offered for the same address', () => {
    const first = (...urls: readonly string[]) => modelOf({ servers: urls.map((url) => ({ url })) }).baseUrl;
    expect(first('http://a.example/v1', 'https://b.example/v1', 'https://a.example/v1/')).toBe('https://a.example/v1');
    expect(first('http://a.example/v1', 'https://b.example/v1')).toBe('http://a.example/v1');
  });

  test('without a scheme are taken over https, wherever they stand, with a warning there', () => {
    const servers = [{ url: '//a.example/v1' }];
    const model = modelOf({
      servers,
      paths: { '/a': { servers, get: { servers: [{ url: '//b.example' }], responses: {} }, put: { responses: {} } } },
    });
    expect(model.baseUrl).toBe('https://a.example/v1');
    expect(model.operations.map(({ server }) => server)).toEqual(['https://b.example', 'https://a.example/v1']);
    const told = model.issues.filter(({ message }) => message.includes('names no scheme')).map(({ pointer }) => pointer);
    expect(told.toSorted()).toEqual(['/paths/~1a/get/servers/0', '/paths/~1a/servers/0', '/servers/0']);
  });

  test.each(['/v2', 'v2/', '../v2'])(
    'that are relative (%s) on a path or operation belong to the host of the API, with a warning',
    (url) => {
      const servers = [{ url }];
      const model = modelOf({
        servers: [{ url: 'https://a.example/v1' }],
        paths: { '/a': { servers, get: { responses: {} } }, '/b': { get: { servers, responses: {} } }, '/c': { get: { responses: {} } } },
      });
      expect(model.operations.map(({ server }) => server)).toEqual(['https://a.example/v2', 'https://a.example/v2', undefined]);
      const told = model.issues.filter(({ message }) => message.includes('is relative; it is taken as one of a.example'));
      expect(told.map(({ pointer }) => pointer)).toEqual(['/paths/~1a/servers/0', '/paths/~1b/get/servers/0']);
    },
  );

  test('that are relative where no host is known are told', () => {
    const model = modelOf({ paths: { '/a': { servers: [{ url: '/v2' }], get: { responses: {} } } } });
    expect(model.operations[0]?.server).toBeUndefined();
    expect(messages(model)).toContain('/paths/~1a/servers/0: The address is relative and the specification names no host');
  });

  test.each(['/v1', '///a.example', 'javascript:alert(1)', 'file:///etc/passwd', 'https://user:secret@example.com', 'not a url', '{x}'])(
    '%s is no base URL',
    (url) => {
      expect(baseUrl(url)).toBeUndefined();
    },
  );
});

test('a placeholder that takes several segments is the parameter of its name', () => {
  const parameter = { name: 'path', in: 'path', required: true, description: 'Where.', schema: { type: 'string' } };
  for (const mark of ['+', '*']) {
    const path = `/files/{path${mark}}`;
    const model = modelOf({ paths: { [path]: { get: { responses: { 200: { description: 'Done.' } }, parameters: [parameter] } } } });
    expect(messages(model)).toBe('');
    expect(model.operations[0]?.parameters).toMatchObject([{ name: `path${mark}`, description: 'Where.' }]);
    const [tool] = buildTools(model, () => true).operations.values();
    expect(tool?.inputSchema).toMatchObject({
      properties: { path: { description: expect.stringContaining('Where.') } },
      required: ['path'],
    });
  }
});

test('a reference to true or false is a reference to a schema', () => {
  const schemas = { Any: true, None: false };
  const of = (name: string) => ({ name, in: 'query', schema: { $ref: `#/components/schemas/${name}` } });
  const operation = { responses: { 200: { description: 'Done.' } }, parameters: [of('Any'), of('None')] };
  const model = modelOf({ components: { schemas }, paths: { '/a': { get: operation } } });
  expect(messages(model)).toBe('');
  expect(buildTools(model, () => true).issues).toEqual([]);
  expect(model.references.resolve({ $ref: '#/components/schemas/None' })).toMatchObject({ kind: 'found', value: { not: {} } });
});

test('a method that is no word is skipped, and told in one line', () => {
  const method = `GET\r\nX-Evil: 1\u001b[2J${'x'.repeat(9000)}`;
  const model = modelOf({
    openapi: '3.2.0',
    paths: { '/a': { additionalOperations: { [method]: 'none', [`${method}y`]: { responses: {} } } } },
  });
  const { skipped, operations } = buildTools(model, () => true);
  expect(operations.size).toBe(0);
  expect(skipped).toHaveLength(1);
  const told = [
    ...skipped.flatMap(({ operation, reason }) => [operation, reason]),
    ...model.issues.flatMap((issue) => [issue.pointer, issue.message]),
  ];
  for (const text of told) {
    expect(text).toMatch(/^\P{Cc}*$/u);
    expect(text.length).toBeLessThanOrEqual(1000);
  }
  expect(model.issues.map(({ pointer }) => pointer).join()).toContain('/paths/~1a/additionalOperations/GET  X-Evil: 1 [2J');
});

test('issues of a hostile document are bounded', () => {
  const paths = Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`/${n}`, { get: 'no operation' }]));
  expect(modelOf({ paths }).issues.length).toBeLessThanOrEqual(501);
});

test('an empty path is the address of the server itself', () => {
  const model = modelOf({
    servers: [{ url: 'https://a.example/v1' }],
    paths: { '': { get: { responses: { 200: { description: 'Fine' } } } } },
  });
  expect(model.operations[0]).toMatchObject({ path: '', pointer: '/paths//get' });
  expect(mockUpstream(model).respond({ method: 'GET', url: 'https://a.example/v1', headers: {}, body: null })).toMatchObject({
    status: 200,
  });
});
