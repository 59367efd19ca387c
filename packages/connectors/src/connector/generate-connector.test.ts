import { connectorSchema } from '@mcpoverflow/types';
import { transform } from 'esbuild';
import { describe, expect, test } from 'vitest';
import type { Api, Operations } from '../languages/typescript/runtime/operation.ts';
import { COMPATIBILITY_DATE } from '../languages/typescript/targets.ts';
import type { ApiModel } from '../model/model.ts';
import { buildModel } from '../readers/build-model.ts';
import { type ConnectorOptions, generateConnector, planConnector } from './generate-connector.ts';

function modelOf(document: Record<string, unknown>): ApiModel {
  const model = buildModel({ openapi: '3.1.0', info: { title: 'T', version: '1' }, ...document });
  if (!model.ok) throw new Error(model.error.message);
  return model.value;
}
const listOfLetters = { type: 'array', items: { type: 'string', enum: ['a', 'b'] } };
const small = modelOf({
  servers: [{ url: 'https://api.example' }],
  paths: {
    '/a': { get: { operationId: 'getA', responses: {} }, trace: { responses: {} } },
    '/b': {
      post: {
        operationId: 'postB',
        tags: ['letters'],
        responses: { 200: { description: '', content: { 'application/json': { schema: listOfLetters } } } },
      },
    },
  },
});
const options: ConnectorOptions = { name: 'My API!', language: 'typescript', runtime: 'cloudflare-workers' };

function generate(model: ApiModel, more: Partial<ConnectorOptions> = {}) {
  const connector = generateConnector(model, { ...options, ...more });
  if (!connector.ok) throw new Error(connector.error.message);
  const file = (path: string) => connector.value.files.find((each) => each.path === path)?.content ?? '';
  return { ...connector.value, file };
}

/** Runs the data module as what it is, in this process: hostile text that became code would show. */
async function dataOf(text: string): Promise<{ readonly api: Api; readonly operations: Operations }> {
  const { code } = await transform(text, { loader: 'ts' });
  return import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`);
}

test('the name is one that every platform takes, whatever letters it was given', () => {
  expect(['Häbits & "Co" <x>', 'Ünïcödé', '日本', 'a'.repeat(80)].map((name) => generate(small, { name }).name)).toEqual([
    'habits-co-x',
    'unicode',
    'connector',
    'a'.repeat(54),
  ]);
});

test('an operation whose body cannot be written is left out with the reason, and one with a choice is not', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } } };
  const takes = (...mediaTypes: string[]) => ({
    requestBody: { content: Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, { schema }])) },
    responses: {},
  });
  const paths = { '/batch': { post: takes('multipart/mixed') }, '/b': { post: takes('multipart/related', 'multipart/form-data') } };
  const list = { requestBody: { content: { 'multipart/form-data': { schema: { type: 'array', items: {} } } } } };
  const connector = generate(modelOf({ paths: { ...paths, '/list': { post: list } } }));
  expect(connector.skipped).toEqual([
    { operation: 'POST /batch', reason: expect.stringContaining('multipart/mixed') },
    { operation: 'POST /list', reason: expect.stringContaining('fields that have names') },
  ]);
  expect(connector.tools.map(({ path }) => path)).toEqual(['/b']);
});

test('an operation that asks for what cannot be sent is none that asks for nothing', () => {
  const schemes = { digest: { type: 'http', scheme: 'digest' }, key: { type: 'apiKey', in: 'header', name: 'X-Key' } };
  const asks = (operationId: string, ...security: readonly string[]) => ({
    get: { operationId, security: security.map((name) => ({ [name]: [] })), responses: {} },
  });
  const paths = { '/a': asks('closed', 'digest'), '/b': asks('either', 'digest', 'key'), '/c': asks('open') };
  const model = modelOf({ components: { securitySchemes: schemes }, paths });
  const connector = generate(model);
  const told = connector.issues?.filter(({ severity }) => severity === 'warning');
  expect(told).toEqual([{ severity: 'warning', pointer: '/paths/~1a/get', message: expect.stringContaining('("digest")') }]);
  expect(connector.file('README.md')).toMatch(/cannot be sent: digest\. .*: `closed`\./);
  const planned = planConnector(model, options);
  expect(planned.ok && [...planned.value.plan.operations.values()].map(({ security }) => security)).toEqual([[['digest']], [['key']], []]);
});

test('an operation asks for one credential where several would share a header', () => {
  const flow = { type: 'oauth2', flows: {} };
  const schemes = { Oauth2: flow, Oauth2c: flow, key: { type: 'apiKey', in: 'header', name: 'X-Key' } };
  const security = [
    { Oauth2: ['a'], Oauth2c: ['a'], key: [] },
    { Oauth2: ['b'], Oauth2c: ['b'], key: [] },
  ];
  const planned = planConnector(
    modelOf({ components: { securitySchemes: schemes }, paths: { '/a': { get: { security, responses: {} } } } }),
    options,
  );
  if (!planned.ok) throw new Error(planned.error.message);
  const { operations, api } = planned.value.plan;
  expect([...operations.values()].map((operation) => operation.security)).toEqual([[['Oauth2', 'key']]]);
  expect(Object.keys(api.credentials)).toEqual(['Oauth2', 'key']);
});

test('a tool whose operation is described by its name alone says what it calls', () => {
  const paths = { '/a': { get: { operationId: 'getA', summary: 'getA()', responses: {} } } };
  expect(generate(modelOf({ paths })).tools.map(({ description }) => description)).toEqual(['GET /a. getA().']);
});

describe('a connector', () => {
  test('has the declared shape and every file a stranger needs', () => {
    const connector = generate(small);
    expect(connectorSchema.omit({ verification: true }).safeParse(connector).error).toBeUndefined();
    expect(connector.name).toBe('my-api');
    expect(connector.files.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'README.md',
        'package.json',
        'wrangler.toml',
        'tsconfig.json',
        'src/worker.ts',
        'src/server.ts',
        'src/operations.ts',
      ]),
    );
    for (const version of Object.values(JSON.parse(connector.file('package.json')).dependencies))
      expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  test('is deployed with the platform behaviour it was verified with, and tried beside the engine', () => {
    const connector = generate(small);
    expect(connector.file('wrangler.toml')).toContain(`compatibility_date = "${COMPATIBILITY_DATE}"`);
    expect(connector.file('package.json')).toContain('wrangler dev --port 8788');
    expect(connector.file('README.md')).toContain('http://localhost:8788/mcp');
  });

  test('is the same in every run', () => {
    expect(generate(small).files).toEqual(generate(small).files);
  });

  test('tells what it left out', () => {
    expect(generate(small).skipped).toEqual([{ operation: 'TRACE /a', reason: expect.stringContaining('TRACE') }]);
  });

  test('is made in every language, and refused where that does not run', () => {
    for (const language of ['python', 'go'] as const) {
      expect(generate(small, { language, runtime: 'docker' }).tools).toEqual(generate(small).tools);
      const refused = generateConnector(small, { ...options, language });
      expect(refused).toMatchObject({ ok: false, error: { message: expect.stringContaining('docker, vercel, lambda') } });
    }
  });

  test('has no operation whose path climbs', () => {
    const model = modelOf({
      paths: Object.fromEntries(['/a/../b', '/a/%2E', '/a/..b/.c'].map((path) => [path, { get: { responses: {} } }])),
    });
    expect(generate(model).skipped.map(({ operation }) => operation)).toEqual(['GET /a/../b', 'GET /a/%2E']);
  });

  test('is skipped when it has more parameters than a tool takes', () => {
    const parameters = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `p${index}`, in: 'query', schema: {} }));
    const paths = { '/a': { get: { parameters: parameters(1000) } }, '/b': { get: { parameters: parameters(1001) } } };
    expect(generate(modelOf({ paths })).skipped).toEqual([
      { operation: 'GET /b', reason: 'It has 1001 parameters, and a tool takes at most 1000.' },
    ]);
  });

  test('has every variable of GraphQL as an argument, and is skipped when there are too many', () => {
    const field = (name: string, count: number) =>
      `${name}(${Array.from({ length: count }, (_, index) => `a${index}: Int`).join(' ')}): Int`;
    const model = buildModel(`type Query { ${field('many', 1000)} ${field('more', 1001)} }`);
    const { tools, skipped } = generate(model.ok ? model.value : modelOf({}));
    expect(tools.map(({ inputSchema }) => Object.keys(Object(inputSchema.properties)).length)).toEqual([1000]);
    expect(skipped).toEqual([expect.objectContaining({ reason: 'It has 1001 parameters, and a tool takes at most 1000.' })]);
  });

  test('without any operation is unusable', () => {
    expect(generateConnector(modelOf({}), options)).toMatchObject({ ok: false, error: { code: 'specification-unusable' } });
  });
});

describe('a selection', () => {
  const names = (selectedEndpoints: ConnectorOptions['selectedEndpoints']) =>
    generate(small, { selectedEndpoints }).tools.map(({ name }) => name);

  test.each<[Parameters<typeof names>[0], readonly string[]]>([
    [['getA'], ['getA']],
    [
      ['get /a', { method: 'post', path: '/b' }],
      ['getA', 'postB'],
    ],
    [['/b'], ['postB']],
    [['POST /**'], ['postB']],
    [['/*'], ['getA', 'postB']],
    [['tag:LETTERS'], ['postB']],
    [[{ tag: 'letters', method: 'POST' }], ['postB']],
    [[{ operationId: 'getA' }], ['getA']],
    [['method:post'], ['postB']],
    [['risk:read'], ['getA']],
    [
      ['risk:write', 'risk:read'],
      ['getA', 'postB'],
    ],
  ])('of %j is %j, and renames nothing', (selectedEndpoints, chosen) => {
    expect(names(selectedEndpoints)).toEqual(chosen);
  });

  test('of what does not exist is an issue; of nothing that exists, a fault', () => {
    expect(generate(small, { selectedEndpoints: ['getA', 'GET /nowhere'] }).issues).toEqual([
      expect.objectContaining({ pointer: '/selectedEndpoints/1' }),
    ]);
    expect(generateConnector(small, { ...options, selectedEndpoints: ['nothing'] })).toMatchObject({
      ok: false,
      error: { code: 'specification-unusable' },
    });
  });
});

test('the data module shows every character that would hide, or turn the line around', () => {
  const document = { paths: { '/a': { get: { description: 'a\u202e\u2028b', responses: {} } } } };
  expect(generate(modelOf(document)).file('src/operations.ts')).toContain('a\\u202e');
  expect(generate(modelOf(document)).file('src/operations.ts')).not.toMatch(/[\u2028\u202e]/);
});

describe('text of the specification', () => {
  const evil = '*/ \'; globalThis.pwned = true; `\u0024{globalThis.pwned = true}` " \\ \u2028 </script> --> \n]] # {{x}} |';
  const hostile = modelOf({
    info: { title: evil, version: evil, description: evil },
    servers: [{ url: `https://api.example/${evil}` }],
    components: {
      securitySchemes: {
        [evil]: { type: 'apiKey', in: 'query', name: evil },
        __proto__x: { type: 'http', scheme: 'bearer' },
        constructor: { type: 'http', scheme: 'basic' },
      },
    },
    security: [{ [evil]: [] }, { constructor: [] }],
    paths: {
      [`/${evil}/{${evil.replace(/[{}]/g, '')}}`]: {
        post: {
          operationId: evil,
          summary: evil,
          description: evil,
          tags: [evil],
          parameters: [
            { name: evil, in: 'query', description: evil, schema: { type: 'string', enum: [evil], default: evil } },
            { name: '__proto__', in: 'query', schema: {} },
          ],
          requestBody: {
            content: {
              [`text/${evil}`]: { schema: {} },
              'application/json': {
                schema: JSON.parse('{"type":"object","properties":{"__proto__":{"type":"object","properties":{"__proto__":{}}}}}'),
              },
            },
          },
          responses: {},
        },
      },
    },
  });

  test('is never code: the data module evaluates to exactly that text', async () => {
    const connector = generate(hostile, { name: evil });
    const { api, operations } = await dataOf(connector.file('src/operations.ts'));
    expect(Object.hasOwn(globalThis, 'pwned')).toBe(false);
    const [tool] = connector.tools;
    const operation = operations[tool?.name ?? ''];
    expect(operation?.path).toBe(tool?.path);
    expect(operation?.description).toContain('globalThis.pwned = true; `${');
    expect(operation?.inputSchema).toEqual(tool?.inputSchema);
    expect(Object.getPrototypeOf(operation?.inputSchema)).toBe(Object.prototype);
    expect(Object.keys(api.credentials)).toContain(evil);
  });

  test('reaches no other file but as an escaped line of the README', () => {
    const connector = generate(hostile, { name: evil });
    const fixed = new Map(generate(small).files.map(({ path, content }) => [path, content]));
    for (const { path, content } of connector.files) {
      if (path.startsWith('src/') && path !== 'src/operations.ts') expect(content).toBe(fixed.get(path));
    }
    expect(connector.name).toMatch(/^[a-z0-9-]{1,54}$/);
    expect(connector.file('wrangler.toml').split('\n')).toHaveLength(6);
    expect(connector.file('README.md')).not.toContain('</script>');
  });

  test('cannot give a variable a strange name or one the connector uses itself', async () => {
    const schemes = {
      'base.url': { type: 'apiKey', in: 'header', name: 'X' },
      BASE_URL: { type: 'http', scheme: 'bearer' },
      'a b"': { type: 'http', scheme: 'basic' },
      日本: { type: 'oauth2' },
    };
    const model = modelOf({
      components: { securitySchemes: schemes },
      security: Object.keys(schemes).map((name) => ({ [name]: [] })),
      paths: { '/a': { get: { responses: {} } } },
    });
    const { api } = await dataOf(generate(model).file('src/operations.ts'));
    const variables = Object.values(api.credentials).flatMap((each) =>
      each.kind === 'basic' ? [each.usernameVariable, each.passwordVariable] : [each.variable],
    );
    for (const variable of variables) expect(variable).toMatch(/^[A-Z][A-Z0-9_]*$/);
    expect(new Set(variables).size).toBe(variables.length);
    expect(variables).not.toContain('BASE_URL');
  });
});

describe('a caller\u2019s wishes', () => {
  test('an authConfig describes how to be let in where the specification does not, and never carries a value', () => {
    const connector = generate(small, { authConfig: { type: 'bearer', token: 'very-secret' } });
    expect(connector.file('src/operations.ts')).toContain('API_TOKEN');
    expect(JSON.stringify(connector)).not.toContain('very-secret');
    expect(generate(small, { authConfig: { type: 'magic' } }).issues).toEqual([expect.objectContaining({ pointer: '/authConfig' })]);
  });

  test('customizations may set the base URL, names and descriptions', () => {
    const customizations = { baseUrl: 'https://own.example/', names: { getA: 'read_letter' }, descriptions: { 'post /b': 'Writes.' } };
    const connector = generate(small, { customizations });
    expect(connector.file('src/operations.ts')).toContain('https://own.example');
    expect(connector.tools.map(({ name, description }) => `${name}: ${description}`)).toEqual(['read_letter: GET /a.', 'postB: Writes.']);
    expect(connector.issues).toEqual([]);
  });

  test('a name that two operations shall have is told apart, and nobody else gets a chosen one', () => {
    const connector = generate(small, { customizations: { names: { getA: 'postB' } } });
    const [chosen, other] = connector.tools.map(({ name }) => name);
    expect(chosen).toBe('postB');
    expect(other).toMatch(/^postB_/);
  });

  test('what is not understood, or names no operation, is told', () => {
    const connector = generate(small, { customizations: { color: 'red', names: { nothing: 'a' } } });
    expect(connector.issues?.map(({ message }) => message)).toEqual([
      expect.stringContaining('"color"'),
      expect.stringContaining('"nothing"'),
    ]);
  });

  test('output schemas say what an answer holds and no more, unless they are switched off', () => {
    const [, postB] = generate(small).tools;
    const items = { type: ['string', 'null'] };
    expect(postB?.outputSchema).toEqual({ type: 'object', properties: { result: { type: ['array', 'null'], items } } });
    expect(generate(small, { customizations: { outputSchemas: false } }).tools[1]?.outputSchema).toBeUndefined();
  });
});

describe('operations that are too many for a list', () => {
  const paths = Object.fromEntries(
    Array.from({ length: 200 }, (_, n) => [`/p${n}`, { get: { tags: [n < 10 ? 'few' : 'many'], responses: {} } }]),
  );
  const large = modelOf({ paths });

  test('are offered through three tools, which is told, and none is lost', async () => {
    const connector = generate(large);
    expect(connector.tools.map(({ name }) => name)).toEqual(['search_operations', 'describe_operation', 'call_operation']);
    expect(connector.issues).toEqual([expect.objectContaining({ severity: 'info', message: expect.stringContaining('200 operations') })]);
    const planned = planConnector(large, options);
    expect(planned.ok && planned.value.plan.operations.size).toBe(200);
  });

  test('are tools again once they are few, or when a list is asked for', () => {
    expect(generate(large, { selectedEndpoints: ['tag:few'] }).tools).toHaveLength(10);
    expect(generate(large, { customizations: { mode: 'list' } }).tools).toHaveLength(200);
    const capped = generate(large, { customizations: { mode: 'list', maxTools: 150 } });
    expect([capped.tools.length, capped.skipped.length]).toEqual([150, 50]);
    expect(generate(large, { selectedEndpoints: ['tag:few'], customizations: { maxTools: 9 } }).tools).toHaveLength(3);
    expect(generate(small, { customizations: { mode: 'dynamic' } }).tools).toHaveLength(3);
  });
});
