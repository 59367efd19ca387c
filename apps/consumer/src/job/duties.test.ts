import { describe, expect, it } from 'vitest';
import { cancelJob, deleteJob, expireJob, giveUpTurn, retryJob } from './control.ts';
import { dueDuties, nextAlarm, postponeDue, strikeOff } from './duties.ts';
import { begin, collecting, completed, failed, finish, NOW, policy, running, starting, submission, submitted } from './fixtures.ts';

const kinds = (state: Parameters<typeof dueDuties>[0], now: number) => dueDuties(state, now, policy).map(({ kind }) => kind);

describe('an expected turn', () => {
  it('is sent by the alarm only when the api’s own message is overdue', () => {
    const state = submitted();
    expect(kinds(state, NOW + 14_999)).toEqual(['index']);
    expect(kinds(state, NOW + 15_000)).toEqual(['send', 'index']);
  });

  it('is sent again at doubling pauses up to five minutes, the same turn each time', () => {
    let state = submitted();
    const pauses: number[] = [];
    for (let now = NOW + 15_000; pauses.length < 8; ) {
      const next = postponeDue(state, now, policy);
      if ('deleted' in next || next.expected?.resendAt == null) throw new Error('the turn is gone');
      pauses.push(next.expected.resendAt - now);
      expect(next.expected.turn).toBe(1);
      now = next.expected.resendAt;
      state = next;
    }
    expect(pauses).toEqual([15_000, 30_000, 60_000, 120_000, 240_000, 300_000, 300_000, 300_000]);
  });

  it('is sent again after the lease of a worker that went silent', () => {
    expect(starting().expected?.resendAt).toBe(NOW + 120_000 + 15_000);
  });

  it('is not sent while the job waits for a place or for its run: it checks in instead', () => {
    const waiting = finish(starting(), { kind: 'waiting' }, NOW).state;
    for (const state of [waiting, running()]) {
      expect(kinds(state, NOW + 301_000)).toContain('check-in');
      expect(kinds(state, NOW + 301_000)).not.toContain('send');
    }
  });
});

describe('the alarm', () => {
  it('is the earliest of everything owed', () => {
    const state = { ...submitted(), index: null };
    expect(nextAlarm(state, policy)).toBe(NOW + 15_000);
    expect(nextAlarm({ ...running(), index: null }, policy)).toBe(NOW + 1_000 + policy.checkInMs);
  });

  it('comes for the deadline of a running and of a queued job', () => {
    expect(expireJob(running(), NOW + 1_000 + policy.jobTimeoutMs, policy, 'openhands')).toMatchObject({
      error: { code: 'deadline-exceeded' },
    });
    expect(expireJob(submitted(), NOW + policy.queueTimeoutMs, policy, 'openhands')).toMatchObject({ error: { code: 'queue-timeout' } });
    const early = running();
    expect(expireJob(early, NOW + policy.jobTimeoutMs, policy, 'openhands')).toBe(early);
  });

  it('forgets a job only after its retention, and not while it still owes something', () => {
    const done = { ...completed(), index: null, publish: null, stops: [] };
    const end = NOW + 3_000 + policy.retentionMs;
    expect(nextAlarm(done, policy)).toBe(end);
    expect(kinds(done, end)).toEqual(['forget']);
    expect(kinds(completed(), end)).not.toContain('forget');
  });
});

describe('a stop', () => {
  it('is struck off by its confirmation, but not before the last possible create', () => {
    const { state } = cancelJob(starting(), NOW + 1_000);
    const done = [{ kind: 'stopped', conversationId: state.run?.conversationId ?? '' }] as const;
    expect(strikeOff(state, done, NOW + 179_999).stored.stops).toHaveLength(1);
    expect(strikeOff(state, done, NOW + 180_000).stored.stops).toHaveLength(0);
  });

  it('is tried at least every ten seconds until then, and every twenty after', () => {
    const later = (now: number) => {
      const { state } = cancelJob(starting(), NOW + 1_000);
      const stops = state.stops.map((stop) => ({ ...stop, attempts: 30, at: now }));
      return (postponeDue({ ...state, stops }, now, policy).stops[0]?.at ?? 0) - now;
    };
    expect(later(NOW + 10_000)).toBe(10_000);
    expect(later(NOW + 500_000)).toBe(20_000);
  });

  it('that is confirmed lets the next run begin', () => {
    const replayed = retryJob(failed(), NOW + 5_000).state;
    const done = replayed.stops.map(({ conversationId }) => ({ kind: 'stopped', conversationId }) as const);
    const { stored } = strikeOff(replayed, done, NOW + 9_000);
    expect('expected' in stored && stored.expected?.resendAt).toBe(NOW + 9_000);
  });
});

describe('copies of the job', () => {
  it('are written again when a later transition renewed them meanwhile', () => {
    const replayed = retryJob(failed(), NOW + 5_000).state;
    const { stored } = strikeOff(replayed, [{ kind: 'published', generation: 1 }], NOW + 6_000);
    expect(stored).toMatchObject({ published: false });
    expect(strikeOff(replayed, [{ kind: 'indexed', version: 1 }], NOW + 6_000).stored).toMatchObject({ index: { attempts: 0 } });
  });

  it('of a deleted job are removed twice, because a write may have been on its way', () => {
    const tombstone = deleteJob(completed(), NOW + 10_000);
    const [cleanup] = tombstone.cleanups;
    if (cleanup === undefined) throw new Error('nothing to remove');
    const removed = (at: number) => [{ kind: 'cleaned', createdAt: cleanup.createdAt, at }] as const;
    const once = strikeOff(tombstone, removed(NOW + 10_000), NOW + 10_100).stored;
    expect(once.cleanups).toMatchObject([{ at: cleanup.until }]);
    expect(strikeOff(once, removed(cleanup.until), cleanup.until).stored.cleanups).toEqual([]);
  });

  it('of a deleted job are removed even when its id is used again, and the new job has a row of its own', () => {
    const tombstone = deleteJob(collecting(), NOW);
    const next = submitted(tombstone, submission);
    expect(next.stops).toEqual(tombstone.stops);
    expect(next.cleanups).toEqual(tombstone.cleanups);
    expect(next.createdAt).not.toBe(tombstone.cleanups[0]?.createdAt);
  });
});

describe('a message that the queue gave up', () => {
  it('fails the job if its turn is still expected and nobody holds it', () => {
    expect(giveUpTurn(submitted(), { generation: 1, turn: 1 }, NOW, 'openhands')).toMatchObject({
      status: 'failed',
      error: { code: 'attempts-exhausted' },
    });
  });

  it('changes nothing when the job has moved on, or somebody is at work', () => {
    const later = running();
    expect(giveUpTurn(later, { generation: 1, turn: 1 }, NOW, 'openhands')).toBe(later);
    const held = begin(submitted(), NOW).state;
    expect(giveUpTurn(held, { generation: 1, turn: 1 }, NOW + 1, 'openhands')).toBe(held);
  });
});
