/**
 * A queue may deliver a message twice, late and in any order. Nothing of that multiplies anything: the
 * same load costs the agent server the same calls, and every job ends once.
 *
 * Counted in calls and ids, not in time: first the load undisturbed, then with every message at least
 * twice, a third of them late, shuffled, and old ones in between; and at the end all of them once more.
 */
import { isTerminal } from '@mcpoverflow/types';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FaultyEngine, startFaultyEngine } from './support/faulty-engine.ts';
import type { Route } from './support/openhands-behaviours.ts';

const JOBS = 30;
let engine: FaultyEngine;

beforeAll(async () => {
  // A lease that nobody outlives, so that what is counted depends on messages alone.
  engine = await startFaultyEngine({ TURN_LEASE_SECONDS: '60', OPENHANDS_TIMEOUT_MS: '20000' });
  engine.server.script({}, { course: ['running', 'finished'] });
});
afterAll(() => engine.stop());

const countedRoutes = ['create', 'upload', 'get', 'download', 'send', 'delete'] as const satisfies readonly Route[];

interface Bill {
  readonly calls: Readonly<Record<string, number>>;
  /** Ids in all looks together: how many runs were looked at how often, however the looks were bundled. */
  readonly lookedAt: number;
}

function billSince(calls: number, looks: number): Bill {
  const { server } = engine;
  const made = server.calls.slice(calls);
  const lookedAt = server.looks.slice(looks).reduce((sum, ids) => sum + ids, 0);
  return { calls: Object.fromEntries(countedRoutes.map((route) => [route, made.filter((call) => call.route === route).length])), lookedAt };
}

/** Submits the load, waits for every end, and answers what it cost. */
async function runLoad(): Promise<{ readonly jobs: readonly string[]; readonly bill: Bill }> {
  const { server } = engine;
  const [calls, looks] = [server.calls.length, server.looks.length];
  const removals = (): number => server.removedDirectories.length;
  const removedBefore = removals();
  const jobs = await Promise.all(Array.from({ length: JOBS }, () => engine.submit()));
  for (const job of await Promise.all(jobs.map(engine.ended)))
    expect(job).toMatchObject({ status: 'completed', result: { title: job.jobId } });
  // The last thing that is done for a job.
  await server.until(() => server.conversations.size === 0 && removals() >= removedBefore + JOBS);
  return { jobs, bill: billSince(calls, looks) };
}

test('messages delivered twice, late and in any order cost no more than those delivered once', async () => {
  const { server } = engine;
  const undisturbed = await runLoad();
  // The specification, the schema of the result, the engine's own analysis, and the task.
  expect(undisturbed.bill.calls).toMatchObject({ create: JOBS, upload: 4 * JOBS, get: JOBS, download: JOBS, delete: JOBS });
  expect(undisturbed.bill.lookedAt).toBe(3 * JOBS);

  await engine.platform({ deliveries: 'disordered' });
  const disturbed = await runLoad();
  const calls = server.calls.length;
  await engine.deliverEverythingAgain();
  await engine.moveClock(10 * 60_000);
  await engine.deliverEverythingAgain();
  expect(server.calls.slice(calls)).toEqual([]);

  expect(disturbed.bill).toEqual(undisturbed.bill);
  expect([...server.creates.values()]).toEqual(Array.from({ length: 2 * JOBS }, () => 1));
  expect(server.overlappingCreates).toEqual([]);
  expect(server.maxLiveRunsPerTag('job')).toBe(1);
  expect(server.conversations.size).toBe(0);
  expect(await engine.occupancy()).toMatchObject({ granted: 0, waiting: 0 });
  for (const jobId of disturbed.jobs) {
    const history = await engine.history(jobId);
    expect(history.filter(({ status }) => isTerminal(status))).toHaveLength(1);
    expect(history.map(({ type }) => type)).toEqual(['job.submitted', 'job.started', 'job.completed']);
  }
});
