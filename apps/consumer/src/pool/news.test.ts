import type { RunSnapshot } from '@mcpoverflow/openhands';
import { describe, expect, it } from 'vitest';
import {
  afterRead,
  afterTelling,
  isNews,
  isOverspent,
  NEWS_EVERY_MS,
  READ_AGAIN_MS,
  READS_PER_ROUND,
  readsDue,
  seenAtWork,
} from './news.ts';

const NOW = 1_000_000;
const snapshot = (changes: Partial<RunSnapshot> = {}): RunSnapshot => ({
  id: 'a',
  status: 'running',
  hasUserMessage: true,
  costUsd: 1,
  promptTokens: 10,
  completionTokens: 5,
  iterations: 1,
  lastEventId: 'event-1',
  ...changes,
});
const seen = (changes?: Partial<RunSnapshot>) => seenAtWork(undefined, snapshot(changes));

describe('a read of what a run does', () => {
  it('is due when the run has done something since, at most every ten seconds', () => {
    const read = afterRead(seen(), NOW);
    const due = (run: typeof read, now: number) => readsDue(new Map([['a', run]]), now).length;
    expect(due(seen(), NOW)).toBe(1);
    expect(due(read, NOW + NEWS_EVERY_MS)).toBe(0);
    const more = seenAtWork(read, snapshot({ lastEventId: 'event-2' }));
    expect([due(more, NOW + NEWS_EVERY_MS - 1), due(more, NOW + NEWS_EVERY_MS)]).toEqual([0, 1]);
  });

  it('is due every half minute while the run seems to stand still, as it does in the middle of a long step', () => {
    const read = afterRead(seen(), NOW);
    const due = (now: number) => readsDue(new Map([['a', read]]), now).length;
    expect([due(NOW + READ_AGAIN_MS - 1), due(NOW + READ_AGAIN_MS)]).toEqual([0, 1]);
  });

  it('is not due where the server does not say whether anything happened', () => {
    expect(readsDue(new Map([['a', seen({ lastEventId: null })]]), NOW)).toEqual([]);
  });

  it('comes to ten runs a round, those first that waited longest', () => {
    const runs = new Map(Array.from({ length: 30 }, (_, index) => [`run ${index}`, { ...seen(), readAt: 30 - index }]));
    const due = readsDue(runs, NOW);
    expect(due).toHaveLength(READS_PER_ROUND);
    expect(due.slice(0, 2)).toEqual(['run 29', 'run 28']);
  });
});

describe('a Job', () => {
  it('is told what changed, at most every ten seconds', () => {
    const run = seen();
    expect(isNews(run, NOW)).toBe(true);
    const told = afterTelling(run, run, NOW);
    expect(isNews(told, NOW + NEWS_EVERY_MS)).toBe(false);
    const more = { ...told, activity: { kind: 'editing', message: 'Editing src/index.ts.' } } as const;
    expect([isNews(more, NOW + NEWS_EVERY_MS - 1), isNews(more, NOW + NEWS_EVERY_MS)]).toEqual([false, true]);
  });

  it('is told at once when its run costs more than it may, and again while that goes on', () => {
    const told = afterTelling(seen(), seen(), NOW);
    const costly = seenAtWork(told, snapshot({ costUsd: 2.01 }));
    expect([isOverspent(costly, 2.01, NOW), isOverspent(costly, null, NOW), isOverspent(costly, 2, NOW)]).toEqual([false, false, true]);
    const heard = afterTelling(costly, costly, NOW);
    expect([isOverspent(heard, 2, NOW + 1), isOverspent(heard, 2, NOW + NEWS_EVERY_MS)]).toEqual([false, true]);
  });
});
