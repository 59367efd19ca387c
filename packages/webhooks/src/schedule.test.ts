import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultPausesMs, nextAttemptAt } from './schedule.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ENDED = Date.parse('2026-11-22T10:00:00Z');
const MIDDLE = 0.5;

/** The pause after an attempt, in milliseconds. */
const pauseOf = (attempts: number, receiver: { retryAfterMs?: number; overloaded?: boolean } = {}, random = MIDDLE): number | null => {
  const at = nextAttemptAt(defaultPausesMs, { attempts, endedAt: ENDED, overloaded: false, ...receiver }, random);
  return at === null ? null : at - ENDED;
};

describe('the published schedule', () => {
  test('makes ten attempts over three days', () => {
    const pauses = Array.from({ length: 10 }, (_, index) => pauseOf(index + 1));
    expect(pauses).toEqual([5_000, 300_000, 1_800_000, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR, null]);
    expect(defaultPausesMs.reduce((sum, pause) => sum + pause)).toBeGreaterThan(3 * DAY);
  });

  test('spreads each pause over a fifth to either side', () => {
    expect(pauseOf(1, {}, 0)).toBe(4_000);
    expect(pauseOf(1, {}, 1 - Number.EPSILON)).toBe(6_000);
  });

  test('waits as long as the receiver asks, at most a day, and never less than planned', () => {
    expect(pauseOf(1, { retryAfterMs: 60_000 })).toBe(60_000);
    expect(pauseOf(2, { retryAfterMs: 60_000 })).toBe(300_000);
    expect(pauseOf(1, { retryAfterMs: 0 })).toBe(5_000);
    expect(pauseOf(1, { retryAfterMs: 30 * DAY })).toBe(DAY);
  });

  test('waits twice as long for an overloaded receiver that does not say when', () => {
    expect(pauseOf(2, { overloaded: true })).toBe(600_000);
    expect(pauseOf(2, { overloaded: true, retryAfterMs: 1_000 })).toBe(300_000);
    expect(pauseOf(8, { overloaded: true })).toBe(DAY);
    expect(pauseOf(9, { overloaded: true })).toBe(DAY);
  });

  test('asks for nothing more once it is over, whatever the receiver says', () => {
    expect(pauseOf(10, { retryAfterMs: 60_000, overloaded: true })).toBeNull();
    expect(pauseOf(11)).toBeNull();
    expect(nextAttemptAt([], { attempts: 1, endedAt: ENDED, overloaded: false }, MIDDLE)).toBeNull();
  });
});

describe('any schedule', () => {
  const schedules = fc.record({
    pauses: fc.array(fc.integer({ min: 1, max: 7 * DAY }), { minLength: 1, maxLength: 12 }),
    attempts: fc.integer({ min: 1, max: 15 }),
    endedAt: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    retryAfterMs: fc.option(fc.integer({ min: 0, max: 30 * DAY }), { nil: undefined }),
    overloaded: fc.boolean(),
    random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  });

  test('is over exactly when its pauses are', () => {
    fc.assert(
      fc.property(schedules, ({ pauses, random, ...made }) => {
        expect(nextAttemptAt(pauses, made, random) === null).toBe(made.attempts > pauses.length);
      }),
    );
  });

  test('never comes back early, nor later than its jitter, a doubling or a day allow', () => {
    fc.assert(
      fc.property(schedules, ({ pauses, random, ...made }) => {
        const planned = pauses[made.attempts - 1];
        const at = nextAttemptAt(pauses, made, random);
        if (planned === undefined || at === null) return;
        const asked = Math.min(made.retryAfterMs ?? 0, DAY);
        const longest = made.overloaded ? Math.max(planned, Math.min(2 * planned, DAY)) : planned;
        expect(Number.isInteger(at)).toBe(true);
        expect(at - made.endedAt).toBeGreaterThanOrEqual(Math.floor(Math.max(0.8 * planned, asked)));
        expect(at - made.endedAt).toBeLessThanOrEqual(Math.ceil(Math.max(1.2 * longest, asked)) + 1);
      }),
    );
  });

  test('gives the same answer to the same question', () => {
    fc.assert(
      fc.property(schedules, ({ pauses, random, ...made }) => {
        expect(nextAttemptAt(pauses, made, random)).toBe(nextAttemptAt(pauses, made, random));
      }),
    );
  });
});
