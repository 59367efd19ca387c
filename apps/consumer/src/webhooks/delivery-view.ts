/** Deliveries as callers see them. Secrets of the receiver's URL are masked here, once, for every reader. */
import type { Delivery, WebhookProgress } from '@mcpoverflow/types';
import { maskUrl } from '@mcpoverflow/webhooks';
import { iso } from '../iso-time.ts';
import type { JobState } from '../job/state.ts';
import type { DeliveryState } from './delivery-state.ts';

/** One delivery with its log. */
export function viewDelivery(state: JobState, delivery: DeliveryState): Delivery {
  const job = `/api/jobs/${state.jobId}`;
  return {
    deliveryId: delivery.id,
    event: delivery.event,
    generation: delivery.generation,
    url: maskUrl(state.webhook?.url ?? ''),
    status: delivery.status,
    createdAt: iso(delivery.createdAt),
    ...(delivery.deliveredAt === null ? {} : { deliveredAt: iso(delivery.deliveredAt) }),
    // Under a lease it is being made, and lies in the past.
    ...(delivery.plannedAt === null || delivery.lease !== null ? {} : { nextAttemptAt: iso(delivery.plannedAt) }),
    attemptCount: delivery.attempts.at(-1)?.number ?? 0,
    attempts: [...delivery.attempts],
    links: { job, redeliver: `${job}/deliveries/${delivery.id}/redeliver` },
  };
}

/** How the job's calls stand; null when it has no webhook. */
export function webhookProgress(state: JobState): WebhookProgress | null {
  if (state.webhook === null) return null;
  const count = (status: DeliveryState['status']): number => state.deliveries.filter((delivery) => delivery.status === status).length;
  return { pending: count('pending'), delivered: count('delivered'), deadLetters: count('dead-letter'), disabled: count('disabled') };
}
