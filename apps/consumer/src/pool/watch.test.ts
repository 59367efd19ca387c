import type { AgentFault, RunSnapshot, RunStatus } from '@mcpoverflow/openhands';
import { describe, expect, it } from 'vitest';
import {
  afterDoubt,
  afterLook,
  afterRefusal,
  COALESCE_MS,
  callsOf,
  dueLooks,
  mayBeOneRun,
  SECOND_WOKEN_LOOK_MS,
  type Sight,
  STANDSTILL_MS,
  sightOf,
  type Watch,
  WOKEN_LOOK_MS,
  wake,
  watchFromGrant,
  watchFromStart,
} from './watch.ts';

const snapshot = (status: RunStatus, hasUserMessage = true): RunSnapshot => ({
  id: 'a',
  status,
  hasUserMessage,
  costUsd: 0,
  promptTokens: 0,
  completionTokens: 0,
  iterations: 0,
  lastEventId: null,
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

  it('is one that works, or whose sandbox is being made ready', () => {
    expect(sightOf(snapshot('running'))).toBe('running');
    expect(sightOf(snapshot('starting', false))).toBe('running');
  });
});

describe('a run that stands still', () => {
  it('is idle with a message to work on, or suspended with its sandbox', () => {
    expect(sightOf(snapshot('idle'))).toBe('standing');
    expect(sightOf(snapshot('suspended', false))).toBe('standing');
  });

  it('is reported once it was seen so for five seconds, and again at doubling pauses', () => {
    expect(pauses('standing', 7)).toEqual({ pauses: [500, 1_000, 2_000, 2_000, 15_000, 30_000, 60_000], reports: 3 });
  });

  it('gets its five seconds anew when it was at work in between', () => {
    const still = afterLook(watchFromStart(0), 'standing', 500).watch;
    const again = afterLook(afterLook(still, 'running', 1_500).watch, 'standing', 500 + STANDSTILL_MS);
    expect(again).toMatchObject({ report: false, watch: { standsStillSince: 500 + STANDSTILL_MS } });
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

describe('a hint', () => {
  const atWork: Watch = { ...afterLook(watchFromStart(0), 'running', 500).watch, pauseMs: 16_000, nextLookAt: 20_000 };

  it('brings the next look forward; a look that finds the run at work is followed by one more, then by those of its schedule', () => {
    const woken = wake(atWork, 3_000);
    expect(woken.nextLookAt).toBe(3_000);
    const first = afterLook(woken, 'running', 3_010);
    expect(first).toMatchObject({ report: false, watch: { nextLookAt: 3_010 + SECOND_WOKEN_LOOK_MS, pauseMs: 16_000 } });
    const second = afterLook(first.watch, 'running', 4_010);
    expect(second).toMatchObject({ report: false, watch: { nextLookAt: 20_000, pauseMs: 16_000, scheduledAt: null } });
  });

  it('that comes before the second look for another gets a second look of its own', () => {
    const first = afterLook(wake(atWork, 3_000), 'running', 3_000).watch;
    const again = wake(first, 3_900);
    expect(again.nextLookAt).toBe(4_000);
    expect(afterLook(again, 'running', 4_000).watch.nextLookAt).toBe(5_000);
  });

  it('asks for no second look where one is due anyway', () => {
    const soon = { ...atWork, nextLookAt: 3_500 };
    expect(afterLook(wake(soon, 3_000), 'running', 3_010).watch.nextLookAt).toBe(3_500);
  });

  it('costs one look a second at most, however many come', () => {
    let watch = atWork;
    let looks = 0;
    for (let now = 3_000; now < 8_000; now += 10) {
      watch = wake(watch, now);
      if (watch.nextLookAt > now) continue;
      watch = afterLook(watch, 'running', now).watch;
      looks += 1;
    }
    expect(looks).toBe(5_000 / WOKEN_LOOK_MS);
    expect(watch).toMatchObject({ scheduledAt: 20_000, pauseMs: 16_000 });
  });

  it('does not delay a look that is due anyway, nor count when that look was taken', () => {
    const soon = { ...atWork, nextLookAt: 2_900 };
    expect(wake(soon, 3_000)).toBe(soon);
    const late = afterLook(wake(atWork, 3_000), 'running', 21_000).watch;
    expect(late).toMatchObject({ nextLookAt: 21_000 + 16_000, pauseMs: 30_000 });
  });

  it('says nothing about a run that was never seen, or whose end awaits its second sight', () => {
    for (const watch of [watchFromGrant(0, 120_000), afterLook(atWork, 'ended', 1_000).watch]) expect(wake(watch, 1_100)).toBe(watch);
  });

  it('that finds the run ended is followed by the second sight half a second later', () => {
    expect(afterLook(wake(atWork, 3_000), 'ended', 3_010)).toMatchObject({
      report: false,
      watch: { nextLookAt: 3_510, endedSightings: 1 },
    });
  });
});

describe('calls', () => {
  const runs = (count: number, change: (watch: Watch) => Watch = (watch) => watch): [string, Watch][] =>
    Array.from({ length: count }, (_, index) => [`run ${index}`, change(watchFromStart(0))]);
  const sizes = (watches: ReadonlyMap<string, Watch>) => {
    const { together, doubtful } = callsOf([...watches.keys()], watches);
    return [together, doubtful].map((calls) => calls.map((ids) => ids.length));
  };

  it('hold 99 looks each', () => {
    expect(sizes(new Map(runs(300)))).toEqual([[99, 99, 99, 3], []]);
    expect(sizes(new Map())).toEqual([[], []]);
  });

  it('that one run may have failed are made again in smaller ones, until it is alone', () => {
    expect(sizes(new Map(runs(99, (watch) => afterDoubt(watch, 0))))).toEqual([[], [...Array(9).fill(10), 9]]);
    expect(sizes(new Map(runs(3, (watch) => afterDoubt(afterDoubt(watch, 0), 0))))).toEqual([[], [1, 1, 1]]);
    expect(sizes(new Map(runs(99, (watch) => afterLook(afterDoubt(watch, 0), 'running', 0).watch)))).toEqual([[99], []]);
  });

  it('that one run may have failed are repeated at once while there are neighbours, then at the pace of looks', () => {
    const first = afterDoubt(watchFromStart(0), 10_000);
    const second = afterDoubt(first, 20_000);
    expect([first.nextLookAt, second.nextLookAt]).toEqual([10_000, 20_000]);
    expect(afterDoubt(second, 30_000)).toMatchObject({ nextLookAt: 31_000, pauseMs: 2_000 });
  });

  it('may fail for one run alone unless the server is out of reach, or says itself when to come back', () => {
    const fault = (code: AgentFault['code'], more: Partial<AgentFault> = {}): AgentFault => ({
      code,
      message: '',
      ambiguous: false,
      ...more,
    });
    for (const doubtful of [
      fault('agent-timeout'),
      fault('agent-unavailable', { httpStatus: 500 }),
      fault('agent-answer-unreadable', { httpStatus: 200 }),
    ]) {
      expect(mayBeOneRun(doubtful)).toBe(true);
    }
    for (const general of [
      fault('agent-unreachable'),
      fault('agent-rate-limited', { httpStatus: 429 }),
      fault('agent-unauthorized', { httpStatus: 401 }),
      fault('agent-unavailable', { httpStatus: 503, retryAfterMs: 1_000 }),
    ]) {
      expect(mayBeOneRun(general)).toBe(false);
    }
  });

  it('that are refused are repeated at the pace of looks, or when the server asked', () => {
    expect(afterRefusal(watchFromStart(0), 1_000)).toMatchObject({ nextLookAt: 2_000, pauseMs: 2_000 });
    expect(afterRefusal(watchFromStart(0), 1_000, 7_000).nextLookAt).toBe(8_000);
  });
});
