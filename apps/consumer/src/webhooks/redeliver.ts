/**
 * Transition: somebody asks to send a webhook call again. It goes out now, under the same id and with the
 * same body, whatever became of it before, and gets the whole schedule anew.
 */
import type { JobState } from '../job/state.ts';
import { changeDelivery } from './change-delivery.ts';
import type { DeliveryState } from './delivery-state.ts';

/**
 * The state in which the delivery is due now, and the delivery; null when the job has none of that id.
 * An attempt that is under way is left alone.
 */
export function redeliver(state: JobState, deliveryId: string, now: number): { state: JobState; delivery: DeliveryState } | null {
  const delivery = state.deliveries.find(({ id }) => id === deliveryId);
  if (delivery === undefined) return null;
  if (delivery.lease !== null) return { state, delivery };
  const again: DeliveryState = {
    ...delivery,
    status: 'pending',
    // The number of an attempt that was made is used up; one that only waits keeps its own.
    attempt: delivery.status === 'pending' ? delivery.attempt : nextAttempt(delivery),
    attemptsOfSchedule: 0,
    plannedAt: now,
    resends: 0,
    resendAt: now,
  };
  return { state: changeDelivery(state, again), delivery: again };
}

const nextAttempt = ({ attempt, attempts }: DeliveryState): number => (attempts.length === 0 ? attempt : attempt + 1);
