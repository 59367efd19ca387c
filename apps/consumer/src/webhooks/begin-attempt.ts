/**
 * Transition: a worker asks for the attempt that a message named. As with turns, exactly one asker at a
 * time gets it; a duplicate, late or reordered message finds another attempt expected, or a lease held.
 */
import type { Policy } from '../job/policy.ts';
import type { JobState } from '../job/state.ts';
import { changeDelivery } from './change-delivery.ts';
import { bodyOf } from './event-body.ts';

/** What a worker needs to make the call. */
export interface Call {
  readonly deliveryId: string;
  readonly tenant: string;
  readonly url: string;
  readonly origin: string;
  readonly body: string;
  readonly traceparent: string | null;
}

export type BeginAttemptAnswer =
  /** `until`: when the lease ends, epoch milliseconds; a call that could outlast it must not be made. */
  | { readonly kind: 'yours'; readonly token: string; readonly until: number; readonly call: Call }
  | { readonly kind: 'busy' }
  | { readonly kind: 'stale' }
  /** There is no such job: its message is nobody's. */
  | { readonly kind: 'unknown' };

/** Hands out the attempt, or says why not. Returns the same state object when nothing changed. */
export function beginAttempt(
  state: JobState,
  message: { readonly deliveryId: string; readonly attempt: number },
  { now, policy, token }: { readonly now: number; readonly policy: Policy; readonly token: string },
): { state: JobState; answer: BeginAttemptAnswer } {
  const { webhook } = state;
  const delivery = state.deliveries.find(({ id }) => id === message.deliveryId);
  if (webhook === null || delivery?.status !== 'pending' || delivery.attempt !== message.attempt)
    return { state, answer: { kind: 'stale' } };
  if (delivery.lease !== null || delivery.plannedAt === null || now < delivery.plannedAt) return { state, answer: { kind: 'busy' } };
  const until = now + 2 * policy.webhookTimeoutMs;
  return {
    state: changeDelivery(state, { ...delivery, lease: { token, begunAt: now, until }, resends: 0, resendAt: null }),
    answer: {
      kind: 'yours',
      token,
      until,
      call: {
        deliveryId: delivery.id,
        tenant: state.tenant,
        url: webhook.url,
        origin: webhook.origin,
        body: bodyOf(state, webhook, delivery),
        traceparent: state.traceparent,
      },
    },
  };
}
