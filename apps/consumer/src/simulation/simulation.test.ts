/**
 * The property test of the turn protocol: random sequences of submissions, faults and time against the
 * real consumer in a simulated world (`world.ts`). Hours of jobs take milliseconds, and a seed repeats
 * them exactly: a failure prints the smallest scenario that shows it.
 *
 * SIMULATION_RUNS      how many scenarios (default 200); thousands find what a default run does not
 * SIMULATION_SEED      fast-check's seed (default 1, so that two runs of one commit agree)
 * SIMULATION_SCENARIO  a printed scenario: plays that one and prints everything that happened in it
 */
import type { SubmissionOptions } from '@mcpoverflow/types';
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { noTrouble } from './network.ts';
import { scenarios } from './scenarios.ts';
import { type Command, type Scenario, simulate, WEBHOOK_PAUSES_MS } from './world.ts';

vi.mock('cloudflare:workers', () => import('./platform.ts'));
vi.mock('../verification/verify-result.ts', () => import('./model-verification.ts'));
vi.mock('../gzip.ts', () => import('./gzip.ts'));
vi.mock('../agent/agents.ts', async (original) => {
  const { withSandboxes } = await import('./sandboxes.ts');
  return withSandboxes(await original<typeof import('../agent/agents.ts')>());
});
vi.mock('@mcpoverflow/webhooks', async (original) => ({
  ...(await original<typeof import('@mcpoverflow/webhooks')>()),
  ...(await import('./signature.ts')),
}));

const numRuns = Number(process.env.SIMULATION_RUNS ?? 200);
const seed = Number(process.env.SIMULATION_SEED ?? 1);
const printed = process.env.SIMULATION_SCENARIO;
const HOUR_MS = 3_600_000;

const submissions = (count: number, options: SubmissionOptions = {}): Command[] =>
  Array.from({ length: count }, (_, key) => ({
    kind: 'submit',
    key,
    body: 0,
    sendFails: false,
    webhook: key % 2 === 0 ? 'all' : 'none',
    options,
  }));
const calm: Scenario = {
  seed: 1,
  engine: 'openhands',
  sandboxes: false,
  maxRuns: 2,
  maxRetries: 100,
  retentionMs: 30 * 24 * HOUR_MS,
  webhookTimeoutMs: 15_000,
  trouble: noTrouble,
  commands: submissions(5),
};

describe('the simulated engine', () => {
  it('keeps every promise whatever crashes, is lost, doubled, late or down', { timeout: HOUR_MS }, async () => {
    await fc.assert(
      fc.asyncProperty(scenarios, async (scenario) => {
        expect((await simulate(scenario)).violations).toEqual([]);
      }),
      { numRuns, seed },
    );
  });

  it('needs two messages and two turns for a job when nothing goes wrong, and most jobs complete', async () => {
    let plain = 0;
    for (let each = 0; each < 10; each++) {
      const { jobs, violations } = await simulate({ ...calm, maxRuns: 10, seed: each });
      expect(violations).toEqual([]);
      plain += jobs.filter(({ status, sends, begun }) => status === 'completed' && sends === 2 && begun === 2).length;
    }
    expect(plain).toBeGreaterThan(15);
  });

  it('does no more when every message arrives again, up to a minute later and in any order', async () => {
    for (let each = 0; each < 10; each++) {
      const scenario = { ...calm, maxRuns: 10, seed: each };
      const once = await simulate(scenario);
      const twice = await simulate({ ...scenario, trouble: { ...noTrouble, duplicate: 1 } });
      expect(twice.violations).toEqual([]);
      expect(twice.conversations).toBe(once.conversations);
      expect(twice.jobs).toEqual(once.jobs);
      for (const { status, calls } of [...once.tellings, ...twice.tellings]) expect([status, calls]).toEqual(['delivered', 1]);
      // Rounds of looks fall on other moments: one more or less a job.
      expect(Math.abs(twice.looks - once.looks)).toBeLessThanOrEqual(once.jobs.length);
    }
  });

  it('calls a receiver that never takes a call as often as the schedule says, each time when it is due, and gives up', async () => {
    for (let each = 0; each < 10; each++) {
      const commands: Command[] = [...submissions(5), { kind: 'wait', ms: HOUR_MS }];
      const { tellings, latestBegin, violations } = await simulate({
        ...calm,
        seed: each,
        commands,
        trouble: { ...noTrouble, receiverFails: 1 },
      });
      expect(violations).toEqual([]);
      expect(tellings.length).toBeGreaterThan(3);
      for (const { status, calls } of tellings) expect([status, calls]).toEqual(['dead-letter', WEBHOOK_PAUSES_MS.length + 1]);
      // A message is sent at the planned time, and on its way for some seconds; the next would be sent 15 s later.
      expect(latestBegin).toBeLessThan(10_000);
    }
  });

  it.each([
    ['in its place', false],
    ['in sandboxes', true],
  ])('replaces each run that its agent lost by one, and no more, with runs %s', async (_, sandboxes) => {
    let replaced = 0;
    for (let each = 0; each < 5; each++) {
      const restarts = [20_000, 60_000, 60_000].flatMap((ms): Command[] => [{ kind: 'wait', ms }, { kind: 'restart-agent' }]);
      const commands = [...submissions(5), ...restarts];
      const { jobs, conversations, violations } = await simulate({ ...calm, seed: each, sandboxes, maxRuns: 10, commands });
      expect(violations).toEqual([]);
      expect(jobs).toHaveLength(5);
      replaced += conversations - jobs.length;
    }
    expect(replaced).toBeGreaterThan(0);
  });

  it('begins no second run while the first, thought lost, cannot be stopped', async () => {
    for (let each = 0; each < 3; each++) {
      const trouble = { ...noTrouble, denies: 0.8, keeps: 0.95 };
      const commands: Command[] = [...submissions(5), { kind: 'wait', ms: 300_000 }];
      expect((await simulate({ ...calm, maxRuns: 10, seed: each, trouble, commands })).violations).toEqual([]);
    }
  });

  it('has the embedded engine do the work that may fall back when OpenHands does not come back', async () => {
    const down: Command = { kind: 'agent-down', ms: 5 * HOUR_MS, outage: 'refused' };
    const commands = [down, ...submissions(5, { fallback: 'embedded' }), { kind: 'wait', ms: 4 * HOUR_MS } as const];
    const { jobs, conversations, violations } = await simulate({ ...calm, maxRuns: 10, commands });
    expect(violations).toEqual([]);
    expect(conversations).toBe(5);
    expect(jobs.filter(({ status }) => status === 'completed').length).toBeGreaterThan(1);
  });

  it('is repeated by its seed, step by step', async () => {
    const trouble = { ...noTrouble, crash: 0.05, callLost: 0.05, hang: 0.02, duplicate: 0.5, answerLost: 0.1 };
    const scenario: Scenario = { ...calm, trouble, commands: [...submissions(3), { kind: 'wait', ms: 600_000 }] };
    expect((await simulate(scenario)).trace).toEqual((await simulate(scenario)).trace);
  });

  it.runIf(printed !== undefined)('plays the scenario that was asked for', { timeout: HOUR_MS }, async () => {
    const { trace, violations } = await simulate(JSON.parse(printed ?? ''));
    console.log(trace.join('\n'));
    expect(violations).toEqual([]);
  });
});
