/**
 * Transition: somebody asks to send a webhook call again. It goes out now, under the same id and with the
 * same body, whatever became of it before, and gets the whole schedule anew. Asking says that the
 * receiver is well again: a URL that answered 410 is called for this job as before.
 */
import type { JobState } from '../job/state.ts';
import { changeDelivery } from './change-delivery.ts';
import type { DeliveryState } from './delivery-state.ts';

/**
 * The state in which the delivery is due now, and the delivery; null when the job has none of that id.
 * An attempt that is under way goes on, as the first of the new schedule.
 */
export function redeliver(state: JobState, deliveryId: string, now: number): { state: JobState; delivery: DeliveryState } | null {
  const delivery = state.deliveries.find(({ id }) => id === deliveryId);
  if (delivery === undefined) return null;
  const again: DeliveryState =
    delivery.lease === null
      ? {
          ...delivery,
          status: 'pending',
          attempt: (delivery.attempts.at(-1)?.number ?? 0) + 1,
          attemptsOfSchedule: 0,
          plannedAt: now,
          resends: 0,
          resendAt: now,
          deliveredAt: null,
        }
      : { ...delivery, attemptsOfSchedule: 0 };
  const enabled = state.webhook === null ? state : { ...state, webhook: { ...state.webhook, disabledAt: null } };
  return { state: changeDelivery(enabled, again), delivery: again };
}
