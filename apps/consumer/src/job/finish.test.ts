import { describe, expect, it } from 'vitest';
import { cancelJob, deleteJob, expireJob } from './control.ts';
import { markVerifying, type Outcome, releaseStop } from './finish.ts';
import { begin, collecting, completed, failure, finish, NOW, policy, running, starting, submitted, tryAgain } from './fixtures.ts';

describe('whoever holds the turn reports', () => {
  it('and a started run makes the job processing and expects its end', () => {
    const state = running();
    expect(state).toMatchObject({ status: 'processing', stage: 'running', run: { created: 'yes', startedAt: NOW + 1_000 } });
    expect(state.expected).toMatchObject({ turn: 2, kind: 'collect', attempts: 0, lease: null, resendAt: null });
  });

  it('and a good result ends the job, with its duties written in the same step', () => {
    const state = completed();
    expect(state).toMatchObject({ status: 'completed', progress: 100, expected: null, result: { generation: 1, token: 'token' } });
    expect(state.publish).toEqual({ attempts: 0, at: NOW + 3_000 });
    expect(state.stops).toMatchObject([{ mayExist: true, live: false, at: NOW + 3_000 }]);
  });

  it('and waiting for a place costs no attempt and no message', () => {
    const { state } = finish(starting(), { kind: 'waiting' }, NOW);
    expect(state.expected).toMatchObject({ attempts: 0, plannedAt: null, resendAt: null });
    // The place may have been given before the Job listened for it.
    expect(state.checkInAt).toBe(NOW);
  });

  it('and the quiet time after a lost create costs no attempt', () => {
    const second = begin(starting(), NOW + 120_000);
    const { state } = finish(second.state, { kind: 'quiet' }, NOW + 121_000);
    expect(state.expected).toMatchObject({ attempts: 1, plannedAt: NOW + 180_000, resendAt: NOW + 180_000 });
  });

  it('and an unclear create is remembered: look first, and create again only after the quiet time', () => {
    const { state } = finish(starting(), { ...tryAgain, ambiguous: true }, NOW + 60_000);
    expect(state.run).toMatchObject({ created: 'maybe', createAfter: NOW + 180_000 });
  });

  it('and a run whose sandbox is still to come is asked for again, which is no attempt, and never created again', () => {
    const { state } = finish(starting(), { kind: 'preparing', retryInMs: 4_000 }, NOW + 1_000);
    expect(state.expected).toMatchObject({ kind: 'start', attempts: 0, plannedAt: NOW + 5_000, resendAt: NOW + 5_000, lease: null });
    const again = begin(state, NOW + 500_000);
    expect(again.answer).toMatchObject({ kind: 'yours', work: { attempt: 1, mayExist: true, mayCreate: false } });
    expect(finish(again.state, { kind: 'started' }, NOW + 501_000).state).toMatchObject({ stage: 'running', run: { number: 1 } });
  });

  it('and a sandbox that does not come within ten minutes fails the job', () => {
    let state = submitted();
    let preparing = 0;
    for (let now = NOW; state.status !== 'failed'; now += 30_000, preparing++) {
      state = finish(begin(state, now).state, { kind: 'preparing', retryInMs: 30_000 }, now).state;
    }
    expect(preparing).toBe(21);
    expect(state).toMatchObject({
      error: { code: 'agent-unavailable', message: "The agent's sandbox did not start within 10 minutes." },
      stops: [{ mayExist: true, live: true }],
    });
  });

  it('and a run that was seen and stays unknown while its sandbox is to come is replaced as a lost one', () => {
    const seen = finish(starting(), { kind: 'preparing', retryInMs: 4_000 }, NOW).state;
    const waiting = finish(begin(seen, NOW + 4_000).state, { kind: 'quiet' }, NOW + 5_000).state;
    expect(waiting).toMatchObject({ run: { number: 1 }, expected: { plannedAt: NOW + policy.createQuietMs } });
    const lost = finish(begin(waiting, NOW + policy.createQuietMs).state, { kind: 'quiet' }, NOW + policy.createQuietMs).state;
    expect(lost).toMatchObject({ run: { number: 2, created: 'no' }, expected: { kind: 'start' }, stops: [{ live: true }] });
  });

  it('and a run that a refused call may have left behind is stopped when the job ends', () => {
    const refused = { ...failure, ambiguous: true };
    expect(finish(starting(), refused, NOW + 60_000).state).toMatchObject({
      status: 'failed',
      stops: [{ mayExist: true, live: true, confirmAfter: NOW + 60_000 + policy.createQuietMs }],
    });
    expect(finish(starting(), failure, NOW + 60_000).state.stops).toMatchObject([{ mayExist: false }]);
  });

  it('and a server without room is asked again until the job runs out of time, which is no attempt', () => {
    const limited: Outcome = { kind: 'retry', error: { code: 'agent-rate-limited', message: 'Full.', retryable: true } };
    let state = submitted();
    let now = NOW;
    for (let each = 0; each < 50; each++, now += 20_000) {
      state = finish(begin(state, now).state, limited, now).state;
      expect(state.expected).toMatchObject({ attempts: 0, plannedAt: now + 20_000, resendAt: now + 20_000 });
    }
    expect(finish(begin(state, now).state, { ...limited, retryAfterMs: 90_000 }, now).state.expected).toMatchObject({
      plannedAt: now + 90_000,
    });
    const late = NOW + policy.queueTimeoutMs;
    expect(expireJob(state, late, policy, 'openhands')).toMatchObject({ status: 'failed', error: { code: 'queue-timeout' } });
  });

  it('and a server without room to collect from is asked again, too', () => {
    const limited: Outcome = { kind: 'retry', error: { code: 'agent-rate-limited', message: 'Full.', retryable: true } };
    expect(finish(collecting(), limited, NOW + 3_000).state).toMatchObject({
      status: 'processing',
      expected: { kind: 'collect', attempts: 0, plannedAt: NOW + 23_000 },
    });
  });

  it('and Retry-After is a floor under the pause', () => {
    const { state } = finish(starting(), { ...tryAgain, retryAfterMs: 90_000 }, NOW);
    expect(state.expected).toMatchObject({ plannedAt: NOW + 90_000, resendAt: NOW + 90_000 });
  });

  it('and the last attempt’s error becomes the job’s', () => {
    let state = submitted();
    for (let attempt = 0; attempt < policy.retryAttempts; attempt++) {
      state = finish(begin(state, NOW + attempt * 10_000).state, tryAgain, NOW + attempt * 10_000).state;
    }
    expect(state).toMatchObject({ status: 'failed', error: { code: 'agent-unavailable', message: 'Down. Tried 3 times.', attempts: 3 } });
  });

  it('and an unclear create of the last attempt is still waited for before the run counts as stopped', () => {
    let state = submitted();
    for (let attempt = 0; attempt < policy.retryAttempts; attempt++) {
      state = finish(begin(state, NOW + attempt * 200_000).state, { ...tryAgain, ambiguous: true }, NOW + attempt * 200_000).state;
    }
    expect(state.stops).toMatchObject([{ mayExist: true, confirmAfter: NOW + 400_000 + policy.createQuietMs }]);
  });

  it('and a run that was told to go on is not judged by what it was before, for ten seconds', () => {
    const told = finish(collecting(), { kind: 'reworked', lastEventId: 'e3', failureId: 'f1' }, NOW + 3_000).state;
    expect(told.run).toMatchObject({ reworks: 1, failureId: 'f1' });
    expect(begin(told, NOW + 4_000).answer).toMatchObject({ work: { staleEventId: 'e3', failureId: 'f1' } });
    // The server may have gone down before anything more happened.
    expect(begin(told, NOW + 13_000).answer).toMatchObject({ work: { staleEventId: null, failureId: 'f1' } });
  });

  it('and a failure that was gone on from stays known when the run is told to go on again', () => {
    let state = finish(collecting(), { kind: 'reworked', lastEventId: 'e3', failureId: 'f1' }, NOW + 3_000).state;
    state = finish(begin(state, NOW + 4_000).state, { kind: 'reworked', lastEventId: 'e5' }, NOW + 5_000).state;
    state = finish(begin(state, NOW + 6_000).state, { kind: 'unpaused', lastEventId: 'e7' }, NOW + 7_000).state;
    expect(state.run).toMatchObject({ reworks: 2, unpauses: 1, failureId: 'f1', toldToGoOn: { at: NOW + 7_000, lastEventId: 'e7' } });
    expect(state.expected).toMatchObject({ kind: 'collect', attempts: 0, plannedAt: null });
  });

  it('and a lost run is replaced twice, each after the old one is stopped, and no more', () => {
    let state = collecting();
    for (const number of [2, 3]) {
      state = finish(state, { kind: 'lost' }, NOW + 3_000).state;
      expect(state).toMatchObject({ status: 'processing', run: { number, created: 'no' }, expected: { kind: 'start' } });
      expect(state.stops).toHaveLength(number - 1);
      const started = finish(begin({ ...state, stops: [] }, NOW + 3_000).state, { kind: 'started' }, NOW + 3_000).state;
      state = begin({ ...started, stops: state.stops }, NOW + 3_000).state;
    }
    expect(finish(state, { kind: 'lost' }, NOW + 4_000).state).toMatchObject({ status: 'failed', error: { code: 'agent-lost' } });
  });
});

describe('whoever holds it no longer', () => {
  it('is refused, and the job stays as it is', () => {
    const state = begin(starting(), NOW + 120_000, 'successor').state;
    expect(finish(state, { kind: 'started' }, NOW + 121_000)).toEqual({ state, answer: { kind: 'refused', stopRun: false } });
  });

  it('learns to stop what it started when the job has ended', () => {
    const { state } = cancelJob(starting(), NOW + 1_000);
    expect(finish(state, { kind: 'started' }, NOW + 2_000).answer).toEqual({ kind: 'refused', stopRun: true });
  });

  it('shortens the wait for its create by its word', () => {
    const { state } = cancelJob(starting(), NOW + 1_000);
    expect(state.stops).toMatchObject([{ holder: 'token', confirmAfter: NOW + 180_000 }]);
    expect(finish(state, { kind: 'started' }, NOW + 2_000).state.stops).toMatchObject([{ holder: null, confirmAfter: NOW + 2_000 }]);
  });

  it('shortens it for a deleted job too, whose id may be in use again soon', () => {
    const tombstone = deleteJob(starting(), NOW + 1_000);
    expect(tombstone.stops).toMatchObject([{ holder: 'token', confirmAfter: NOW + 180_000 }]);
    const context = { now: NOW + 2_000, policy, random: 0 };
    expect(releaseStop(tombstone, 'token', { kind: 'started' }, context).stops).toMatchObject([
      { holder: null, confirmAfter: NOW + 2_000 },
    ]);
    expect(releaseStop(tombstone, 'another', { kind: 'started' }, context)).toBe(tombstone);
  });

  it('does not shorten it when the answer to its create was lost, nor below what an earlier create needs', () => {
    const { state } = cancelJob(starting(), NOW + 1_000);
    const lost = finish(state, { ...tryAgain, ambiguous: true }, NOW + 60_000).state;
    expect(lost.stops).toMatchObject([{ confirmAfter: NOW + 60_000 + policy.createQuietMs }]);
    const refused = finish(state, { ...failure, ambiguous: true }, NOW + 60_000).state;
    expect(refused.stops).toEqual(lost.stops);

    const second = cancelJob(begin(starting(), NOW + 120_000).state, NOW + 121_000).state;
    expect(finish(second, { kind: 'quiet' }, NOW + 122_000).state.stops).toMatchObject([{ confirmAfter: NOW + 180_000 }]);
  });

  it('may not run the connector', () => {
    const state = begin(collecting(), NOW + 200_000, 'successor').state;
    expect(markVerifying(state, 'token', NOW + 200_000)).toEqual({ state, held: false });
    expect(markVerifying(state, 'successor', NOW + 200_000).held).toBe(true);
  });
});
