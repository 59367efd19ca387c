/**
 * Many runs cost few looks, and many jobs of one tenant cost another nothing.
 *
 * How many calls a round of looks takes can be seen when all runs are on one schedule, so the engine is started
 * anew: a pool that comes back looks at all it holds at one moment, and again at each pause.
 */
import { batchResultSchema } from '@mcpoverflow/types';
import { expect, onTestFinished, test } from 'vitest';
import { withKey } from '../support/dead-letters.ts';
import { startEngine } from '../support/engine.ts';
import { startFaultyEngine } from '../support/faulty-engine.ts';
import { acceptedId, post, smallSpecification } from '../support/jobs.ts';
import { startOpenHandsServer } from '../support/openhands-server.ts';

const BATCH = 100;

/** So many analyses as bodies of batches. */
const batchesOf = (count: number): readonly string[] =>
  Array.from({ length: Math.ceil(count / BATCH) }, (_, batch) =>
    JSON.stringify({
      jobs: Array.from({ length: Math.min(BATCH, count - batch * BATCH) }, (_, index) => ({
        type: 'analyze',
        specType: 'openapi',
        spec: smallSpecification(`Interface ${batch} ${index}`),
      })),
    }),
  );

async function submit(caller: { fetch(path: string, init?: RequestInit): Promise<Response> }, count: number): Promise<void> {
  for (const body of batchesOf(count)) {
    const answer = await caller.fetch('/api/jobs/batch', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
    expect(batchResultSchema.parse(await answer.json())).toMatchObject({ refused: 0 });
  }
}

test('a round of looks at 300 live runs is four calls, and no more than 300 are ever alive', async () => {
  const RUNS = 300;
  /** Jobs that wait until others have ended. */
  const MORE = 10;
  const ROUNDS = 3;
  const server = await startOpenHandsServer();
  onTestFinished(() => server.close());
  // What every look finds, until the test says otherwise.
  const course: ('running' | 'finished')[] = ['running'];
  server.script({}, { course });
  await using engine = await startEngine({
    env: {
      OPENHANDS_API_URL: server.url,
      OPENHANDS_MAX_RUNS: String(RUNS),
      // Hundreds of jobs at once silence the engine for a while on a machine that is busy already; that is no freeze.
      WATCHDOG_SECONDS: '120',
    },
  });
  await submit(engine, RUNS + MORE);
  await server.until(() => server.liveRuns().length === RUNS);

  await engine.restart();
  const before = server.looks.length;
  await server.until(() => server.looks.length >= before + 4 * ROUNDS);
  const looks = server.looks.slice(before, before + 4 * ROUNDS);
  for (let round = 0; round < ROUNDS; round++) {
    expect(looks.slice(4 * round, 4 * round + 4).toSorted((a, b) => b - a)).toEqual([99, 99, 99, 3]);
  }

  expect(server.creates.size).toBe(RUNS);
  course[0] = 'finished';
  await server.until(() => server.creates.size === RUNS + MORE);
  expect(server.maxLiveRuns).toBe(RUNS);
  expect(new Set(server.creates.values())).toEqual(new Set([1]));
});

test('a thousand waiting jobs of one tenant do not hold up the one job of another', async () => {
  const JOBS = 1_000;
  const PLACES = 4;
  await using engine = await startFaultyEngine({
    AUTH: 'keys',
    OPENHANDS_MAX_RUNS: String(PLACES),
    TURN_LEASE_SECONDS: '120',
    RESEND_SECONDS: '3600',
  });
  const { server } = engine;
  const course: ('running' | 'finished')[] = ['running'];
  server.script({}, { course });
  const callerOf = async (tenant: string) => withKey(engine, await engine.makeKey({ tenant, scopes: ['submit', 'read'] }));
  const [busy, quiet] = [await callerOf('busy'), await callerOf('quiet')];
  const inLine = (waiting: number) =>
    expect.poll(() => engine.occupancy(), { timeout: 120_000, interval: 500 }).toMatchObject({ granted: PLACES, waiting });

  await submit(busy, JOBS);
  await inLine(JOBS - PLACES);
  const theOne = await acceptedId(await post(quiet, 'analyze', { specType: 'openapi', spec: smallSpecification('The one') }));
  await inLine(JOBS - PLACES + 1);
  expect(server.creates.size).toBe(PLACES);

  course[0] = 'finished';
  const isStarted = () => [...server.conversations.values()].some(({ tags }) => tags.job === theOne);
  await server.until(isStarted);
  // The next place is its; those given with it may have been taken up first.
  expect(server.creates.size).toBeLessThanOrEqual(3 * PLACES);
  expect(server.maxLiveRuns).toBeLessThanOrEqual(PLACES);
});
