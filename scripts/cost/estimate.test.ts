import { describe, expect, it } from 'vitest';
import { dollarsPerMillion } from '../bench/prices.ts';
import { keptCounts } from './counted-operations.ts';
import { estimate, seedRule } from './estimate.ts';
import { BASE_DOLLARS, monthlyBill, total } from './plan.ts';

const counted = keptCounts();
const nothing = total([]);

describe('a month', () => {
  it('in which nothing was used costs the plan', () => {
    expect(monthlyBill(nothing)).toBe(BASE_DOLLARS);
  });

  it('costs no more while everything stays within what the plan includes', () => {
    expect(monthlyBill({ ...nothing, workerRequests: 10_000_000, objectRequests: 1_000_000, logLines: 20_000_000 })).toBe(BASE_DOLLARS);
  });

  it('is charged for what goes beyond it, by the million', () => {
    expect(monthlyBill({ ...nothing, workerRequests: 11_000_000 })).toBeCloseTo(BASE_DOLLARS + 0.3);
    expect(monthlyBill({ ...nothing, rowsWritten: 52_000_000 })).toBeCloseTo(BASE_DOLLARS + 2);
    expect(monthlyBill({ ...nothing, logLines: 30_000_000 })).toBeCloseTo(BASE_DOLLARS + 6);
  });
});

describe('the estimate', () => {
  const { perMillion, monthly, assumptions } = estimate(counted, { submissionShare: 0.01, webhookShare: 0.5 });

  it('says what the original product’s guide says of its three customers, by its own rule', () => {
    expect(monthly.map(({ seed }) => seed)).toEqual([5, 45, 450]);
    for (const { requests, seed } of monthly) expect(seedRule(requests)).toBeCloseTo(seed, -1);
  });

  it('costs more with every job, and with every webhook', () => {
    const dearer = estimate(counted, { submissionShare: 0.02, webhookShare: 0.5 }).monthly;
    const quieter = estimate(counted, { submissionShare: 0.01, webhookShare: 0 }).monthly;
    monthly.forEach(({ dollars, readsOnly }, index) => {
      expect(dearer[index]?.dollars).toBeGreaterThanOrEqual(dollars);
      expect(quieter[index]?.dollars).toBeLessThanOrEqual(dollars);
      expect(readsOnly).toBeLessThanOrEqual(dollars);
    });
  });

  it('tells what was counted apart from what is assumed, and from what watching costs', () => {
    const [brief] = perMillion;
    expect(brief?.operations).toBeCloseTo(dollarsPerMillion(counted.plain));
    expect(brief?.cpu).toBeGreaterThan(0);
    expect(brief?.watching).toBeGreaterThan(0);
  });

  it('says that models cost extra', () => {
    expect(assumptions.join(' ')).toContain('OPENHANDS_MAX_COST_USD');
  });
});
