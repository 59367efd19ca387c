import type { Amendment } from '@mcpoverflow/types';
import { describe, expect, it } from 'vitest';
import { attempted, ended, failed as failedWithWebhook, only, received, refused } from '../webhooks/fixtures.ts';
import { cancelJob, retryJob } from './control.ts';
import { begin, completed, failed, finish, NOW } from './fixtures.ts';
import { amendJob, discardDeadLetter, type ReplayOrder, replayDelivery, replayJob, voidRevisions } from './replay.ts';
import { type JobState, jobStateSchema } from './state.ts';

const order: ReplayOrder = { replayId: 'replay', generation: 1, traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
const LATER = NOW + 60_000;
const replayed = (state: JobState, changes: Partial<ReplayOrder> = {}) => replayJob(state, { ...order, ...changes }, LATER);

describe('a replay of a job that failed', () => {
  it('starts the next generation under the same id, as a new trace', () => {
    const { state, answer } = replayed(failed());
    expect(answer).toEqual({ kind: 'started', generation: 2, patched: false });
    expect(state).toMatchObject({ jobId: failed().jobId, generation: 2, status: 'pending', traceparent: order.traceparent, error: null });
    expect(state.expected).toMatchObject({ kind: 'start', plannedAt: LATER });
    expect(state.run?.conversationId).not.toBe(failed().run?.conversationId);
    expect(state.events.at(-1)).toMatchObject({ type: 'job.replayed', generation: 2 });
    expect(jobStateSchema.parse(state)).toEqual(state);
  });

  it('answers the same when it is ordered again, whatever became of it meanwhile, and starts nothing', () => {
    const { state } = replayed(failed());
    const over = cancelJob(state, LATER + 1).state;
    for (const each of [state, over])
      expect(replayed(each)).toEqual({ state: each, answer: { kind: 'started', generation: 2, patched: false } });
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
  const amendment: Amendment = {
    replayId: 'replay',
    generation: 1,
    parameters: { name: 'new' },
    options: { priority: 'low' },
    files: [{ path: 'specification.json', gzip: new Uint8Array([1]), format: 'json' }],
  };
  const amend = (state: JobState, changes: Partial<Amendment> = {}) => amendJob(state, { ...amendment, ...changes });

  it('takes effect with its own replay, and what it replaced is kept', () => {
    const amended = amend(failed());
    expect(amended?.revision).toBe(2);
    const { state, answer } = replayed(amended?.state ?? failed());
    expect(answer).toMatchObject({ kind: 'started', patched: true });
    expect(state).toMatchObject({
      inputRevision: 2,
      parameters: { name: 'new' },
      options: { priority: 'low' },
      amendments: [],
      cache: null,
    });
    expect(state.files).toEqual([{ path: 'specification.json', format: 'json' }]);
    expect(state.formerSubmissions).toEqual([{ revision: 1, parameters: {}, options: {}, files: [], lastGeneration: 1 }]);
    expect(jobStateSchema.parse(state)).toEqual(state);
    expect(replayed(state).answer).toMatchObject({ kind: 'started', patched: true });
  });

  it('does nothing in any other replay', () => {
    const { state, answer } = replayed(amend(failed())?.state ?? failed(), { replayId: 'another' });
    expect(answer).toMatchObject({ kind: 'started', patched: false });
    expect([state.inputRevision, state.parameters]).toEqual([1, {}]);
  });

  it('of two operators wait for their own replays; the files of the one that comes too late are void', () => {
    const twice = amend(amend(failed())?.state ?? failed(), { replayId: 'second' })?.state ?? failed();
    expect(twice.amendments.map(({ replayId, revision }) => [replayId, revision])).toEqual([
      ['replay', 2],
      ['second', 3],
    ]);
    const { state } = replayed(twice, { replayId: 'second' });
    expect([state.inputRevision, state.amendments, voidRevisions(twice, state)]).toEqual([3, [], [2]]);
  });

  it('of one replay replaces the one before; no more than five wait; the job must be the failed one', () => {
    expect(amend(amend(failed())?.state ?? failed())).toMatchObject({ revision: 2, state: { amendments: [{ revision: 2 }] } });
    let state = failed();
    for (const replayId of ['1', '2', '3', '4', '5']) state = amend(state, { replayId })?.state ?? state;
    expect(amend(state, { replayId: '6' })).toBeNull();
    expect(amend(completed())).toBeNull();
    expect(amend(failed(), { generation: 2 })).toBeNull();
  });
});

describe('a replay of a webhook call', () => {
  const dead = [1, 2, 3].reduce((state, time) => attempted(state, refused, NOW + time * 1_000_000), ended());
  const replay = (state: JobState, replayId = 'replay') => replayDelivery(state, { replayId, deliveryId: only(dead).id }, LATER);

  it('that was given up sends the call and leaves the job as it is', () => {
    const { state, answer } = replay(dead);
    expect(answer).toEqual({ kind: 'started', generation: 1, patched: false });
    expect(only(state)).toMatchObject({ status: 'pending', plannedAt: LATER, attempt: 4, replayId: 'replay' });
    expect([state.status, state.generation]).toEqual(['completed', 1]);
  });

  it('answers the same when it is ordered again, and sends nothing more', () => {
    const { state } = replay(dead);
    const over = attempted(state, received, LATER);
    for (const each of [state, over]) expect(replay(each)).toMatchObject({ state: each, answer: { kind: 'started' } });
  });

  it('leaves alone what is no dead letter any more', () => {
    expect(replay(replay(dead).state, 'another').answer).toMatchObject({ kind: 'skipped' });
    expect(replayDelivery(failedWithWebhook(), { replayId: 'r', deliveryId: 'msg_unknown' }, LATER).answer).toMatchObject({
      kind: 'skipped',
    });
  });
});

it('what an operator decides to leave is marked, and nothing else is', () => {
  expect(discardDeadLetter(failed(), null).discarded).toBe(true);
  expect(discardDeadLetter(completed(), null)).toEqual(completed());
  expect(retryJob(discardDeadLetter(failed(), null), LATER).state.status).toBe('pending');
});
