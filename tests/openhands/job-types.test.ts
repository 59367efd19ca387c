/**
 * Every kind of job through the whole engine and the real OpenHands, both versions: the agent reads, runs and
 * writes with its own tools, and what it made comes back verified, with what it cost, and leaves nothing behind.
 */
import { readdirSync } from 'node:fs';
import type { Job, JobType } from '@mcpoverflow/types';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { cannedAnalysis } from '../support/openhands-server.ts';
import { diligent, finish, inOrder, run, writeResult } from '../support/scripted-model-work.ts';
import { smallSpecification } from '../support/small-specification.ts';
import { newest, previous } from './versions.ts';
import { idOf, prices, type StreamedEvent, startWhole, type Whole } from './whole.ts';

const agentServers = inject('agentServers');

const spec = smallSpecification('Pets');
const code = { code: "export default { fetch: () => new Response('hello') };", language: 'typescript' };
const bodies = {
  analyze: { specType: 'openapi', spec },
  'generate-connector': { name: 'Pets', specType: 'openapi', spec },
  'generate-from-description': { description: 'A connector for an API of pets: list them, add one, get one.' },
  'generate-tests': { connector: code, spec },
  'generate-documentation': { connector: code, spec },
  'validate-connector': { connector: code },
} as const;
const firstWave = [
  'generate-connector',
  'analyze',
  'generate-from-description',
  'generate-tests',
  'generate-documentation',
  'validate-connector',
] as const;

describe.skipIf(agentServers === null).each([newest, previous])('with openhands-agent-server %s', (version) => {
  let whole: Whole;
  const jobs = new Map<JobType, Job>();
  let streamed: StreamedEvent;

  beforeAll(async () => {
    whole = await startWhole({ python: agentServers?.[version] ?? '' });
    // The agent pauses in the middle of this one until people have been told what it does.
    const told = Promise.withResolvers<void>();
    whole.model.script(await idOf('generate-connector', 'generate-connector'), async (turn) => {
      if (turn.step === 3) await told.promise;
      return diligent(turn);
    });
    const ids = await Promise.all(firstWave.map((type) => whole.submit(type, type, bodies[type])));
    const [connectorJobId = ''] = ids;
    const keep = async (jobId: string): Promise<void> => {
      const job = await whole.ended(jobId);
      jobs.set(job.type, job);
    };
    streamed = await whole.streamed(connectorJobId, ({ type, message = '' }) => type === 'job.progress' && message.startsWith('Running `'));
    told.resolve();
    await Promise.all(ids.map(keep));
    await keep(
      await whole.submit('fix-connector', 'fix-connector', { connector: { jobId: connectorJobId }, error: { message: 'It is rude.' } }),
    );
  });
  afterAll(() => whole?.stop());

  describe.each([...firstWave, 'fix-connector'] as const)('%s', (type) => {
    test('completes with a result of its shape', () => {
      const job = jobs.get(type);
      expect(job).toMatchObject({ status: 'completed', engine: 'openhands', engineReason: expect.stringMatching(/^[A-Z].+\.$/) });
      expect(job?.error).toBeUndefined();
      expect(job?.result).toMatchObject(expected[type]);
    });

    test('tells what it used', () => {
      const { usage } = jobs.get(type) ?? {};
      const calls = whole.model.turnsOf(jobs.get(type)?.jobId ?? '').length;
      expect(calls).toBeGreaterThan(2);
      expect(usage).toMatchObject({ iterations: calls, promptTokens: calls * 1000, completionTokens: calls * 100 });
      expect(usage?.model).toContain('scripted-model');
      expect(usage?.costUsd).toBeCloseTo((calls * (1000 * prices.inputUsdPerMillion + 100 * prices.outputUsdPerMillion)) / 1e6, 6);
    });
  });

  test('a connector that the agent copied and improved has been run', () => {
    const result = jobs.get('generate-connector')?.result;
    expect(result).toMatchObject({ verification: { ran: true, passed: true, toolsCalled: 3 } });
    expect(JSON.stringify(result)).toContain('Improved by an agent.');
  });

  test('people are told what the agent does', () => {
    expect(streamed).toMatchObject({ stage: 'running', message: expect.stringMatching(/^Running `cd \. && /) });
  });

  test('a result of the wrong shape goes back to the agent, and the next one is taken', async () => {
    const name = 'wrong at first';
    const script = inOrder((turn) => [
      writeResult(turn, turn.userMessages.length === 1 ? { title: 7 } : cannedAnalysis('Good at last')),
      finish('Done.'),
    ]);
    whole.model.script(await idOf('analyze', name), script);
    const job = await whole.ended(await whole.submit('analyze', name, { specType: 'openapi', spec: smallSpecification(name) }));
    expect(job).toMatchObject({ status: 'completed', result: { title: 'Good at last' } });
    expect(whole.model.turnsOf(job.jobId).at(-1)?.userMessages).toHaveLength(2);
  });

  test('an agent that goes in circles fails its job', async () => {
    const name = 'in circles';
    whole.model.script(await idOf('analyze', name), () => run('echo the same'));
    const job = await whole.ended(await whole.submit('analyze', name, { specType: 'openapi', spec: smallSpecification(name) }));
    expect(job).toMatchObject({ status: 'failed', error: { code: 'agent-stuck' } });
  });

  test('nothing of the runs is left on the server', async () => {
    await expect.poll(() => whole.server.conversations(), { timeout: 60_000 }).toEqual([]);
    await expect.poll(() => readdirSync(whole.server.workspace), { timeout: 60_000 }).toEqual([]);
    expect(whole.model.refused).toBe(0);
  });
});

const expected: Readonly<Record<JobType, object>> = {
  analyze: { title: 'Analysed by a scripted model' },
  'generate-connector': { tools: [{}, {}, {}], verification: { ran: true, passed: true } },
  'generate-from-description': { tools: [{}, {}, {}], verification: { ran: true, passed: true } },
  'generate-tests': {
    cases: 1,
    files: [
      { path: 'tests/tools.test.ts', content: expect.stringContaining('lists its tools') },
      { path: 'notes.md', content: '# Notes\n' },
    ],
  },
  'generate-documentation': { files: [{ path: 'docs/README.md', content: expect.stringContaining('# How to use it') }] },
  'validate-connector': { valid: false, testResults: { passed: 0, failed: 1 }, verification: { ran: true, passed: false } },
  'fix-connector': { fixed: true, fixedCode: expect.stringContaining('// Mended.'), verification: { ran: true, passed: true } },
};
