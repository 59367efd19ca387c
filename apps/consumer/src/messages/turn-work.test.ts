import { expect, test } from 'vitest';
import { verificationMs } from './turn-work.ts';

const leaseMs = 120_000;
const begunAt = 1_000_000;
const until = begunAt + leaseMs;

test('a verification ends a quarter of a minute before the calls of its turn do, however late it starts', () => {
  for (const late of [0, 10_000, 30_000])
    expect(begunAt + late + (verificationMs(until, leaseMs, begunAt + late) ?? 0)).toBe(begunAt + 45_000);
});

test('a connector is not run when too little time is left to be fair to it', () => {
  expect(verificationMs(until, leaseMs, begunAt + 30_001)).toBeNull();
  expect(verificationMs(until, leaseMs, begunAt + 59_000)).toBeNull();
});
