/** Replays among everything that can happen at once, in any order: nothing is lost, nothing started twice. */
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { command, Engine, everybody, NOW, named, pass } from './fixtures.ts';

vi.mock('cloudflare:workers', () => import('../simulation/platform.ts'));

beforeEach(() => {
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockImplementation(() => {});
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const jobs = named('a', 6);
const replayIds = ['one', 'two', 'three'] as const;
const aJob = fc.constantFrom(...jobs);
const aReplay = fc.constantFrom(...replayIds);
const aLine = fc.constantFrom('good' as const, 'dead' as const, 'lost' as const, 'slow' as const, 'late' as const, 'belated' as const);
const options = fc.record({
  ratePerSecond: fc.constantFrom(0.5, 5, 100),
  canary: fc.integer({ min: 0, max: 3 }),
  force: fc.boolean(),
  dryRun: fc.boolean(),
});
const step = fc.oneof(
  fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(0, 1, 50, 200, 500, 1_000, 7_000, 30_000) }),
  fc.record({ kind: fc.constant('replay' as const), replayId: aReplay, options }),
  fc.record({ kind: fc.constantFrom('execute' as const, 'pause' as const, 'resume' as const, 'abort' as const), replayId: aReplay }),
  fc.record({ kind: fc.constantFrom('discard' as const, 'retry' as const), jobId: aJob }),
  fc.record({ kind: fc.constant('line' as const), jobId: aJob, line: aLine }),
  fc.record({ kind: fc.constant('reports' as const), jobId: aJob, afterMs: fc.constantFrom(0, 500, 3_000, 40_000) }),
  fc.record({ kind: fc.constant('fate' as const), jobId: aJob, ends: fc.constantFrom('recovered' as const, 'died' as const) }),
  fc.record({ kind: fc.constantFrom('kill' as const, 'reports again' as const) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function take(engine: Engine, step: Step): Promise<unknown> {
  const { object } = engine;
  switch (step.kind) {
    case 'pass':
      return pass(step.ms);
    case 'replay':
      return object.replay(everybody, command({ replayId: step.replayId, ...step.options }));
    case 'execute':
      return object.execute(everybody, step.replayId);
    case 'pause':
    case 'resume':
    case 'abort':
      return object.control(everybody, step.replayId, step.kind);
    case 'discard':
      return object.discard(everybody, { kind: 'ids', ids: [`job_${step.jobId}`] });
    case 'retry':
      return engine.retry(step.jobId);
    case 'line':
      engine.job(step.jobId).line = step.line;
      return;
    case 'reports':
      engine.job(step.jobId).reportsAfterMs = step.afterMs;
      return;
    case 'fate':
      engine.job(step.jobId).ends = step.ends;
      return;
    case 'kill':
      return engine.restart();
    case 'reports again':
      return engine.repeatReports();
  }
}

it('whatever happens, every replay ends, its counts agree with its items, and every letter tells what its job is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      vi.useFakeTimers({ now: NOW });
      const engine = new Engine();
      await engine.die(jobs);
      for (const jobId of jobs) engine.job(jobId).ends = 'recovered';
      await engine.object.replay(everybody, command({ replayId: 'one', canary: 1 }));
      for (const each of steps) await take(engine, each);

      for (const jobId of jobs) engine.job(jobId).line = 'good';
      for (const replayId of replayIds) await engine.object.control(everybody, replayId, 'resume');
      await pass(3_600_000);

      for (const replayId of replayIds) {
        const answer = await engine.object.readReplay(everybody, replayId);
        if (answer.kind === 'not-found') continue;
        const { state, counts, items } = answer.replay;
        expect(['planned', 'completed', 'stopped', 'aborted']).toContain(state);
        const countOf = (shown: string): number => items.filter((item) => item.state === shown).length;
        expect(counts).toEqual({
          total: items.length,
          waiting: state === 'planned' ? countOf('will-replay') : 0,
          skipped: countOf('skipped'),
          running: 0,
          recovered: countOf('recovered'),
          died: countOf('died'),
          cancelled: 0,
          notStarted: countOf('not-started'),
        });
      }
      for (const jobId of jobs) {
        const { status, started } = engine.job(jobId);
        const answer = await engine.object.read(everybody, `job_${jobId}`);
        const letter = answer.kind === 'found' ? answer.deadLetter : expect.unreachable();
        expect(status === 'completed' ? ['recovered'] : ['dead', 'discarded']).toContain(letter.status);
        expect(new Set(started.map((each) => each.split(' ')[1])).size).toBe(started.length);
        expect(letter.replays).toBe(started.length);
      }
      expect(engine.database.prepare('SELECT count(*) AS count FROM letter WHERE replay_id IS NOT NULL').get()).toEqual({ count: 0 });
    }),
    { numRuns: 100 },
  );
}, 120_000);
