/**
 * What strangers send, over real HTTP. What no job could use is refused in words a machine understands,
 * at once, and leaves nothing behind; what is merely wrong is accepted, and the result says what is wrong.
 */
import { gzipSync } from 'node:zlib';
import { type Analysis, type Connector, type Issue, resultSchemas } from '@mcpoverflow/types';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Engine, startEngine } from './support/engine.ts';
import { acceptedId, endOf, listedIds, post, refusalOf, smallSpecification } from './support/jobs.ts';

const MEBIBYTE = 1024 * 1024;
const JSON_TYPE = { 'Content-Type': 'application/json' };
/** Answers come within two seconds on an idle machine; a busy one gets longer before a hanging call counts as one. */
const PATIENCE_MS = 60_000;

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine?.stop());

type Body = string | Uint8Array | ReadableStream<Uint8Array>;
const send = (path: string, body: Body, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  engine.fetch(path, {
    method: 'POST',
    headers: { ...JSON_TYPE, ...headers },
    body: body instanceof Uint8Array ? new Uint8Array(body) : body,
    signal: AbortSignal.timeout(PATIENCE_MS),
    ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
  });
const analyze = (body: unknown): Promise<Response> => send('/api/analyze', JSON.stringify(body));
const generate = (body: unknown): Promise<Response> => send('/api/generate-connector', JSON.stringify(body));

const openapi = smallSpecification('Bad input');
const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const operations = <T>(count: number, one: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => one(index));

/** Fifteen lines that stand for ten to the twelfth nodes. */
function aliasBomb(): string {
  const levels = operations(13, (level) => `a${level + 1}: &a${level + 1} [${Array<string>(9).fill(`*a${level}`).join(', ')}]`);
  return ['openapi: 3.0.0', 'a0: &a0 [x, x, x]', ...levels].join('\n');
}

/** A JSON text of so many MiB that does not say its length. */
function streamOf(mebibytes: number): ReadableStream<Uint8Array> {
  const piece = new TextEncoder().encode('x'.repeat(MEBIBYTE));
  let sent = 0;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(sent === 0 ? new TextEncoder().encode('"') : piece);
      sent += 1;
      if (sent > mebibytes) controller.close();
    },
  });
}

interface Case {
  readonly name: string;
  readonly answer: () => Promise<Response>;
  readonly status?: number;
  readonly code: string;
  readonly pointers: readonly string[];
}

const refused: readonly Case[] = [
  { name: 'an empty body', answer: () => send('/api/analyze', ''), code: 'invalid-json', pointers: [''] },
  { name: 'a body that is not JSON', answer: () => send('/api/analyze', '{"specType":'), code: 'invalid-json', pointers: [''] },
  {
    name: 'a body that is not UTF-8',
    answer: () => send('/api/analyze', new Uint8Array([0x22, 0xff, 0x22])),
    code: 'invalid-json',
    pointers: [''],
  },
  { name: 'a body that is no object', answer: () => analyze([]), code: 'invalid-request', pointers: [''] },
  {
    name: 'fields of the wrong types',
    answer: () =>
      generate({ name: 7, specType: ['openapi'], spec: 7, language: null, metadata: [], selectedEndpoints: 'all', maxCostUsd: '1' }),
    code: 'invalid-request',
    pointers: ['/name', '/specType', '/spec', '/language', '/selectedEndpoints', '/metadata', '/maxCostUsd'],
  },
  {
    name: 'a field nobody knows',
    answer: () => analyze({ specType: 'openapi', spec: openapi, specs: 1 }),
    code: 'invalid-request',
    pointers: ['/specs'],
  },
  {
    name: 'an unknown specType',
    answer: () => analyze({ specType: 'raml', spec: openapi }),
    code: 'invalid-request',
    pointers: ['/specType'],
  },
  {
    name: 'a body over the limit that says so',
    answer: () => send('/api/analyze', `"${'x'.repeat(26 * MEBIBYTE)}"`),
    status: 413,
    code: 'body-too-large',
    pointers: [''],
  },
  {
    name: 'a body over the limit that comes in pieces',
    answer: () => send('/api/analyze', streamOf(26)),
    status: 413,
    code: 'body-too-large',
    pointers: [''],
  },
  {
    name: 'a gzip bomb',
    answer: () => send('/api/analyze', gzipSync(new Uint8Array(128 * MEBIBYTE)), { 'Content-Encoding': 'gzip' }),
    status: 413,
    code: 'body-too-large',
    pointers: [''],
  },
  {
    name: 'a body that only claims to be gzip',
    answer: () => send('/api/analyze', '{}', { 'Content-Encoding': 'gzip' }),
    code: 'invalid-request',
    pointers: [''],
  },
  {
    name: 'an object nested 10,000 levels deep',
    answer: () => send('/api/analyze', `{"specType":"openapi","spec":{"openapi":"3.0.0","paths":${deep(10_000)}}}`),
    code: 'invalid-request',
    pointers: ['/spec'],
  },
  {
    name: 'JSON text nested 10,000 levels deep',
    answer: () => analyze({ specType: 'openapi', spec: `{"openapi":"3.0.0","paths":${deep(10_000)}}` }),
    code: 'invalid-specification',
    pointers: ['/spec'],
  },
  {
    name: 'YAML text nested 10,000 levels deep',
    answer: () => analyze({ specType: 'openapi', spec: `openapi: 3.0.0\npaths: ${deep(10_000)}` }),
    code: 'invalid-specification',
    pointers: ['/spec'],
  },
  {
    name: 'a YAML alias bomb',
    answer: () => analyze({ specType: 'openapi', spec: aliasBomb() }),
    code: 'invalid-specification',
    pointers: ['/spec'],
  },
  {
    name: 'control characters in a name',
    answer: () => generate({ name: 'pets\u0000\u001b[2J', specType: 'openapi', spec: openapi }),
    code: 'invalid-request',
    pointers: ['/name'],
  },
  {
    name: 'control characters in metadata',
    answer: () => analyze({ specType: 'openapi', spec: openapi, metadata: { team: 'a\nb' } }),
    code: 'invalid-request',
    pointers: ['/metadata/team'],
  },
  {
    name: 'a file outside of its folder, with a control character',
    answer: () =>
      send('/api/validate-connector', JSON.stringify({ connector: { files: [{ path: '../\u0007', content: '' }], language: 'go' } })),
    code: 'invalid-request',
    pointers: ['/connector/files/0/path', '/connector/files/0/path'],
  },
  {
    name: '60,000 operations',
    answer: () =>
      analyze({
        specType: 'openapi',
        spec: { ...openapi, paths: Object.fromEntries(operations(60_000, (index) => [`/${index}`, { get: {} }])) },
      }),
    code: 'invalid-specification',
    pointers: ['/spec/paths'],
  },
  {
    name: '60,000 operations as YAML text',
    answer: () =>
      analyze({
        specType: 'openapi',
        spec: `openapi: 3.0.0\npaths:\n${operations(60_000, (index) => `  /${index}: {get: {}}\n`).join('')}`,
      }),
    code: 'invalid-specification',
    pointers: ['/spec/paths'],
  },
  {
    name: '60,000 requests in a Postman collection',
    answer: () =>
      analyze({ specType: 'postman', spec: { info: {}, item: operations(60_000, (index) => ({ name: `${index}`, request: {} })) } }),
    code: 'invalid-specification',
    pointers: ['/spec/item'],
  },
  {
    name: '60,000 fields of a GraphQL query',
    answer: () => analyze({ specType: 'graphql', spec: `type Query {\n${operations(60_000, (index) => `f${index}: Int`).join('\n')}\n}` }),
    code: 'invalid-specification',
    pointers: ['/spec'],
  },
];

describe('refused, and nothing is queued:', () => {
  test.each(refused)('$name', async ({ answer, status = 400, code, pointers }) => {
    expect(await refusalOf(await answer())).toEqual({ status, code, pointers });
  });

  test('after all of it there is no job, no message, and the engine is well', async () => {
    expect(await listedIds(engine)).toEqual([]);
    const health: unknown = await (await engine.fetch('/health')).json();
    expect(health).toMatchObject({ status: 'healthy', queues: { jobs: { backlog: 0 } } });
    expect(engine.logs().filter((line) => line.includes('message handled') || line.startsWith('QUEUE'))).toEqual([]);
  });
});

/** The results of an analysis and of a connector for it, both of which must complete. */
async function resultsOf(spec: unknown): Promise<{ analysis: Analysis; connector: Connector }> {
  const submission = { specType: 'openapi', spec };
  const answers = await Promise.all([
    post(engine, 'analyze', submission),
    post(engine, 'generate-connector', { ...submission, name: 'usable' }),
  ]);
  const jobs = await Promise.all(answers.map(async (answer) => endOf(engine, await acceptedId(answer))));
  expect(jobs).toMatchObject([{ status: 'completed' }, { status: 'completed', result: { verification: { ran: true, passed: true } } }]);
  return { analysis: resultSchemas.analyze.parse(jobs[0]?.result), connector: resultSchemas['generate-connector'].parse(jobs[1]?.result) };
}

const briefly = (issues: readonly Issue[] = []): string[] => issues.map(({ severity, pointer }) => `${severity} ${pointer}`).toSorted();
const reference = (name: string) => ({ $ref: `#/components/${name}` });
const content = (schema: unknown) => ({ content: { 'application/json': { schema } } });
const base = { openapi: '3.1.0', info: { title: 'Usable', version: '1' }, servers: [{ url: 'https://api.example.com' }] };

describe.concurrent('accepted, and the result says what is wrong:', () => {
  test('recursive references, which are legal: nothing is wrong, and the connector works', async ({ expect }) => {
    const node = {
      type: 'object',
      properties: { value: { type: 'string' }, children: { type: 'array', items: reference('schemas/Node') } },
    };
    const { analysis, connector } = await resultsOf({
      ...base,
      paths: {
        '/nodes': {
          post: {
            operationId: 'addNode',
            requestBody: content(reference('schemas/Node')),
            responses: { 200: { description: 'ok', ...content(reference('schemas/Node')) } },
          },
        },
      },
      components: { schemas: { Node: node } },
    });
    expect(analysis.issues).toEqual([]);
    expect(connector.issues ?? []).toEqual([]);
    expect(connector.verification.toolsCalled).toBe(1);
  });

  test('chains of references that never end', async ({ expect }) => {
    const { analysis, connector } = await resultsOf({
      ...base,
      paths: {
        '/loops': {
          post: {
            operationId: 'addLoop',
            parameters: [reference('parameters/Self')],
            requestBody: content(reference('schemas/A')),
            responses: { 200: { description: 'ok', ...content(reference('schemas/Self')) } },
          },
        },
      },
      components: {
        parameters: { Self: reference('parameters/Self') },
        schemas: { A: reference('schemas/B'), B: reference('schemas/A'), Self: reference('schemas/Self') },
      },
    });
    const expected = [
      'error /paths/~1loops/post/parameters/0',
      'warning /components/parameters/Self',
      'warning /components/schemas/A',
      'warning /components/schemas/B',
      'warning /components/schemas/Self',
      'warning /paths/~1loops/post/requestBody/content/application~1json/schema',
      'warning /paths/~1loops/post/responses/200/content/application~1json/schema',
    ];
    expect(briefly(analysis.issues)).toEqual(expected);
    expect(analysis.issues.every((issue) => issue.message.includes('never ends'))).toBe(true);
    expect(briefly(connector.issues)).toEqual(expect.arrayContaining(expected));
  });

  test('a document that breaks the rules and can still be used', async ({ expect }) => {
    const { analysis, connector } = await resultsOf({
      openapi: '3.0.0',
      paths: {
        users: { get: { summary: 'A path without its slash', responses: {} } },
        '/broken': { get: 'not an operation', post: { requestBody: reference('requestBodies/Missing'), responses: {} } },
        '/elsewhere': { $ref: 'https://example.com/other.yaml#/paths/x' },
      },
    });
    const expected = [
      'error /paths/~1broken/get',
      'error /paths/~1broken/post/requestBody',
      'error /paths/~1elsewhere',
      'warning ',
      'warning /paths/users',
    ];
    expect(briefly(analysis.issues)).toEqual(expected);
    expect(briefly(connector.issues)).toEqual(expect.arrayContaining(expected));
    expect(connector.tools.map((tool) => `${tool.method} ${tool.path}`)).toEqual(['GET /users', 'POST /broken']);
  });
});
