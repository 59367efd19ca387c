/**
 * The real agent-server is killed with twenty runs alive and started again: it calls them failed, and says
 * nothing of a reason. Each of them is replaced by exactly one new run, none has two live runs at any
 * moment, and no job is lost. Stopped in an orderly way it calls them paused, and they go on.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Script } from '../support/scripted-model.ts';
import { diligent } from '../support/scripted-model-work.ts';
import { smallSpecification } from '../support/small-specification.ts';
import { newest } from './versions.ts';
import { idOf, startWhole, type Whole } from './whole.ts';

const agentServers = inject('agentServers');
const JOBS = 20;

describe.skipIf(agentServers === null)('an agent-server that is killed', () => {
  let whole: Whole;

  beforeAll(async () => {
    whole = await startWhole({
      python: agentServers?.[newest] ?? '',
      // The server may be away for a minute on a busy machine: what bounds the tries must not end them before.
      engineEnv: {
        TURN_LEASE_SECONDS: '20',
        CREATE_QUIET_SECONDS: '3',
        RESEND_SECONDS: '2',
        RETRY_ATTEMPTS: '100',
        RETRY_CAP_SECONDS: '3',
      },
    });
  });
  afterAll(() => whole?.stop());

  async function submitAll(group: string, script: Script): Promise<readonly string[]> {
    return Promise.all(
      Array.from({ length: JOBS }, async (_, index) => {
        const name = `${group}-${index}`;
        whole.model.script(await idOf('analyze', name), script);
        return whole.submit('analyze', name, { specType: 'openapi', spec: smallSpecification(name) });
      }),
    );
  }

  /** Conversations that the server made for a job, by the number of the run. */
  const runsOf = (jobId: string): string[] =>
    [...new Map(whole.proxy.createsOf(jobId).map(({ conversationId, tags }) => [conversationId, tags.run ?? '?'])).values()].sort();

  /** The jobs once all have ended; meanwhile the server is asked again and again for jobs with two runs at work. */
  async function endsOf(jobIds: readonly string[]): Promise<readonly string[]> {
    let areOver = false;
    const jobs = Promise.all(jobIds.map(whole.ended)).finally(() => {
      areOver = true;
    });
    while (!areOver) {
      const atWork = (await whole.server.conversations()).filter(({ execution_status: status }) => status === 'running');
      const named = atWork.map(({ tags }) => tags.job);
      expect(named).toEqual([...new Set(named)]);
      // Seldom: its list is work for the server, and it has enough of it.
      await Promise.race([jobs, pause(2_000)]);
    }
    return (await jobs).map(({ status, error }) => error?.message ?? status);
  }

  test('loses no job, and replaces each lost run by one', async () => {
    let isKilled = false;
    const jobIds = await submitAll('held', (turn) =>
      turn.step > 0 && !isKilled ? { say: 'Too late.', after: new Promise(() => {}) } : diligent(turn),
    );
    const heldJobs = (): Set<string> => new Set(whole.model.waiting().flatMap(({ step, task }) => (step > 0 ? [task.jobId] : [])));
    await whole.model.until(() => heldJobs().size === JOBS);

    isKilled = true;
    await whole.server.kill();
    await whole.server.start();

    expect(await endsOf(jobIds)).toEqual(jobIds.map(() => 'completed'));
    expect(jobIds.map(runsOf)).toEqual(jobIds.map(() => ['1', '2']));
    expect(whole.model.mostRunsOfOneJob).toBe(1);
  });

  test('in the middle of being asked for runs, it is asked for none twice', async () => {
    const jobIds = await submitAll('starting', diligent);
    const created = (): number => jobIds.filter((jobId) => whole.proxy.createsOf(jobId).some(({ status }) => status === 201)).length;
    await whole.model.until(() => created() >= JOBS / 4);

    await whole.server.kill();
    await whole.server.start();

    expect(await endsOf(jobIds)).toEqual(jobIds.map(() => 'completed'));
    for (const jobId of jobIds) expect([['1'], ['1', '2']]).toContainEqual(runsOf(jobId));
    expect(whole.model.mostRunsOfOneJob).toBe(1);
  });

  test('that is stopped in an orderly way pauses its runs, and they go on once it is back', async () => {
    let isBack = false;
    const jobIds = await submitAll('paused', (turn) =>
      turn.step > 0 && !isBack ? { say: 'Too late.', after: new Promise(() => {}) } : diligent(turn),
    );
    const heldJobs = (): Set<string> => new Set(whole.model.waiting().flatMap(({ step, task }) => (step > 0 ? [task.jobId] : [])));
    await whole.model.until(() => jobIds.every((jobId) => heldJobs().has(jobId)));

    await whole.server.terminate();
    isBack = true;
    await whole.server.start();

    expect(await endsOf(jobIds)).toEqual(jobIds.map(() => 'completed'));
    for (const jobId of jobIds) expect([['1'], ['1', '2']]).toContainEqual(runsOf(jobId));
    expect(whole.model.mostRunsOfOneJob).toBe(1);
  });

  test('nothing is left on it', async () => {
    await expect.poll(() => whole.server.conversations(), { timeout: 60_000 }).toEqual([]);
  });
});
