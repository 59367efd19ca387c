/**
 * One tenant that calls as fast as it can costs the others little: its key's limit turns most of its calls
 * away before they do anything, its share of the line is one among many, and its jobs wait behind its own.
 *
 * The limit is that of a slow machine: the flood reaches it whatever the engine can do here in a minute.
 *
 * Quiet and flooded rounds alternate in one run on one machine, and only their ratio is held to anything, so
 * a slow or busy machine slows both. All 50 tenants and the engine share its cores, which deployed they do not.
 */
import type { RateClass } from '@mcpoverflow/types';
import { expect, onTestFinished, test } from 'vitest';
import { percentile } from '../../scripts/bench/percentile.ts';
import { type Caller, withKey } from '../support/dead-letters.ts';
import { type FaultyEngine, startFaultyEngine } from '../support/faulty-engine.ts';
import { acceptedId, post, smallSpecification } from '../support/jobs.ts';

const OTHERS = 49;
const CALLS_A_ROUND = 3;
const ROUNDS = 2;
/** Calls that the flood has under way at any moment. */
const FLOOD_WIDTH = 10;
const PLACES = 4;
/** Of the flood's key. The others' have the class `high`. */
const FLOOD_CALLS_A_MINUTE = 60;

interface Latencies {
  readonly submit: number[];
  readonly read: number[];
}

/** A tenant that calls from an address of its own. */
async function tenantOf(engine: FaultyEngine, number: number, rateClass: RateClass): Promise<Caller> {
  const caller = withKey(engine, await engine.makeKey({ tenant: `tenant-${number}`, scopes: ['submit', 'read'], rateClass }));
  return {
    fetch: (path, init = {}) => {
      const headers = new Headers(init.headers);
      headers.set('cf-connecting-ip', `10.0.0.${number}`);
      return caller.fetch(path, { ...init, headers });
    },
  };
}

let specifications = 0;
function specification(): Readonly<Record<string, unknown>> {
  specifications += 1;
  return { specType: 'openapi', spec: smallSpecification(`Interface ${specifications}`) };
}

async function timed<T>(latencies: number[], act: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await act();
  latencies.push(performance.now() - start);
  return result;
}

/** Every tenant submits and reads in turn, all of them at once. Each call must be taken. */
async function round(tenants: readonly Caller[], { submit, read }: Latencies): Promise<void> {
  await Promise.all(
    tenants.map(async (tenant) => {
      for (let call = 0; call < CALLS_A_ROUND; call += 1) {
        const jobId = await timed(submit, async () => acceptedId(await post(tenant, 'analyze', specification())));
        const answer = await timed(read, () => tenant.fetch(`/api/jobs/${jobId}`));
        expect(answer.status).toBe(200);
        await answer.arrayBuffer();
      }
    }),
  );
}

interface Flood {
  accepted: number;
  turnedAway: number;
  /** Of the last call that was turned away. */
  rateLimit: string | null;
}

/** Submits as fast as answers come until `others` has settled. */
async function flood(tenant: Caller, others: Promise<void>, seen: Flood): Promise<void> {
  let isOver = false;
  const over = others.finally(() => {
    isOver = true;
  });
  const stream = async (): Promise<void> => {
    while (!isOver) {
      const answer = await post(tenant, 'analyze', specification());
      await answer.arrayBuffer();
      if (answer.status === 202) seen.accepted += 1;
      else if (answer.status === 429) seen.turnedAway += 1;
      else throw new Error(`the flood was answered ${answer.status}`);
      seen.rateLimit = answer.headers.get('RateLimit') ?? seen.rateLimit;
    }
  };
  await Promise.all([over, ...Array.from({ length: FLOOD_WIDTH }, stream)]);
}

test('with 50 tenants and one that floods, the p95 of the others stays within twice their quiet p95', { timeout: 1_200_000 }, async () => {
  const engine = await startFaultyEngine(
    { AUTH: 'keys', OPENHANDS_MAX_RUNS: String(PLACES), TURN_LEASE_SECONDS: '120', RESEND_SECONDS: '3600' },
    { standardCallsAMinute: FLOOD_CALLS_A_MINUTE },
  );
  onTestFinished(() => engine.stop());
  // Jobs stay where they are: what is measured is the way in, not what the agents do meanwhile.
  engine.server.script({}, { course: ['running'] });
  const flooder = await tenantOf(engine, 0, 'standard');
  const others = await Promise.all(Array.from({ length: OTHERS }, (_, number) => tenantOf(engine, number + 1, 'high')));
  const calm: Latencies = { submit: [], read: [] };
  const flooded: Latencies = { submit: [], read: [] };
  const seen: Flood = { accepted: 0, turnedAway: 0, rateLimit: null };
  let rounds = 0;
  /** What a round left in the queue must not slow the next one. */
  const settled = () =>
    expect
      .poll(() => engine.occupancy(), { timeout: 240_000, interval: 500 })
      .toMatchObject({ granted: PLACES, waiting: rounds * OTHERS * CALLS_A_ROUND + seen.accepted - PLACES });

  await round(others, { submit: [], read: [] });
  rounds += 1;
  for (let number = 0; number < ROUNDS; number += 1) {
    await settled();
    await round(others, calm);
    rounds += 1;
    await settled();
    await flood(flooder, round(others, flooded), seen);
    rounds += 1;
  }

  for (const kind of ['submit', 'read'] as const) {
    const [quiet, busy] = [percentile(calm[kind], 0.95), percentile(flooded[kind], 0.95)];
    console.log(`${kind}: p95 ${quiet.toFixed(0)} ms, in the flood ${busy.toFixed(0)} ms (${(busy / quiet).toFixed(2)} times)`);
    expect(busy / quiet, `${kind}: ${quiet.toFixed(0)} ms became ${busy.toFixed(0)} ms`).toBeLessThanOrEqual(2);
  }
  console.log(`The flood: ${seen.accepted} submissions taken, ${seen.turnedAway} turned away.`);
  expect(seen.turnedAway).toBeGreaterThan(0);
  expect(seen.rateLimit).toMatch(/^"standard";r=0;t=\d+$/);
});
