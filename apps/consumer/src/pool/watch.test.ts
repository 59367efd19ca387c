import type { RunSnapshot, RunStatus } from '@mcpoverflow/openhands';
import { describe, expect, it } from 'vitest';
import { afterLook, COALESCE_MS, dueLooks, type Sight, sightOf, type Watch, watchFromGrant, watchFromStart } from './watch.ts';

const snapshot = (status: RunStatus, hasUserMessage = true): RunSnapshot => ({
  id: 'a',
  status,
  hasUserMessage,
  costUsd: 0,
  promptTokens: 0,
  completionTokens: 0,
});

/** The pauses between looks when each sees the same. */
function pauses(sight: Sight, count: number): { pauses: number[]; reports: number } {
  let watch: Watch = watchFromStart(0);
  let reports = 0;
  const seen: number[] = [watch.nextLookAt];
  for (let look = 1; look < count; look++) {
    const now = watch.nextLookAt;
    const after = afterLook(watch, sight, now);
    watch = after.watch;
    reports += after.report ? 1 : 0;
    seen.push(watch.nextLookAt - now);
  }
  return { pauses: seen, reports };
}

describe('a run that goes on', () => {
  it('is looked at after half a second, then at doubling pauses up to thirty', () => {
    expect(pauses('running', 9)).toEqual({ pauses: [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000], reports: 0 });
  });

  it('is one that works, or is idle with a message to work on', () => {
    expect(sightOf(snapshot('running'))).toBe('running');
    expect(sightOf(snapshot('idle'))).toBe('running');
  });
});

describe('a run that ended', () => {
  it('is believed at the second sight, and reported again at doubling pauses until it is collected', () => {
    expect(pauses('ended', 5)).toEqual({ pauses: [500, 500, 15_000, 30_000, 60_000], reports: 3 });
    expect(pauses('absent', 3).reports).toBe(1);
  });

  it('is forgiven when it goes on after all', () => {
    const once = afterLook(watchFromStart(0), 'ended', 500).watch;
    const after = afterLook(once, 'running', 1_000);
    expect(after).toMatchObject({ report: false, watch: { endedSightings: 0, reports: 0 } });
  });

  it('is everything that will not go on by itself, an idle run without a message and an unknown one included', () => {
    for (const status of ['finished', 'error', 'stuck', 'paused', 'waiting_for_confirmation', 'deleting'] as const) {
      expect(sightOf(snapshot(status))).toBe('ended');
    }
    expect(sightOf(snapshot('idle', false))).toBe('ended');
    expect(sightOf(null)).toBe('absent');
  });
});

describe('looks', () => {
  const due = (...watches: Partial<Watch>[]) =>
    dueLooks(new Map(watches.map((watch, index) => [String(index), { ...watchFromStart(0), ...watch }])), 1_000);

  it('are taken only when one is due', () => {
    expect(due({ nextLookAt: 1_001 }, { nextLookAt: 1_002 })).toEqual([]);
  });

  it('that would be due soon join a round: within a quarter of their own pause', () => {
    expect(due({ nextLookAt: 1_000 }, { nextLookAt: 8_500, pauseMs: 30_000 }, { nextLookAt: 8_501, pauseMs: 30_000 })).toEqual(['0', '1']);
  });

  it('that confirm an end are not hurried', () => {
    const ended = { endedSightings: 1, pauseMs: 30_000 };
    const soon = 1_000 + COALESCE_MS;
    expect(due({ nextLookAt: 1_000 }, { ...ended, nextLookAt: soon }, { ...ended, nextLookAt: soon + 1 })).toEqual(['0', '1']);
  });

  it('at a place without a report of its start begin only after a grace', () => {
    expect(watchFromGrant(1_000, 120_000).nextLookAt).toBe(121_000);
  });
});
