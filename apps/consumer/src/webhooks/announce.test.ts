import { jobError } from '@mcpoverflow/types';
import { describe, expect, it } from 'vitest';
import { cancelJob, expireJob, retryJob } from '../job/control.ts';
import { createJob } from '../job/create.ts';
import { begin, finish, NOW, policy, submission } from '../job/fixtures.ts';
import { announce } from './announce.ts';
import { MAX_DELIVERIES } from './delivery-state.ts';
import { attempted, ended, failed, gone, jobWithWebhook, only, refused } from './fixtures.ts';

const eventsOf = (state: { deliveries: readonly { event: string }[] }) => state.deliveries.map(({ event }) => event);

describe('a webhook call is owed in the very state in which the job', () => {
  it('completes', () => expect(eventsOf(ended())).toEqual(['job.completed']));
  it('fails', () => expect(only(failed())).toMatchObject({ event: 'job.failed', error: { code: 'agent-error' }, status: 'pending' }));
  it('is cancelled', () => expect(eventsOf(cancelJob(jobWithWebhook(), NOW + 1).state)).toEqual(['job.cancelled']));
  it('runs out of time', () =>
    expect(eventsOf(expireJob(jobWithWebhook(), NOW + policy.queueTimeoutMs, policy, 'openhands'))).toEqual(['job.failed']));

  it('is completed by a cached result', () => {
    const cachedResult = { gzip: new Uint8Array(), engine: 'embedded' as const };
    const webhook = { url: 'https://hooks.customer.com/', events: ['job.completed' as const], origin: 'https://engine.customer.com' };
    const state = createJob(
      { ...submission, webhook, cachedResult },
      { now: NOW, policy, incarnation: 'i', token: 'cached', inherited: null },
    );
    expect(eventsOf(state)).toEqual(['job.completed']);
  });

  it('starts, if that was asked for', () => {
    expect(eventsOf(ended(jobWithWebhook(['job.started', 'job.completed'])))).toEqual(['job.started', 'job.completed']);
  });
});

describe('no call is owed', () => {
  it('for an event that nobody asked for', () => expect(eventsOf(failed(jobWithWebhook(['job.completed'])))).toEqual([]));

  it('a second time when a run that the server lost is started again', () => {
    const state = jobWithWebhook(['job.started']);
    const lost = finish(begin(finish(begin(state, NOW).state, { kind: 'started' }, NOW).state, NOW).state, { kind: 'lost' }, NOW).state;
    const stopped = { ...lost, stops: [] };
    expect(eventsOf(finish(begin(stopped, NOW).state, { kind: 'started' }, NOW).state)).toEqual(['job.started']);
  });
});

describe('the next generation', () => {
  const again = retryJob(failed(), NOW + 10_000).state;

  it('calls again, under an id of its own', () => {
    const state = ended(again);
    expect(state.deliveries.map(({ generation }) => generation)).toEqual([1, 2]);
    expect(new Set(state.deliveries.map(({ id }) => id)).size).toBe(2);
  });

  it('leaves the error in the call of the generation that met it', () => {
    expect(ended(again).deliveries.map(({ error }) => error?.code)).toEqual(['agent-error', undefined]);
  });

  it('sends nothing when the receiver answered 410', () => {
    const disabled = retryJob(attempted(failed(), gone, NOW + 4_000), NOW + 10_000).state;
    expect(ended(disabled).deliveries.map(({ status, resendAt }) => [status, resendAt])).toEqual([
      ['disabled', null],
      ['disabled', null],
    ]);
  });
});

it('keeps what is still to be sent, and of the rest the newest', () => {
  let state = attempted(failed(), refused, NOW + 4_000);
  const first = only(state).id;
  for (let generation = 2; generation <= MAX_DELIVERIES + 5; generation++) {
    const next = announce({ ...state, generation, error: jobError('agent-error', 'It broke.') }, 'job.failed', NOW + generation);
    state = { ...next, deliveries: next.deliveries.map((each) => (each.id === first ? each : { ...each, status: 'delivered' })) };
  }
  expect(state.deliveries).toHaveLength(MAX_DELIVERIES);
  expect(state.deliveries[0]?.id).toBe(first);
  expect(state.deliveries.at(-1)?.generation).toBe(MAX_DELIVERIES + 5);
});

it('a job with as many unsent calls as it may have is not retried until some are sent', () => {
  let state = failed();
  for (let count = 1; count < MAX_DELIVERIES; count++) {
    const retried = retryJob(state, NOW + count * 10_000);
    expect(retried.done).toBe(true);
    state = failed(retried.state);
  }
  expect(state.deliveries).toHaveLength(MAX_DELIVERIES);
  expect(retryJob(state, NOW + 9_000_000).done).toBe(false);
  const [first] = state.deliveries;
  const delivered = {
    ...state,
    deliveries: state.deliveries.map((each) => (each === first ? { ...each, status: 'delivered' as const } : each)),
  };
  expect(retryJob(delivered, NOW + 9_000_000).done).toBe(true);
});
