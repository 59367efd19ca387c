/**
 * A hundred jobs on an engine that is killed again and again: everything at once, npm alone, wrangler
 * alone, workerd alone, in an order and at moments drawn from a seed. The same command starts it again on
 * the same state. Whatever was answered 202 ends exactly once; the agent server, which outlives every
 * kill, has seen one create and one live run per job.
 *
 * A failure names its seed: `SEED=… npm test -- tests/load/kills.test.ts` draws the same kills again, though the
 * processes they hit are never twice at quite the same point.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Chance } from '../../apps/consumer/src/simulation/random.ts';
import { type Engine, startEngine, type Victim } from '../support/engine.ts';
import { type OpenHandsServer, startOpenHandsServer } from '../support/openhands-server.ts';
import { type PatientClient, patientClient, type Submission } from '../support/patient-client.ts';
import { smallSpecification } from '../support/small-specification.ts';

const JOBS = 100;
const SUBMITTED_AT_ONCE = 20;
const LATEST_MOMENT_MS = 2_500;
const LATEST_FIRST_MOMENT_MS = 700;

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));
const chance = new Chance(seed);

let server: OpenHandsServer;
let engine: Engine;
let client: PatientClient;
/** The id of every submission that was answered. */
const answered = new Map<Submission, string>();

beforeAll(async () => {
  server = await startOpenHandsServer();
  engine = await startEngine({
    env: {
      OPENHANDS_API_URL: server.url,
      // Few places, so that many jobs wait in line, and the last kills still find most of them unfinished.
      OPENHANDS_MAX_RUNS: '12',
      EMBEDDED_MAX_RUNS: '16',
      TURN_LEASE_SECONDS: '8',
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

/** Two fifths analysed by OpenHands, the rest analysed or made into connectors, and verified, by the embedded agent. */
const submissions = Array.from({ length: JOBS }, (_, index): Submission => {
  const name = `number ${index}`;
  const specification = { specType: 'openapi', spec: smallSpecification(name) };
  if (index % 5 < 2) return { path: '/api/analyze', body: { ...specification, engine: 'openhands' }, idempotencyKey: name };
  if (index % 5 < 4) return { path: '/api/analyze', body: { ...specification, engine: 'embedded' }, idempotencyKey: name };
  return { path: '/api/generate-connector', body: { ...specification, name, engine: 'embedded' }, idempotencyKey: name };
});
const onOpenHands = submissions.filter(({ body }) => 'engine' in body && body.engine === 'openhands').length;

/** Sends whatever has had no answer yet, once. */
async function submitTheRest(): Promise<void> {
  const rest = submissions.filter((submission) => !answered.has(submission)).values();
  const submitInTurn = async (): Promise<void> => {
    for (const submission of rest) {
      const jobId = await client.submitOnce(submission);
      if (jobId !== undefined) answered.set(submission, jobId);
    }
  };
  await Promise.all(Array.from({ length: SUBMITTED_AT_ONCE }, submitInTurn));
}

async function submitAll(): Promise<void> {
  while (answered.size < JOBS) await submitTheRest();
}

async function countCompleted(): Promise<number> {
  return (await client.list(`status=completed&limit=${JOBS}`)).length;
}

/** Kills, and returns once the engine answers again: by its supervisor, or by the same command where that was killed too. */
async function killAndReturn(victim: Victim): Promise<void> {
  const from = engine.logs().length;
  engine.kill(victim);
  if (victim === 'tree' || victim === 'npm') {
    await engine.exited();
    await engine.restart();
  } else if (victim === 'wrangler') await engine.waitForLog(/Ready again/, from);
  else await countCompleted();
}

function shuffledVictims(): Victim[] {
  const victims: Victim[] = ['tree', 'npm', 'wrangler', 'workerd'];
  return victims
    .map((victim) => ({ victim, rank: chance.draw('order') }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ victim }) => victim);
}

test(`every job that was answered ends exactly once, whoever is killed in between (seed ${seed})`, async () => {
  for (const [round, victim] of shuffledVictims().entries()) {
    // The first kill comes in the middle of the submissions, the others find all of them in flight.
    if (round > 0) await submitAll();
    const moment = chance.between('moment', 100, round === 0 ? LATEST_FIRST_MOMENT_MS : LATEST_MOMENT_MS);
    const killInTime = async (): Promise<number> => {
      await pause(moment);
      const accepted = answered.size;
      await killAndReturn(victim);
      return accepted;
    };
    const [accepted] = await Promise.all([killInTime(), submitTheRest()]);
    const completed = await countCompleted();
    console.log(`seed ${seed}: ${victim} killed after ${Math.round(moment)} ms; ${accepted} jobs accepted, ${completed} completed`);
    expect(completed).toBeLessThan(JOBS);
  }

  for (const jobId of answered.values()) {
    expect(await client.ended(jobId)).toMatchObject({ jobId, status: 'completed', generation: 1 });
    const types = (await client.history(jobId)).map((event) => event.type);
    expect(types.filter((type) => type === 'job.started')).toHaveLength(1);
    expect(types.filter((type) => ['job.completed', 'job.failed', 'job.cancelled'].includes(type))).toEqual(['job.completed']);
  }
});

test('the agent server has seen one create and one live run per job, and keeps none of them', async () => {
  expect(server.creates.size).toBe(onOpenHands);
  expect([...server.creates].filter(([, times]) => times !== 1)).toEqual([]);
  expect(server.overlappingCreates).toEqual([]);
  expect(server.maxLiveRunsPerTag('job')).toBe(1);
  await server.until(() => server.conversations.size === 0);
});

test('after all the restarts a key still names its job, and another body under it is refused', async () => {
  for (const [submission, jobId] of answered) expect(await client.submit(submission)).toBe(jobId);
  const [first] = submissions;
  const other = await engine.fetch(first?.path ?? '', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': `"${first?.idempotencyKey}"` },
    body: JSON.stringify({ specType: 'openapi', spec: smallSpecification('another body') }),
  });
  expect(other.status).toBe(422);
});
