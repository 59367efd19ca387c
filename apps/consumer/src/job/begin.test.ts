import { describe, expect, it } from 'vitest';
import { beginTurn } from './begin.ts';
import { cancelJob, retryJob } from './control.ts';
import { markVerifying } from './finish.ts';
import { begin, collecting, failed, finish, NOW, policy, running, starting, submitted, tryAgain } from './fixtures.ts';

const context = { now: NOW, policy, token: 'other', engine: 'openhands' } as const;

describe('a message asks for a turn', () => {
  it('gives it to the first who asks, and keeps it from the second while the lease holds', () => {
    const first = begin(submitted(), NOW);
    expect(first.answer).toMatchObject({ kind: 'yours', token: 'token', until: NOW + 120_000, work: { attempt: 1, mayExist: false } });
    expect(begin(first.state, NOW + 119_999, 'second')).toEqual({ state: first.state, answer: { kind: 'busy', retryInMs: 1 } });
  });

  it('answers stale to another turn and to another generation, and changes nothing', () => {
    const state = submitted();
    for (const message of [
      { generation: 1, turn: 2 },
      { generation: 2, turn: 1 },
    ]) {
      expect(beginTurn(state, message, context)).toEqual({ state, answer: { kind: 'stale' } });
    }
  });

  it('answers stale once the job has ended', () => {
    const { state } = cancelJob(submitted(), NOW);
    expect(begin(state, NOW).answer).toEqual({ kind: 'stale' });
  });

  it('is never answered an old turn again after a replay', () => {
    const { state } = retryJob(failed(), NOW + 5_000);
    expect(beginTurn(state, { generation: 1, turn: 2 }, context).answer.kind).toBe('stale');
    expect(state.lastTurn).toBeGreaterThan(2);
  });

  it('holds the turn back until its planned time', () => {
    const { state } = finish(starting(), tryAgain, NOW);
    expect(begin(state, NOW + 999).answer).toEqual({ kind: 'busy', retryInMs: 1 });
    expect(begin(state, NOW + 1_000).answer.kind).toBe('yours');
  });

  it('holds a job that waits for a place back until it has one', () => {
    const { state } = finish(starting(), { kind: 'waiting' }, NOW);
    expect(begin(state, NOW + 10_000).answer.kind).toBe('busy');
  });

  it('starts no run while an older one of the job is not confirmed dead', () => {
    const replayed = retryJob(failed(), NOW + 5_000).state;
    expect(replayed.stops).toHaveLength(1);
    expect(begin(replayed, NOW + 5_000).answer.kind).toBe('busy');
    expect(begin({ ...replayed, stops: [] }, NOW + 5_000).answer.kind).toBe('yours');
  });
});

describe('a lease that ended without a word', () => {
  it('means that a create may have happened, and may still take effect', () => {
    const again = begin(starting(), NOW + 120_000);
    expect(again.answer).toMatchObject({
      kind: 'yours',
      work: { attempt: 2, mayExist: true, mayCreate: false, createAfter: NOW + 180_000 },
    });
  });

  it('counts as an attempt, and the last of them fails the job', () => {
    let state = submitted();
    for (let attempt = 0; attempt < policy.retryAttempts; attempt++) state = begin(state, NOW + attempt * 120_000).state;
    const { state: ended, answer } = begin(state, NOW + 360_000);
    expect(answer).toEqual({ kind: 'stale' });
    expect(ended).toMatchObject({ status: 'failed', error: { code: 'attempts-exhausted', attempts: 3 } });
  });

  it('twice in the middle of a verification is the connector’s doing', () => {
    const first = markVerifying(collecting(), 'token', NOW + 3_000).state;
    const second = markVerifying(begin(first, NOW + 200_000, 'second').state, 'second', NOW + 201_000).state;
    expect(begin(second, NOW + 400_000).state).toMatchObject({ status: 'failed', error: { code: 'verification-crashed' } });
  });

  it('of a collect turn leaves the run as it is', () => {
    const again = begin(collecting(), NOW + 200_000);
    expect(again.state.run).toEqual(running().run);
  });
});
