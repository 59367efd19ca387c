/** The Job and its tenant's index together: nothing that a job has cost is lost, whatever becomes of the job. */
import type { TenantStanding } from '@mcpoverflow/types';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import * as z from 'zod';
import type { Env } from '../env.ts';
import { JobIndex } from '../job-index/job-index.ts';
import { Network, noTrouble } from '../simulation/network.ts';
import { ObjectHost } from '../simulation/objects.ts';
import { asPlatform } from '../simulation/platform.ts';
import { Chance } from '../simulation/random.ts';
import { VirtualTime } from '../simulation/time.ts';
import type { BeginAnswer } from './begin.ts';
import { submission } from './fixtures.ts';
import { Job } from './job.ts';

vi.mock('cloudflare:workers', () => import('../simulation/platform.ts'));

/** What came over RPC, as its type says. */
const answered = <Answer>(answer: unknown): Answer => z.custom<Answer>().parse(answer);

const time = new VirtualTime();
const lines: string[] = [];
const tallies: unknown[] = [];
let uninstall = (): void => {};
let isIndexDown = false;
let job: ObjectHost;
let index: ObjectHost;

beforeEach(() => {
  isIndexDown = false;
  for (const kept of [lines, tallies]) kept.length = 0;
  vi.stubGlobal('fetch', async () => Response.json({ success: true }));
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line: string) => void lines.push(line));
  const network = new Network(time, new Chance(1), noTrouble);
  uninstall = time.install(network.chance);
  index = new ObjectHost(`JobIndex ${submission.tenant}`, network, (ctx) => new JobIndex(ctx, asPlatform({})), {});
  const reachable = (method: string) => (value: unknown, other: unknown) => {
    if (isIndexDown) throw new Error('the index is down');
    return index.call(method, [value, other]);
  };
  const indexStub = { put: reachable('put'), remove: reachable('remove'), countCost: reachable('countCost') };
  const pool = new Proxy(
    {},
    { get: (_pool, method) => async (counted: unknown[]) => (method === 'count' ? void tallies.push(...counted) : {}) },
  );
  const env = asPlatform<Env>({
    JOBS_QUEUE: { send: async () => {} },
    JOB_INDEX: { idFromName: () => '', get: () => indexStub },
    AGENT_POOL: { idFromName: () => '', get: () => pool },
    AI_JOBS: { put: async () => {}, delete: async () => {} },
    DEAD_LETTERS: { idFromName: () => '', get: () => ({ record: async () => {} }) },
    OPENHANDS_API_URL: 'http://agent.test',
  });
  job = new ObjectHost(`Job ${submission.jobId}`, network, (ctx) => new Job(ctx, env), {});
});
afterEach(() => {
  uninstall();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const ask = (method: string, ...values: unknown[]) => job.call(method, values);
const costUsdToday = async (): Promise<number> => answered<TenantStanding>(await index.call('standing', [])).costUsdToday;

/** Starts the expected run, which is seen to have cost that much. */
async function runAtCost(generation: number, turn: number, costUsd: number): Promise<void> {
  const begun = answered<BeginAnswer>(await ask('begin', { generation, turn }));
  if (begun.kind !== 'yours') throw new Error(begun.kind);
  const { conversationId } = begun.work;
  await ask('finish', { token: begun.token, conversationId }, { kind: 'started' });
  await ask('progress', conversationId, { usage: { costUsd }, activity: null });
}

it('a running job that is deleted ends as cancelled: its cost is in the index, the count and the line', async () => {
  await ask('create', submission);
  await runAtCost(1, 1, 3);
  isIndexDown = true;
  await ask('remove', submission.tenant);
  await time.pass(60_000);
  expect(await costUsdToday()).toBe(0);
  isIndexDown = false;
  await time.pass(600_000);
  expect(await costUsdToday()).toBe(3);
  expect(tallies).toMatchObject([{ kind: 'ended', status: 'cancelled', costUsd: 3 }]);
  const ended = lines.map((line) => JSON.parse(line)).filter(({ message }) => message === 'job ended');
  expect(ended).toMatchObject([{ jobId: submission.jobId, tenant: submission.tenant, outcome: 'cancelled', costUsd: 3 }]);
  expect(job.rows.size).toBe(0);
});

it('a generation that the index never heard of counts, although another one came after it', async () => {
  await ask('create', submission);
  isIndexDown = true;
  await runAtCost(1, 1, 5.5);
  expect(await ask('retry', submission.tenant)).toMatchObject({ kind: 'done' });
  isIndexDown = false;
  await time.pass(60_000);
  expect(await costUsdToday()).toBe(5.5);
});

it('a job that is deleted after its end counts once', async () => {
  await ask('create', submission);
  await runAtCost(1, 1, 5.5);
  await ask('remove', submission.tenant);
  await time.pass(600_000);
  expect(await costUsdToday()).toBe(5.5);
});
