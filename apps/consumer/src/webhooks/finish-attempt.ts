/**
 * Transition: an attempt is over. The attempt, what becomes of the delivery and the time of the next
 * attempt are stored together; that time comes from one function (`nextAttemptAt`), so the one that a
 * caller is shown is the one that is kept.
 */
import { type DeliveryAttempt, deliveryAttemptSchema } from '@mcpoverflow/types';
import { nextAttemptAt } from '@mcpoverflow/webhooks';
import type * as z from 'zod';
import type { Policy } from '../job/policy.ts';
import { reportDeliveries } from '../job/reports.ts';
import type { JobState } from '../job/state.ts';
import { changeDelivery } from './change-delivery.ts';
import { type DeliveryState, MAX_LOGGED_ATTEMPTS } from './delivery-state.ts';

/** What came of one attempt; its number and its time are the Job's to say. */
export const attemptOutcomeSchema = deliveryAttemptSchema.omit({ number: true, at: true });
export type AttemptOutcome = z.infer<typeof attemptOutcomeSchema>;

export interface FinishAttemptContext {
  readonly now: number;
  readonly policy: Policy;
  /** A draw from [0, 1). */
  readonly random: number;
}

/** Stores the outcome if the token still holds the attempt; otherwise the same state: somebody else has decided. */
export function finishAttempt(
  state: JobState,
  holder: { readonly deliveryId: string; readonly token: string },
  outcome: AttemptOutcome,
  context: FinishAttemptContext,
): JobState {
  const delivery = state.deliveries.find(({ id }) => id === holder.deliveryId);
  if (delivery?.lease?.token !== holder.token) return state;
  return reportDeliveries(state, settle(state, delivery, delivery.lease.begunAt, outcome, context), context.now);
}

/** Counts every attempt whose lease has ended as interrupted; the same state when there is none. */
export function interruptAttempts(state: JobState, context: FinishAttemptContext): JobState {
  return state.deliveries.reduce((changed, delivery) => {
    const { lease } = delivery;
    if (lease === null || context.now < lease.until) return changed;
    const outcome: AttemptOutcome = {
      durationMs: lease.until - lease.begunAt,
      error: 'interrupted',
      message: 'The worker that made this call was lost before it could say what came of it.',
    };
    return reportDeliveries(changed, settle(changed, delivery, lease.begunAt, outcome, context), context.now);
  }, state);
}

function settle(
  state: JobState,
  delivery: DeliveryState,
  begunAt: number,
  outcome: AttemptOutcome,
  { now, policy, random }: FinishAttemptContext,
): JobState {
  const attempt: DeliveryAttempt = { number: delivery.attempt, at: new Date(begunAt).toISOString(), ...outcome };
  const attemptsOfSchedule = delivery.attemptsOfSchedule + 1;
  const over: DeliveryState = {
    ...delivery,
    attemptsOfSchedule,
    attempts: [...delivery.attempts, attempt].slice(-MAX_LOGGED_ATTEMPTS),
    lease: null,
    plannedAt: null,
    resendAt: null,
  };
  if (outcome.error === undefined) {
    return changeDelivery(state, { ...over, status: 'delivered', deliveredAt: now });
  }
  if (outcome.error === 'gone') return disable(changeDelivery(state, { ...over, status: 'disabled' }), now);
  if (state.webhook?.disabledAt != null) return changeDelivery(state, { ...over, status: 'disabled' });
  const at = nextAttemptAt(
    policy.webhookPausesMs,
    {
      attempts: attemptsOfSchedule,
      endedAt: now,
      overloaded: overloadedStatuses.includes(outcome.status ?? 0),
      ...(outcome.retryAfterMs === undefined ? {} : { retryAfterMs: outcome.retryAfterMs }),
    },
    random,
  );
  if (at === null) return changeDelivery(state, { ...over, status: 'dead-letter' });
  return changeDelivery(state, { ...over, attempt: delivery.attempt + 1, plannedAt: at, resendAt: at });
}

/** Answers that ask to slow down (Standard Webhooks 1.0.0, "Response codes"). */
const overloadedStatuses: readonly number[] = [429, 502, 504];

/** 410: the job calls this URL no more. What is under way right now still ends by itself. */
function disable(state: JobState, now: number): JobState {
  const { webhook } = state;
  if (webhook === null) return state;
  return {
    ...state,
    webhook: { ...webhook, disabledAt: now },
    deliveries: state.deliveries.map((delivery) =>
      delivery.status === 'pending' && delivery.lease === null
        ? { ...delivery, status: 'disabled', plannedAt: null, resendAt: null }
        : delivery,
    ),
  };
}
