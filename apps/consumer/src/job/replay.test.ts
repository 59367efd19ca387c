import type { Amendment } from '@mcpoverflow/types';
import { describe, expect, it } from 'vitest';
import type { ReplayOrder } from '../dead-letters/report.ts';
import { attempted, ended, failed as failedWithWebhook, only, received, refused } from '../webhooks/fixtures.ts';
import { cancelJob, retryJob } from './control.ts';
import { begin, completed, failed, finish, NOW } from './fixtures.ts';
import { amendJob, discardDelivery, discardJob, replayDelivery, replayJob, voidRevisions } from './replay.ts';
import { type JobState, jobStateSchema, type Submission } from './state.ts';

const order: ReplayOrder = {
  replayId: 'replay',
  generation: 1,
  patched: false,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};
const LATER = NOW + 60_000;
const changed: Submission = {
  parameters: { name: 'new' },
  options: { priority: 'low' },
  files: [{ path: 'specification.json', format: 'json' }],
};
const replayed = (state: JobState, changes: Partial<ReplayOrder> = {}) => replayJob(state, { ...order, ...changes }, () => changed, LATER);

describe('a replay of a job that failed', () => {
  it('starts the next generation under the same id, as a new trace', () => {
    const { state, answer } = replayed(failed());
    expect(answer).toEqual({ kind: 'started', generation: 2, patched: false, progress: 'running' });
    expect(state).toMatchObject({ jobId: failed().jobId, generation: 2, status: 'pending', traceparent: order.traceparent, error: null });
    expect(state.expected).toMatchObject({ kind: 'start', plannedAt: LATER });
    expect(state.run?.conversationId).not.toBe(failed().run?.conversationId);
    expect(state.events.at(-1)).toMatchObject({ type: 'job.replayed', generation: 2 });
    expect(jobStateSchema.parse(state)).toEqual(state);
  });

  it('starts nothing when it is ordered again, and says how far it has come', () => {
    const { state } = replayed(failed());
    const cancelled = cancelJob(state, LATER + 1).state;
    const brought = { ...state, generation: 3 };
    const progress = (each: JobState) => {
      const again = replayed(each);
      expect(again.state).toBe(each);
      expect(again.answer).toMatchObject({ kind: 'started', generation: 2, patched: false });
      return again.answer.kind === 'started' && again.answer.progress;
    };
    expect([state, cancelled, { ...state, status: 'completed' as const }, brought].map(progress)).toEqual([
      'running',
      'cancelled',
      'recovered',
      'died',
    ]);
  });

  it('leaves alone what another replay, its owner or nobody brought back', () => {
    const byAnother = replayed(failed(), { replayId: 'another' }).state;
    const byOwner = retryJob(failed(), NOW + 10_000).state;
    for (const state of [byAnother, byOwner, completed()]) {
      const again = replayed(state);
      expect(again.state).toBe(state);
      expect(again.answer).toMatchObject({ kind: 'skipped', reason: expect.stringMatching(/\.$/) });
    }
  });

  it('leaves alone what has died again since', () => {
    const second = replayed(failed(), { replayId: 'another' }).state;
    const started = finish(begin({ ...second, stops: [] }, LATER).state, { kind: 'started' }, LATER).state;
    const deadAgain = finish(
      begin(started, LATER).state,
      { kind: 'failed', error: { code: 'agent-error', message: 'x.', retryable: true } },
      LATER,
    );
    expect(replayed(deadAgain.state).answer).toMatchObject({
      kind: 'skipped',
      reason: expect.stringContaining('as failed in generation 2'),
    });
    expect(replayed(deadAgain.state, { generation: 2 }).answer).toMatchObject({ kind: 'started', generation: 3 });
  });
});

describe('a changed submission', () => {
  const amendment: Amendment = { replayId: 'replay', requestFingerprint: 'request', generation: 1, ...changed, files: [] };
  const amend = (state: JobState, changes: Partial<Amendment> = {}) => {
    const amended = amendJob(state, { ...amendment, ...changes });
    return amended.kind === 'amended' ? amended : { ...amended, state, revision: 0 };
  };

  it('takes effect with its own replay, and what it replaced is kept', () => {
    const amended = amend(failed());
    expect(amended.revision).toBe(2);
    const { state, answer } = replayed(amended.state, { patched: true });
    expect(answer).toMatchObject({ kind: 'started', patched: true });
    expect(state).toMatchObject({ ...changed, inputRevision: 2, amendments: [], cache: null });
    expect(state.formerSubmissions).toEqual([{ revision: 1, lastGeneration: 1 }]);
    expect(voidRevisions(amended.state, state)).toEqual([]);
    expect(jobStateSchema.parse(state)).toEqual(state);
    expect(replayed(state, { patched: true }).answer).toMatchObject({ kind: 'started', patched: true });
  });

  it('does nothing in any other replay, and its own replay nothing without it', () => {
    const amended = amend(failed()).state;
    const { state, answer } = replayed(amended, { replayId: 'another' });
    expect(answer).toMatchObject({ kind: 'started', patched: false });
    expect([state.inputRevision, state.parameters, state.amendments]).toEqual([1, {}, []]);
    expect(voidRevisions(amended, state)).toEqual([2]);
    const second = { ...state, status: 'failed' as const };
    expect(replayed(second, { generation: 2, patched: true }).answer).toMatchObject({
      kind: 'skipped',
      reason: expect.stringContaining('Make it again'),
    });
  });

  it('of two operators wait for their own replays; a sixth makes the oldest void', () => {
    let state = failed();
    for (const replayId of ['1', '2', '3', '4', '5', '6']) {
      const before = state;
      state = amend(state, { replayId }).state;
      expect(voidRevisions(before, state)).toEqual(replayId === '6' ? [2] : []);
    }
    expect(state.amendments.map(({ replayId, revision }) => `${replayId}: ${revision}`)).toEqual(['2: 3', '3: 4', '4: 5', '5: 6', '6: 7']);
  });

  it('of one replay is replaced by the same request alone', () => {
    const once = amend(failed()).state;
    expect(amend(once)).toMatchObject({ kind: 'amended', revision: 2, state: { amendments: [{ revision: 2 }] } });
    expect(amend(once, { requestFingerprint: 'another' }).kind).toBe('mismatch');
  });

  it('is refused by a job that is not the failed one, or was changed too often; another death makes it void', () => {
    expect(amend(completed()).kind).toBe('refused');
    expect(amend(failed(), { generation: 2 }).kind).toBe('refused');
    const often = {
      ...failed(),
      formerSubmissions: Array.from({ length: 20 }, (_, index) => ({ revision: index + 1, lastGeneration: index + 1 })),
    };
    expect(amend(often).kind).toBe('refused');
    const amended = amend(failed()).state;
    expect(voidRevisions(amended, retryJob(amended, LATER).state)).toEqual([2]);
  });
});

describe('a replay of a webhook call', () => {
  const dead = [1, 2, 3].reduce((state, time) => attempted(state, refused, NOW + time * 1_000_000), ended());
  const replay = (state: JobState, replayId = 'replay') =>
    replayDelivery(state, { replayId, deliveryId: only(dead).id, attempts: 3 }, LATER);

  it('that was given up sends the call and leaves the job as it is', () => {
    const { state, answer } = replay(dead);
    expect(answer).toEqual({ kind: 'started', generation: 1, patched: false, progress: 'running' });
    expect(only(state)).toMatchObject({ status: 'pending', plannedAt: LATER, attempt: 4, replayId: 'replay' });
    expect([state.status, state.generation]).toEqual(['completed', 1]);
  });

  it('answers the same when it is ordered again, and sends nothing more', () => {
    const { state } = replay(dead);
    const over = attempted(state, received, LATER);
    expect(replay(state)).toEqual({ state, answer: expect.objectContaining({ kind: 'started', progress: 'running' }) });
    expect(replay(over)).toEqual({ state: over, answer: expect.objectContaining({ kind: 'started', progress: 'recovered' }) });
  });

  it('leaves alone what is no dead letter any more', () => {
    expect(replay(replay(dead).state, 'another').answer).toMatchObject({ kind: 'skipped' });
    expect(replayDelivery(dead, { replayId: 'r', deliveryId: only(dead).id, attempts: 2 }, LATER).answer).toMatchObject({
      kind: 'skipped',
    });
    expect(replayDelivery(failedWithWebhook(), { replayId: 'r', deliveryId: 'msg_unknown', attempts: 3 }, LATER).answer).toMatchObject({
      kind: 'skipped',
    });
  });
});

it('what an operator decides to leave is what died then, and nothing that died since', () => {
  expect(discardJob(failed(), 1).discarded).toBe(true);
  expect(discardJob(failed(), 2)).toEqual(failed());
  expect(discardJob(completed(), 1)).toEqual(completed());
  const dead = [1, 2, 3].reduce((state, time) => attempted(state, refused, NOW + time * 1_000_000), ended());
  expect(only(discardDelivery(dead, only(dead).id, 3)).discarded).toBe(true);
  expect(discardDelivery(dead, only(dead).id, 2)).toEqual(dead);
});
