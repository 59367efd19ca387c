/**
 * Transition: something happened that a webhook asked for. Called by the transition that makes it
 * happen, so that the event, the delivery and the new state are stored together or not at all (the
 * outbox pattern); the message to the queue only follows.
 */
import { createHash } from 'node:crypto';
import type { WebhookEvent } from '@mcpoverflow/types';
import type { JobState } from '../job/state.ts';
import { type DeliveryState, MAX_DELIVERIES } from './delivery-state.ts';

/** Follows from the job, its generation and the event: the same event can never be told under two ids. */
export function deliveryIdFor(job: { jobId: string; incarnation: string; generation: number }, event: WebhookEvent): string {
  return `msg_${createHash('sha256')
    .update(`webhook|${job.jobId}|${job.incarnation}|${job.generation}|${event}`)
    .digest('hex')
    .slice(0, 32)}`;
}

/** Adds the delivery of an event, once a generation; the same state when nobody asked for it. */
export function announce(state: JobState, event: WebhookEvent, now: number): JobState {
  const { webhook } = state;
  if (webhook === null || !webhook.events.includes(event)) return state;
  const id = deliveryIdFor(state, event);
  // A run that the server lost and that was started again is no second start.
  if (state.deliveries.some((delivery) => delivery.id === id)) return state;
  const mayBeSent = webhook.disabledAt === null;
  const delivery: DeliveryState = {
    id,
    event,
    generation: state.generation,
    createdAt: now,
    error: state.error,
    status: mayBeSent ? 'pending' : 'disabled',
    attempt: 1,
    attemptsOfSchedule: 0,
    plannedAt: mayBeSent ? now : null,
    resends: 0,
    resendAt: mayBeSent ? now : null,
    lease: null,
    deliveredAt: null,
    hasDied: false,
    discarded: false,
    replayId: null,
    attempts: [],
  };
  return { ...state, deliveries: withRoom([...state.deliveries, delivery]) };
}

/** What nobody waits for goes first; what is still to be sent never goes. */
const goesFirst: readonly DeliveryState['status'][] = ['delivered', 'disabled', 'dead-letter'];

function withRoom(deliveries: readonly DeliveryState[]): DeliveryState[] {
  if (deliveries.length <= MAX_DELIVERIES) return [...deliveries];
  for (const status of goesFirst) {
    const index = deliveries.findIndex((delivery) => delivery.status === status);
    if (index !== -1) return deliveries.toSpliced(index, 1);
  }
  return [...deliveries];
}

/** Whether another generation's calls would not fit: only so many may wait to be sent at once. */
export const hasNoRoom = ({ deliveries }: JobState): boolean =>
  deliveries.filter(({ status }) => status === 'pending').length >= MAX_DELIVERIES;
