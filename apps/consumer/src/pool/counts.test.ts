import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Counts, counted, countsSchema, figuresOf, noCounts, type Tally } from './counts.ts';
import { StoredCounts } from './stored-counts.ts';

const ended = (totalMs: number, code: 'agent-error' | null = null): Tally => ({
  kind: 'ended',
  status: code === null ? 'completed' : 'failed',
  code,
  queueMs: null,
  runMs: totalMs,
  totalMs,
  costUsd: 0.25,
});

class Rows {
  readonly kept = new Map<string, unknown>();
  writes = 0;
  get(key: string): unknown {
    return this.kept.get(key);
  }
  put(key: string, value: unknown): void {
    this.writes += 1;
    this.kept.set(key, structuredClone(value));
  }
}

describe('the counts of a pool', () => {
  it('put a time into the first bucket that holds it, its bound included', () => {
    const { jobTime, queueTime } = figuresOf([250, 251, 100_000_000].map((ms) => ended(ms)).reduce(counted, noCounts()));
    expect(jobTime.counts.slice(0, 2)).toEqual([1, 1]);
    expect(jobTime.counts.at(-1)).toBe(1);
    expect(jobTime.counts).toHaveLength(jobTime.bounds.length + 1);
    expect(queueTime.counts.every((count) => count === 0)).toBe(true);
  });

  it('tell ends apart by status and code, and add up what they cost', () => {
    const counts = [ended(1), ended(1, 'agent-error'), ended(1, 'agent-error')].reduce(counted, noCounts());
    expect(counts.ended).toEqual([
      { status: 'completed', code: null, count: 1 },
      { status: 'failed', code: 'agent-error', count: 2 },
    ]);
    expect(counts.costUsd).toBeCloseTo(0.75);
  });

  it('never go down, whatever clocks and agents say', () => {
    const tally: fc.Arbitrary<Tally> = fc.oneof(
      fc
        .record({ totalMs: fc.integer({ min: -1e9, max: 1e12 }), costUsd: fc.double({ min: -5, max: 5, noNaN: true }) })
        .map((parts) => ({ ...ended(1), ...parts })),
      fc.record({
        kind: fc.constant('attempt' as const),
        outcome: fc.constantFrom('delivered' as const, 'timeout' as const),
        durationMs: fc.integer(),
      }),
      fc.record({ kind: fc.constant('look' as const), answered: fc.boolean() }),
    );
    const figures = (value: unknown): number[] => {
      if (typeof value === 'number') return [value];
      return typeof value === 'object' && value !== null ? Object.values(value).flatMap(figures) : [];
    };
    const total = (counts: Counts): number => figures(counts).reduce((sum, each) => sum + each, 0);
    fc.assert(
      fc.property(fc.array(tally, { maxLength: 30 }), (tallies) => {
        let counts = noCounts();
        for (const each of tallies) {
          const next = counted(counts, each);
          expect(total(next)).toBeGreaterThan(total(counts));
          expect(countsSchema.safeParse(next).success).toBe(true);
          counts = next;
        }
      }),
    );
  });

  it('are written at most every ten seconds, and never for a look', () => {
    const rows = new Rows();
    const counts = new StoredCounts(rows);
    for (let at = 0; at < 9_000; at += 100) counts.add([ended(1)], at);
    expect(rows.writes).toBe(1);
    for (let at = 9_000; at < 60_000; at += 500) counts.add([{ kind: 'look', answered: true }], at);
    expect(rows.writes).toBe(1);
    counts.add([ended(1)], 60_000);
    expect(rows.writes).toBe(2);
  });

  it('were stored before they were shown, so that a restart takes none of them back', () => {
    const rows = new Rows();
    const counts = new StoredCounts(rows);
    for (let at = 0; at < 20; at++) counts.add([ended(1), { kind: 'look', answered: false }], at);
    const shown = counts.shown(20);
    expect(new StoredCounts(rows).shown(21)).toEqual(shown);
    const writes = rows.writes;
    counts.shown(30);
    expect(rows.writes).toBe(writes);
  });

  it.each([undefined, 'x', { ended: [] }, { ...noCounts(), jobTime: { counts: [1], sum: 1 } }])(
    'begin anew on a row of another form: %j',
    (row) => {
      const rows = new Rows();
      rows.kept.set('counts', row);
      expect(new StoredCounts(rows).shown(0)).toEqual(noCounts());
    },
  );
});
