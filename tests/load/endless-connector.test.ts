/**
 * A connector that never comes back. Locally nothing limits the time of a connector's code, so one endless
 * loop freezes every Worker of the process; the supervisor and the Job end it together: the process is
 * started again, and the second verification that never returned fails the job, and that job alone.
 */
import type { Connector } from '@mcpoverflow/types';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Engine, startEngine } from '../support/engine.ts';
import { cannedWork, type OpenHandsServer, startOpenHandsServer } from '../support/openhands-server.ts';
import { type PatientClient, patientClient, type Submission } from '../support/patient-client.ts';
import { smallSpecification } from '../support/small-specification.ts';

const WATCHDOG_SECONDS = 3;

/** Answers until its tools are listed, as a connector does whose author forgot the end of a paged list. */
const endlessWorker = `
  export default {
    async fetch(request) {
      const { id, method } = await request.json();
      while (method === 'tools/list');
      const result = { protocolVersion: '2025-06-18', supportedVersions: ['2026-07-28'], capabilities: { tools: {} }, serverInfo: { name: 'endless', version: '1.0.0' } };
      return Response.json({ jsonrpc: '2.0', id, result });
    },
  };`;

const endlessConnector: Omit<Connector, 'verification'> = {
  name: 'endless',
  language: 'typescript',
  runtime: 'cloudflare-workers',
  files: [{ path: 'src/worker.ts', content: endlessWorker }],
  tools: [{ name: 'list_pets', description: 'Lists pets', method: 'GET', path: '/pets', inputSchema: { type: 'object' }, annotations: {} }],
  skipped: [],
};

let server: OpenHandsServer;
let engine: Engine;
let client: PatientClient;
let culprit: string;
beforeAll(async () => {
  server = await startOpenHandsServer({
    work: (task, files, conversation) => (task.type === 'generate-connector' ? endlessConnector : cannedWork(task, files, conversation)),
  });
  engine = await startEngine({
    env: {
      OPENHANDS_API_URL: server.url,
      WATCHDOG_SECONDS: String(WATCHDOG_SECONDS),
      // Longer than the engine takes to start again: a freeze in the middle of a start is another story.
      TURN_LEASE_SECONDS: '15',
      RESEND_SECONDS: '0.5',
      CREATE_QUIET_SECONDS: '1',
      RETRY_BASE_SECONDS: '0.2',
    },
  });
  client = patientClient(engine);
});
afterAll(async () => {
  await engine?.stop();
  await server?.close();
});

const connectorOf = (name: string, by: 'openhands' | 'embedded'): Submission => ({
  path: '/api/generate-connector',
  body: { name, specType: 'openapi', spec: smallSpecification(name), engine: by },
  idempotencyKey: name,
});
const analysisOf = (name: string): Submission => ({
  path: '/api/analyze',
  body: { specType: 'openapi', spec: smallSpecification(name), engine: 'openhands' },
  idempotencyKey: name,
});

test('a connector that loops for ever fails its own job, and the ten beside it complete', async () => {
  const others = [1, 2, 3, 4, 5].flatMap((number) => [connectorOf(`connector ${number}`, 'embedded'), analysisOf(`analysis ${number}`)]);
  culprit = await client.submit(connectorOf('endless', 'openhands'));
  const innocents = await Promise.all(others.map(client.submit));

  const failed = await client.ended(culprit);
  expect(failed).toMatchObject({
    status: 'failed',
    engine: 'openhands',
    error: { code: 'verification-crashed', message: expect.stringContaining('loops for ever') },
  });
  expect((await client.history(culprit)).map((event) => event.type)).toEqual([
    'job.submitted',
    'job.started',
    'job.progress',
    'job.progress',
    'job.failed',
  ]);
  for (const jobId of innocents) expect(await client.ended(jobId)).toMatchObject({ jobId, status: 'completed' });
});

test('the operator reads what happened, and which job did it', () => {
  const happened = [
    `[engine] The engine gave no sign of life for ${WATCHDOG_SECONDS} s: its process was ended. Starting the engine again`,
    `[engine] Ready again on ${engine.url}.`,
    `"a connector was run to verify it and never came back","jobId":"${culprit}"`,
  ];
  const told = engine.logs().flatMap((line) => happened.find((sentence) => line.includes(sentence)) ?? []);
  expect(told).toEqual([...happened, ...happened]);
  expect(engine.logs()).toContainEqual(
    expect.stringMatching(new RegExp(`"job ended","jobId":"${culprit}".*"outcome":"failed","code":"verification-crashed"`)),
  );
});
