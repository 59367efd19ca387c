import { gzipSync } from 'node:zlib';
import { buildModel, generateConnector } from '@mcpoverflow/connectors';
import { validationSchema } from '@mcpoverflow/types';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Report } from './report.ts';
import type { Tried, VerificationInput, VerificationPort } from './verify-connector.ts';
import { connectorToRun, type RunContext, runConnector, validateConnector } from './verify-result.ts';

const asked: VerificationInput[] = [];
let tried: Tried = { ran: false, reason: 'Nothing was tried.' };
vi.mock('./verify-connector.ts', () => ({
  verifyConnector: async (_port: VerificationPort, input: VerificationInput) => {
    asked.push(input);
    return { ran: true, passed: true };
  },
  tryConnector: async (_port: VerificationPort, input: VerificationInput) => {
    asked.push(input);
    return tried;
  },
}));
beforeEach(() => {
  asked.length = 0;
});

const port: VerificationPort = {
  loader: { get: () => expect.unreachable(), load: () => expect.unreachable() },
  outbound: () => expect.unreachable(),
};
const tool = { name: 'get_pet', description: '', method: 'GET', path: '/pet', inputSchema: { type: 'object' }, annotations: {} };
const files = [{ path: 'src/worker.ts', content: 'mended' }];
const written = { name: 'pets', language: 'typescript', runtime: 'cloudflare-workers', files, tools: [tool], skipped: [] };
const specified = (paths: object, servers: readonly object[] = []) => ({
  parameters: { specType: 'openapi' as const },
  files: [
    {
      path: 'specification.json',
      format: 'json' as const,
      gzip: gzipSync(JSON.stringify({ openapi: '3.1.0', info: { title: 'Pets', version: '1' }, servers, paths })),
    },
  ],
});

function run(type: 'generate-connector' | 'generate-from-description' | 'fix-connector', result: object, context: Partial<RunContext>) {
  const toRun = connectorToRun(type, result);
  if (toRun.kind === 'nothing') throw new Error(toRun.reason);
  if (toRun.kind === 'validate') throw new Error('There is nothing to run.');
  return runConnector(toRun.connector, {
    engine: 'embedded',
    input: { parameters: {}, files: [] },
    earlier: async () => null,
    port,
    timeoutMs: 1,
    ...context,
  });
}

test('a connector for a specification meets a mock of that specification', async () => {
  await run('generate-connector', written, { input: specified({ '/pet': { get: { responses: { 200: { description: 'ok' } } } } }) });
  expect(asked[0]).toMatchObject({ tools: [{ name: 'get_pet', operation: { method: 'GET', path: '/pet' } }] });
  expect(asked[0]?.upstream?.respond({ method: 'GET', url: 'https://a.test/dog', headers: {}, body: null }).status).toBe(404);
});

test('a connector of an API that was moved meets the mock below the path of the new address, and on no other host', async () => {
  const input = specified({ '/pet': { get: { responses: { 200: { description: 'ok' } } } } }, [{ url: 'https://old.test/v1' }]);
  const moved = { ...input.parameters, customizations: { baseUrl: 'https://new.test/proxy/pets/' } };
  await run('generate-connector', written, { input: { ...input, parameters: moved } });
  const upstream = asked[0]?.upstream;
  expect([...(upstream?.hosts ?? [])]).toEqual(['new.test']);
  expect(upstream?.respond({ method: 'GET', url: 'https://new.test/proxy/pets/pet', headers: {}, body: null }).status).toBe(200);
  expect(asked[0]?.environment).toEqual({});
});

test('a specification without operations leaves nothing to call', async () => {
  expect(await run('generate-connector', written, { input: specified({}) })).toMatchObject({
    ran: false,
    reason: expect.stringContaining('no operations'),
  });
});

test('a connector from a description is run, and its tools are called, against an API that takes everything', async () => {
  await run('generate-from-description', written, {});
  expect(asked[0]).toMatchObject({ tools: [{ name: 'get_pet' }], upstream: null });
});

test('a mended connector of this engine is run whole, with the mended files in place', async () => {
  const earlierFiles = [
    { path: 'src/worker.ts', content: 'broken' },
    { path: 'src/data.ts', content: 'data' },
  ];
  const earlier = async () => ({ files: earlierFiles, language: 'typescript' as const, runtime: 'cloudflare-workers' as const });
  await run('fix-connector', { files }, { earlier, input: { parameters: { connectorJobId: 'earlier' }, files: [] } });
  expect(asked[0]).toMatchObject({ tools: null, files: [earlierFiles[1], files[0]] });
});

test('a mended connector from elsewhere is not run, and the verification says why', async () => {
  expect(await run('fix-connector', { files }, {})).toMatchObject({
    ran: false,
    reason: expect.stringContaining('not made by this engine'),
  });
  expect(asked).toEqual([]);
});

test.each([
  ['analyze', {}],
  ['generate-tests', {}],
  ['generate-documentation', {}],
  ['fix-connector', { files: [] }],
] as const)('a result of %s that holds no connector says so in a sentence', (type, result) => {
  expect(connectorToRun(type, result)).toEqual({ kind: 'nothing', reason: expect.stringMatching(/\.$/) });
});

describe('what an agent made of the baseline', () => {
  const responses = { 200: { description: 'ok' } };
  const input = {
    ...specified({
      '/pet': { get: { responses }, delete: { responses } },
      '/pets/{petId}': { get: { responses } },
      '/owner': { get: { responses } },
    }),
    parameters: { specType: 'openapi' as const, selectedEndpoints: ['/pet', '/pets/{petId}'] },
  };
  const kept = [tool, { ...tool, name: 'remove', method: 'DELETE' }, { ...tool, name: 'find', path: '/pets/{id}' }];
  const made = (tools: readonly object[], more: object = {}) =>
    run('generate-connector', { ...written, tools, ...more }, { input, engine: 'openhands' });

  test('passes with a tool for every operation that was selected, whatever the tools and placeholders are called', async () => {
    expect(await made(kept)).toMatchObject({ passed: true });
  });

  test('fails for each selected operation that has lost its tool, told or not', async () => {
    const failures = [
      { tool: 'delete_pet', message: expect.stringContaining('no tool declares DELETE /pet any more') },
      { tool: 'get_pets_petId', message: expect.stringContaining('GET /pets/{petId}') },
    ];
    expect(await made(kept.slice(0, 1))).toMatchObject({ passed: false, failures });
    const skipped = [{ operation: 'DELETE /pet', reason: 'It seemed dangerous.' }];
    expect(await made(kept.slice(0, 1), { skipped })).toMatchObject({ passed: false, failures });
  });

  test('is compared in languages that do not run here, too', async () => {
    expect(await made(kept.slice(0, 2), { language: 'python', runtime: 'docker' })).toMatchObject({ passed: false });
  });
});

describe('a connector that was handed in', () => {
  const empty = {
    valid: true,
    issues: [],
    testResults: { passed: 9, failed: 0, skipped: 0, duration: 5 },
    performance: { avgResponseTime: 7, p95ResponseTime: 7, p99ResponseTime: 7 },
  };
  const reportOf = (times: readonly number[], failure?: string): Tried => {
    const report = new Report();
    report.passed = 4;
    report.callTimes.push(...times);
    if (failure !== undefined) report.fail('get_pet', failure);
    return { ran: true, report };
  };
  const validate = (from: 'openhands' | 'embedded', given: readonly { path: string; content: string }[]) => {
    const input = {
      parameters: { language: 'typescript' as const },
      files: given.map(({ path, content }) => ({ path, gzip: gzipSync(content) })),
    };
    return validateConnector(empty, { input, engine: from, earlier: async () => null, port, timeoutMs: 1 });
  };
  const stranger = [{ path: 'connector/src/worker.ts', content: 'export default {};' }];

  test('is measured: the numbers of the run take the place of the agent\u2019s', async () => {
    tried = reportOf(Array.from({ length: 100 }, (_, index) => index + 1));
    const validation = validationSchema.parse(await validate('openhands', stranger));
    expect(validation).toMatchObject({
      valid: true,
      testResults: { passed: 4, failed: 0, skipped: 0 },
      performance: { avgResponseTime: 50.5, p95ResponseTime: 95, p99ResponseTime: 99 },
      verification: { ran: true, passed: true },
    });
    expect(asked[0]).toMatchObject({ files: [{ path: 'src/worker.ts' }], tools: null, upstream: null });
  });

  test('is not valid when its run failed, and each failure is an issue', async () => {
    tried = reportOf([], 'called evil.example.net, which is not a host of the API');
    expect(await validate('embedded', stranger)).toMatchObject({
      valid: false,
      issues: [{ severity: 'error', pointer: 'get_pet', message: expect.stringContaining('evil.example.net') }],
      testResults: { failed: 1 },
      performance: { avgResponseTime: 0, p95ResponseTime: 0, p99ResponseTime: 0 },
    });
  });

  test('keeps the results of its own tests where an agent could run them; where none could, the report says so', async () => {
    tried = reportOf([1]);
    const withTests = [...stranger, { path: 'tests/worker.test.ts', content: '' }];
    expect(await validate('openhands', withTests)).toMatchObject({ testResults: empty.testResults, issues: [] });
    expect(await validate('embedded', withTests)).toMatchObject({
      testResults: { passed: 4 },
      issues: [{ severity: 'info', pointer: 'tests', message: expect.stringContaining('were not run') }],
    });
  });

  test('of this engine meets the API that its own data describes', async () => {
    tried = reportOf([1]);
    const model = buildModel({ openapi: '3.1.0', info: { title: 'Pets', version: '1' }, paths: { '/pet': { get: { responses: {} } } } });
    const made = model.ok ? generateConnector(model.value, { name: 'pets', language: 'typescript', runtime: 'lambda' }) : model;
    if (!made.ok) throw new Error(made.error.message);
    await validate(
      'embedded',
      made.value.files.map(({ path, content }) => ({ path: `connector/${path}`, content })),
    );
    expect(asked[0]).toMatchObject({ runtime: 'lambda', tools: [{ name: 'get_pet', operation: { method: 'GET', path: '/pet' } }] });
    expect(asked[0]?.upstream?.respond({ method: 'GET', url: 'https://a.test/pet', headers: {}, body: null }).status).toBe(200);
  });

  test('that could not be run leaves the agent\u2019s word, and the verification says why', async () => {
    tried = { ran: false, reason: 'It is too large.' };
    expect(await validate('openhands', stranger)).toEqual({ ...empty, verification: { ran: false, reason: 'It is too large.' } });
  });
});
