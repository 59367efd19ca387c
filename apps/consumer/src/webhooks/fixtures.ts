/** A job with a webhook in each of its situations, made by the real transitions, for the tests beside them. */
import type { WebhookEvent } from '@mcpoverflow/types';
import type { Outcome } from '../job/finish.ts';
import { begin, failure, finish, policy, submission, submitted } from '../job/fixtures.ts';
import type { JobState } from '../job/state.ts';
import { beginAttempt } from './begin-attempt.ts';
import type { DeliveryState } from './delivery-state.ts';
import { type AttemptOutcome, finishAttempt } from './finish-attempt.ts';

export const url = 'https://hooks.customer.com/jobs?token=abcdef';

export function jobWithWebhook(events: readonly WebhookEvent[] = ['job.completed', 'job.failed', 'job.cancelled']): JobState {
  return submitted(null, { ...submission, webhook: { url, events, origin: 'https://engine.customer.com' } });
}

/** Ends it 3,000 ms after it was queued; runs of earlier generations are taken for stopped. */
export function ended(state = jobWithWebhook(), outcome: Outcome = { kind: 'completed' }): JobState {
  const at = state.queuedAt;
  const running = finish(begin({ ...state, stops: [] }, at).state, { kind: 'started' }, at + 1_000).state;
  return finish(begin(running, at + 2_000).state, outcome, at + 3_000).state;
}
export const failed = (state = jobWithWebhook()): JobState => ended(state, failure);

export function only(state: JobState): DeliveryState {
  const [delivery, ...others] = state.deliveries;
  if (delivery === undefined || others.length > 0) throw new Error(`the job has ${state.deliveries.length} deliveries, not one`);
  return delivery;
}

/** Begins the attempt that is expected of the only delivery. */
export const beginOnly = (state: JobState, now: number, token = 'token') =>
  beginAttempt(state, { deliveryId: only(state).id, attempt: only(state).attempt }, { now, policy, token });

/** `random: 0.5` is a pause without jitter. */
export const finishOnly = (state: JobState, outcome: AttemptOutcome, now: number, token = 'token') =>
  finishAttempt(state, { deliveryId: only(state).id, token }, outcome, { now, policy, random: 0.5 });

/** Begins and ends the attempt at once. */
export const attempted = (state: JobState, outcome: AttemptOutcome, now: number): JobState =>
  finishOnly(beginOnly(state, now).state, outcome, now);

export const received: AttemptOutcome = { durationMs: 40, status: 204 };
export const refused: AttemptOutcome = { durationMs: 40, status: 500, error: 'status', message: 'The receiver answered 500.' };
export const gone: AttemptOutcome = { durationMs: 40, status: 410, error: 'gone', message: 'Gone.' };
