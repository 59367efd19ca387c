/**
 * The property test of the turn protocol: random sequences of submissions, faults and time against the
 * real consumer in a simulated world (`world.ts`). Hours of jobs take milliseconds, and a seed repeats
 * them exactly: a failure prints the scenario and how to run it again.
 *
 * SIMULATION_RUNS  how many scenarios (default 150)
 * SIMULATION_SEED  fast-check's seed, to repeat a run
 * SIMULATION_PATH  fast-check's path, to repeat one counterexample
 */
import * as fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { scenarios } from './scenarios.ts';
import { simulate } from './world.ts';

vi.mock('cloudflare:workers', () => import('./platform.ts'));
vi.mock('../verification/verify-result.ts', () => import('./model-verification.ts'));
vi.mock('../gzip.ts', () => import('./gzip.ts'));

const numRuns = Number(process.env.SIMULATION_RUNS ?? 150);
const seed = process.env.SIMULATION_SEED;
const path = process.env.SIMULATION_PATH;

it('keeps every promise whatever crashes, is lost, doubled, late or down', { timeout: 3_600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(scenarios, async (scenario) => {
      const { violations } = await simulate(scenario);
      expect(violations).toEqual([]);
    }),
    { numRuns, ...(seed === undefined ? {} : { seed: Number(seed) }), ...(path === undefined ? {} : { path }), endOnFailure: false },
  );
});
