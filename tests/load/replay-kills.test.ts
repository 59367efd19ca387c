/**
 * A replay of sixty jobs on an engine that is killed in its midst, twice: workerd while the canaries are
 * asked for, everything while the rest is. The same command starts it again on the same state. The replay
 * goes on by itself, and the agent server, which outlives every kill, has seen one create a job.
 *
 * Each kill meets calls to the agent server that were received and not answered, so that it is certain to
 * come in the middle, however fast or slow the machine is.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endedReplay, groupsOf, lettersOf, lettersWhen, replayOf, startReplay } from '../support/dead-letters.ts';
import { type Engine, startEngine } from '../support/engine.ts';
import { type OpenHandsServer, startOpenHandsServer } from '../support/openhands-server.ts';
import { type PatientClient, patientClient } from '../support/patient-client.ts';
import { smallSpecification } from '../support/small-specification.ts';

const JOBS = 60;
const CANARIES = 8;
/** Of the rest, asked for before the second kill. */
const THEN = 10;

let server: OpenHandsServer;
let engine: Engine;
let client: PatientClient;

beforeAll(async () => {
  server = await startOpenHandsServer();
  engine = await startEngine({
    env: {
      OPENHANDS_API_URL: server.url,
      OPENHANDS_MAX_RUNS: '60',
      TURN_LEASE_SECONDS: '6',
      RESEND_SECONDS: '1',
      CREATE_QUIET_SECONDS: '2',
      CHECK_IN_SECONDS: '3',
      RETRY_BASE_SECONDS: '0.2',
      // A busy machine may add attempts of its own to those that the kills cost.
      RETRY_ATTEMPTS: '20',
    },
  });
  client = patientClient(engine);
});
afterAll(async () => {
  await engine?.stop();
  await server?.close();
});

async function submitAll(): Promise<readonly string[]> {
  const jobs = Array.from({ length: JOBS }, (_, index) => ({
    type: 'analyze',
    engine: 'openhands',
    specType: 'openapi',
    spec: smallSpecification(`number ${index}`),
  }));
  return client.submitBatch(jobs, 'all of them');
}

/** Kills once so many more conversations were asked for, none of which is answered before; returns when the engine is back. */
async function killAfterCreates(count: number, victim: 'workerd' | 'tree'): Promise<void> {
  const wanted = server.creates.size + count;
  const killed = Promise.withResolvers<void>();
  const end = server.misbehave({ route: 'create' }, { hold: killed.promise });
  await server.until(() => server.creates.size >= wanted);
  engine.kill(victim);
  end();
  killed.resolve();
  if (victim === 'tree') {
    await engine.exited();
    await engine.restart();
  }
  await client.list('limit=1');
}

test('a replay that is killed in its midst goes on where it was, and loses and doubles nothing', async () => {
  const mend = server.misbehave({ route: 'create' }, { answer: { kind: 'status', status: 401 } });
  const jobIds = await submitAll();
  await lettersWhen(engine, 'status=dead', JOBS);
  const [{ fingerprint, count } = { fingerprint: '', count: 0 }] = await groupsOf(engine);
  expect(count).toBe(JOBS);
  mend();
  const refused = new Set(server.creates.keys());

  const { replayId } = await startReplay(engine, { fingerprint, canary: CANARIES, ratePerSecond: 6 }, 'the replay');
  await killAfterCreates(CANARIES, 'workerd');
  const afterFirst = await replayOf(engine, replayId);
  expect(afterFirst).toMatchObject({ state: 'running', counts: { total: JOBS } });
  await killAfterCreates(THEN, 'tree');
  const afterSecond = await replayOf(engine, replayId);
  expect(afterSecond).toMatchObject({ state: 'running', counts: { total: JOBS } });
  console.log('after the kills', afterFirst.counts, afterSecond.counts);

  // Who does not know whether the first call was heard repeats it.
  expect((await startReplay(engine, { fingerprint, canary: CANARIES, ratePerSecond: 6 }, 'the replay')).replayId).toBe(replayId);
  expect(await endedReplay(engine, replayId)).toMatchObject({ state: 'completed', counts: { total: JOBS, recovered: JOBS } });

  const replayed = [...server.creates].filter(([id]) => !refused.has(id));
  expect(replayed.map(([, times]) => times)).toEqual(jobIds.map(() => 1));
  expect(server.overlappingCreates).toEqual([]);
  expect(server.maxLiveRunsPerTag('job')).toBe(1);
  for (const jobId of jobIds) {
    expect(await client.ended(jobId)).toMatchObject({ status: 'completed', generation: 2 });
    const types = (await client.history(jobId)).map(({ type }) => type);
    expect(types.filter((type) => ['job.failed', 'job.replayed', 'job.completed'].includes(type))).toEqual([
      'job.failed',
      'job.replayed',
      'job.completed',
    ]);
  }
  const letters = await lettersOf(engine);
  expect(letters.map(({ jobId }) => jobId).sort()).toEqual([...jobIds].sort());
  expect(new Set(letters.map(({ status, replays, deaths }) => `${status} ${replays} ${deaths}`))).toEqual(new Set(['recovered 1 1']));
  await server.until(() => server.conversations.size === 0);
});
