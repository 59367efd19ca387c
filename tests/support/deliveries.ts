/** A job's webhook calls as its owner sees them over HTTP; what waits here asks again, since no answer announces an attempt. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Delivery, deliveryListSchema, deliverySchema } from '@mcpoverflow/types';

interface Caller {
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

const LOOK_EVERY_MS = 50;
const WITHIN_MS = 60_000;

/** The delivery log of a job; throws with the answer when there is none. */
export async function deliveriesOf(engine: Caller, jobId: string): Promise<readonly Delivery[]> {
  const answer = await engine.fetch(`/api/jobs/${jobId}/deliveries`);
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`The deliveries of ${jobId} were answered ${answer.status}: ${text}`);
  return deliveryListSchema.parse(JSON.parse(text)).deliveries;
}

/** The one delivery of an event, the latest generation's, once it is as it should be. Throws with what it is when it does not come to that. */
export async function deliveryWhen(
  engine: Caller,
  jobId: string,
  condition: (delivery: Delivery) => boolean,
  event?: Delivery['event'],
): Promise<Delivery> {
  const end = Date.now() + WITHIN_MS;
  for (;;) {
    const deliveries = await deliveriesOf(engine, jobId);
    const delivery = deliveries.findLast((one) => event === undefined || one.event === event);
    if (delivery !== undefined && condition(delivery)) return delivery;
    if (Date.now() > end) throw new Error(`The deliveries of ${jobId} do not become what they should: ${JSON.stringify(deliveries)}`);
    await delay(LOOK_EVERY_MS);
  }
}

/** The one delivery of a job, or of the event that is named, once it is settled: it will not change by itself any more. */
export const settledDelivery = (engine: Caller, jobId: string, event?: Delivery['event']): Promise<Delivery> =>
  deliveryWhen(engine, jobId, ({ status }) => status !== 'pending', event);

/** Asks to send a delivery again. Refuses everything but 202. */
export async function redeliver(engine: Caller, { links }: Delivery): Promise<Delivery> {
  const answer = await engine.fetch(links.redeliver, { method: 'POST' });
  const text = await answer.text();
  if (answer.status !== 202) throw new Error(`${links.redeliver} answered ${answer.status}: ${text}`);
  return deliverySchema.parse(JSON.parse(text));
}
