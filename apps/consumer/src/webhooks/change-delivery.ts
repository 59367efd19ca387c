/** Puts a changed delivery in its place. `updatedAt` stays: it tells of the job, not of the calls about it. */
import type { JobState } from '../job/state.ts';
import type { DeliveryState } from './delivery-state.ts';

/** The state with `changed` in place of the delivery of the same id. */
export const changeDelivery = (state: JobState, changed: DeliveryState): JobState => ({
  ...state,
  deliveries: state.deliveries.map((delivery) => (delivery.id === changed.id ? changed : delivery)),
});
