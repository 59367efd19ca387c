import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Counts, decide, MAX_STARTING, nextStartAt, type Pace } from './replay-decision.ts';

const NOW = 1_000_000;
const none: Counts = { waiting: 0, skipped: 0, starting: 0, running: 0, recovered: 0, died: 0, cancelled: 0 };
const pace: Pace = { ratePerSecond: 10, canary: 0, stopOnFailureRatio: null, nextStartAt: NOW };
const decided = (counts: Partial<Counts>, change: Partial<Pace> = {}, now = NOW, free = MAX_STARTING) =>
  decide({ ...none, ...counts }, { ...pace, ...change }, free, now);

describe('a running replay', () => {
  it('is done when nothing waits and nothing runs', () => {
    expect(decided({ recovered: 3, died: 9, skipped: 1 }, { canary: 1, stopOnFailureRatio: 0 })).toEqual({ kind: 'done' });
    expect(decided({})).toEqual({ kind: 'done' });
  });

  it('waits for what runs', () => {
    expect(decided({ running: 1 })).toEqual({ kind: 'wait', until: null });
    expect(decided({ starting: 1 })).toEqual({ kind: 'wait', until: null });
  });

  it('starts one at a time at its rate', () => {
    expect(decided({ waiting: 9 })).toEqual({ kind: 'start', count: 1 });
    expect(decided({ waiting: 9 }, { nextStartAt: NOW + 7 })).toEqual({ kind: 'wait', until: NOW + 7 });
    expect(nextStartAt(pace, NOW, 1)).toBe(NOW + 100);
    expect(nextStartAt(pace, NOW, 0)).toBe(NOW);
  });

  it('never waits longer than an hour, however small its rate or large what was stored', () => {
    const hour = NOW + 3_600_000;
    expect(nextStartAt({ ...pace, ratePerSecond: 1e-320 }, NOW, 1)).toBe(hour);
    expect(decided({ waiting: 9 }, { nextStartAt: Number.POSITIVE_INFINITY })).toEqual({ kind: 'wait', until: hour });
  });

  it('catches up with a second and no more after an hour', () => {
    expect(decided({ waiting: 99 }, {}, NOW + 200)).toEqual({ kind: 'start', count: 3 });
    expect(decided({ waiting: 99 }, {}, NOW + 3_600_000)).toEqual({ kind: 'start', count: 11 });
    expect(nextStartAt(pace, NOW + 3_600_000, 11)).toBe(NOW + 3_600_100);
  });

  it('asks no more Jobs at once than an object should', () => {
    expect(decided({ waiting: 99 }, { ratePerSecond: 100 }, NOW + 1_000)).toEqual({ kind: 'start', count: MAX_STARTING });
    expect(decided({ waiting: 99, starting: 19 }, {}, NOW, 0)).toEqual({ kind: 'wait', until: null });
  });

  it('never starts faster than its rate, whenever it is asked', () => {
    const rate = fc.double({ min: 0.1, max: 100, noNaN: true });
    fc.assert(
      fc.property(rate, fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 60 }), (ratePerSecond, pauses) => {
        let now = NOW;
        let present: Pace = { ...pace, ratePerSecond };
        const starts: number[] = [];
        for (const pause of pauses) {
          now += pause;
          const decision = decide({ ...none, waiting: 1_000 }, present, MAX_STARTING, now);
          if (decision.kind !== 'start') continue;
          for (let each = 0; each < decision.count; each++) starts.push(now);
          present = { ...present, nextStartAt: nextStartAt(present, now, decision.count) };
        }
        // Within any span: what the rate allows, and a second's arrears.
        starts.forEach((from, first) => {
          starts.slice(first).forEach((to, count) => {
            expect(count).toBeLessThanOrEqual(((to - from + 1_000) * ratePerSecond) / 1_000 + 1.001);
          });
        });
      }),
    );
  });
});

describe('the canary', () => {
  it('is all that starts at first', () => {
    expect(decided({ waiting: 9 }, { canary: 2 }, NOW + 1_000)).toEqual({ kind: 'start', count: 2 });
    expect(decided({ waiting: 8, starting: 1 }, { canary: 2 }, NOW + 1_000)).toEqual({ kind: 'start', count: 1 });
    expect(decided({ waiting: 7, running: 1, recovered: 1 }, { canary: 2 }, NOW + 1_000)).toEqual({ kind: 'wait', until: null });
  });

  it('lets the rest go when all of it recovered, whatever dies later', () => {
    expect(decided({ waiting: 7, recovered: 2 }, { canary: 2 }).kind).toBe('start');
    expect(decided({ waiting: 7, recovered: 2, died: 5 }, { canary: 2 }).kind).toBe('start');
  });

  it('stops the rest when one of it dies or is cancelled', () => {
    expect(decided({ waiting: 7, died: 1 }, { canary: 1 })).toEqual({
      kind: 'stop',
      reason: 'The canary died again, so nothing else was started.',
    });
    expect(decided({ waiting: 7, recovered: 1, cancelled: 1 }, { canary: 3 })).toEqual({
      kind: 'stop',
      reason: 'One of the first 3 was cancelled, so nothing else was started.',
    });
  });

  it('counts what was started: one that was skipped is no canary', () => {
    expect(decided({ waiting: 7, skipped: 3 }, { canary: 1 })).toEqual({ kind: 'start', count: 1 });
  });
});

describe('the share of failures', () => {
  const half = { stopOnFailureRatio: 0.5 };

  it('is looked at once ten have ended', () => {
    expect(decided({ waiting: 9, died: 9 }, half).kind).toBe('start');
    expect(decided({ waiting: 9, died: 10 }, half)).toMatchObject({ kind: 'stop', reason: expect.stringContaining('10 of the 10') });
  });

  it('may be reached and not exceeded', () => {
    expect(decided({ waiting: 9, died: 5, recovered: 5 }, half).kind).toBe('start');
    expect(decided({ waiting: 9, died: 6, recovered: 4 }, half).kind).toBe('stop');
  });

  it('of zero stops at the first death', () => {
    expect(decided({ waiting: 90, died: 1, recovered: 9 }, { stopOnFailureRatio: 0 }).kind).toBe('stop');
    expect(decided({ waiting: 90, recovered: 10 }, { stopOnFailureRatio: 0 }).kind).toBe('start');
  });
});
