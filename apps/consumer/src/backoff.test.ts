import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs, limitPauseMs } from './backoff.ts';

const policy = { baseMs: 2_000, capMs: 60_000 };

describe('the pause before the next try', () => {
  it('doubles its bound with every attempt, up to the cap', () => {
    expect([1, 2, 3, 4, 5, 6, 7].map((attempt) => backoffMs(policy, attempt, 0.5))).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
    ]);
  });

  it('is never shorter than Retry-After, and a hostile Retry-After parks nothing for more than a day', () => {
    expect(backoffMs(policy, 1, 0.1, 45_000)).toBe(45_000);
    expect(backoffMs(policy, 1, 0.1, Number.MAX_SAFE_INTEGER)).toBe(86_400_000);
  });

  it('lies between zero and the cap for every attempt and draw', () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempt, random) => {
        const pause = backoffMs(policy, attempt, random);
        return Number.isInteger(pause) && pause >= 0 && pause <= policy.capMs;
      }),
    );
  });
});

it('the pause before a server without room is asked again is ten to thirty seconds, and never shorter than Retry-After', () => {
  expect([0, 0.5, 1].map((random) => limitPauseMs(random))).toEqual([10_000, 20_000, 30_000]);
  expect(limitPauseMs(0.5, 45_000)).toBe(45_000);
  expect(limitPauseMs(0.5, Number.MAX_SAFE_INTEGER)).toBe(86_400_000);
});
