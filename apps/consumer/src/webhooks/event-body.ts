/**
 * The body of a call. It is made anew for every attempt, of nothing that changes after the event: a
 * receiver that sees one `webhook-id` twice sees one thing twice.
 */
import type { JobLinks, JobStatus, PingBody, WebhookBody, WebhookEvent } from '@mcpoverflow/types';
import type { JobState } from '../job/state.ts';
import { linksOf } from '../job/view.ts';
import type { DeliveryState, WebhookState } from './delivery-state.ts';

const statusOf: Readonly<Record<WebhookEvent, JobStatus>> = {
  'job.started': 'processing',
  'job.completed': 'completed',
  'job.failed': 'failed',
  'job.cancelled': 'cancelled',
};

/** The body of a delivery, as JSON text. */
export function bodyOf(state: JobState, webhook: WebhookState, delivery: DeliveryState): string {
  const status = statusOf[delivery.event];
  const body: WebhookBody = {
    type: delivery.event,
    timestamp: new Date(delivery.createdAt).toISOString(),
    data: {
      jobId: state.jobId,
      status,
      type: state.type,
      generation: delivery.generation,
      metadata: state.options.metadata ?? {},
      links: wholeAddresses(linksOf({ ...state, status }), webhook.origin),
      ...(delivery.error === null ? {} : { error: delivery.error }),
    },
  };
  return JSON.stringify(body);
}

/** The body of a test call, as JSON text. */
export function pingBody(now: number): string {
  const body: PingBody = {
    type: 'ping',
    timestamp: new Date(now).toISOString(),
    data: { message: 'This is a test call of the MCPoverflow AI Engine. Its signature is a real one.' },
  };
  return JSON.stringify(body);
}

function wholeAddresses({ self, events, cancel, retry, artifact, deliveries }: JobLinks, origin: string): JobLinks {
  const whole = (path: string): string => new URL(path, origin).href;
  return {
    self: whole(self),
    events: whole(events),
    ...(cancel === undefined ? {} : { cancel: whole(cancel) }),
    ...(retry === undefined ? {} : { retry: whole(retry) }),
    ...(artifact === undefined ? {} : { artifact: whole(artifact) }),
    ...(deliveries === undefined ? {} : { deliveries: whole(deliveries) }),
  };
}
