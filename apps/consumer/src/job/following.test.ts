/** The Job object itself, as its followers and the pool meet it: what is told without a row, and who hears it. */
import type { ChangesAnswer } from '@mcpoverflow/types';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import type { Env } from '../env.ts';
import { Network, noTrouble } from '../simulation/network.ts';
import { ObjectHost } from '../simulation/objects.ts';
import { asPlatform } from '../simulation/platform.ts';
import { Chance } from '../simulation/random.ts';
import { VirtualTime } from '../simulation/time.ts';
import type { BeginAnswer } from './begin.ts';
import { submission } from './fixtures.ts';
import { Job } from './job.ts';
import type { ObserveAnswer, Progress } from './observe.ts';

/** What came over RPC, as its type says. */
const answered = <Answer>(answer: unknown): Answer => z.custom<Answer>().parse(answer);

vi.mock('cloudflare:workers', () => import('../simulation/platform.ts'));

const AT_WORK = 'The agent is at work.';
const editing: Progress = { usage: { costUsd: 1 }, activity: { kind: 'editing', message: 'Editing src/index.ts.' } };
const testing: Progress = { usage: { costUsd: 2 }, activity: { kind: 'testing', message: 'Running tests.' } };

describe('a job whose run is at work', () => {
  const time = new VirtualTime();
  let uninstall = (): void => {};
  let rows = 0;
  let job: ObjectHost;
  let conversationId = '';

  const ask = (method: string, ...values: unknown[]) => job.call(method, values);
  const tell = async (progress: Progress): Promise<ObserveAnswer> =>
    answered<ObserveAnswer>(await ask('progress', conversationId, progress));
  /** A follower, and what it has heard so far. */
  function follow(afterEventId: number, seenMessage?: string): { answer: Extract<ChangesAnswer, { kind: 'found' }> | null } {
    const follower: ReturnType<typeof follow> = { answer: null };
    void ask('changes', submission.tenant, afterEventId, 20_000, seenMessage).then((answer) => {
      follower.answer = answered(answer);
    });
    return follower;
  }

  beforeEach(async () => {
    vi.stubGlobal('fetch', async () => Response.json({ success: true }));
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    vi.spyOn(console, 'info').mockImplementation(() => undefined);
    const network = new Network(time, new Chance(1), noTrouble);
    uninstall = time.install(network.chance);
    const nowhere = { idFromName: () => '', get: () => new Proxy({}, { get: () => async () => ({}) }) };
    const env = asPlatform<Env>({
      JOBS_QUEUE: { send: async () => {} },
      JOB_INDEX: nowhere,
      AGENT_POOL: nowhere,
      AI_JOBS: { put: async () => {} },
      DEAD_LETTERS: nowhere,
      OPENHANDS_API_URL: 'http://agent.test',
    });
    rows = 0;
    job = new ObjectHost(`Job ${submission.jobId}`, network, (ctx) => new Job(ctx, env), {
      wrote: () => {
        rows += 1;
      },
    });
    await ask('create', submission);
    const begun = answered<BeginAnswer>(await ask('begin', { generation: 1, turn: 1 }));
    if (begun.kind !== 'yours') throw new Error(begun.kind);
    conversationId = begun.work.conversationId;
    await ask('finish', { token: begun.token, conversationId }, { kind: 'started' });
  });
  afterEach(() => {
    uninstall();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  it('tells who has seen another message, at once, and costs no row', async () => {
    const before = rows;
    const follower = follow(2, AT_WORK);
    await time.pass(5_000);
    expect(follower.answer).toBeNull();
    await tell(editing);
    await time.pass(1);
    expect(follower.answer).toMatchObject({
      events: [],
      job: { message: 'Editing src/index.ts.', activity: 'editing', usage: { costUsd: 1 } },
    });
    expect(rows).toBe(before);
  });

  it('tells who waits for events of these alone, however often the message changes', async () => {
    const follower = follow(2);
    await tell(editing);
    await time.pass(10_000);
    await tell(testing);
    await time.pass(9_000);
    expect(follower.answer).toBeNull();
    await time.pass(2_000);
    expect(follower.answer).toMatchObject({ events: [], job: { message: 'Running tests.' } });
  });

  it('says less after it was evicted, until the pool tells it again', async () => {
    await tell(editing);
    job.crash();
    const follower = follow(2, 'Editing src/index.ts.');
    await time.pass(1);
    expect(follower.answer?.job).toMatchObject({ message: AT_WORK });
    await tell(testing);
    expect(await ask('read', submission.tenant)).toMatchObject({ job: { message: 'Running tests.', usage: { costUsd: 2 } } });
  });

  it('ends when its run has cost too much, which is stored', async () => {
    const follower = follow(2);
    expect(await tell({ ...editing, usage: { costUsd: 5.5 } })).toEqual({ kind: 'keep' });
    await time.pass(1);
    expect(follower.answer).toMatchObject({
      job: { status: 'failed', error: { code: 'budget-exceeded' } },
      events: [{ type: 'job.failed' }],
    });
    job.crash();
    expect(await ask('read', submission.tenant)).toMatchObject({ job: { status: 'failed', usage: { costUsd: 5.5 } } });
  });
});
