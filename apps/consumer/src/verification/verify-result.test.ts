import { gzipSync } from 'node:zlib';
import { beforeEach, expect, test, vi } from 'vitest';
import type { VerificationInput, VerificationPort } from './verify-connector.ts';
import { connectorToRun, type RunContext, runConnector } from './verify-result.ts';

const asked: VerificationInput[] = [];
vi.mock('./verify-connector.ts', () => ({
  verifyConnector: async (_port: VerificationPort, input: VerificationInput) => {
    asked.push(input);
    return { ran: true, passed: true };
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
const specified = (paths: object) => ({
  parameters: { specType: 'openapi' as const },
  files: [
    {
      path: 'specification.json',
      format: 'json' as const,
      gzip: gzipSync(JSON.stringify({ openapi: '3.1.0', info: { title: 'Pets', version: '1' }, paths })),
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
