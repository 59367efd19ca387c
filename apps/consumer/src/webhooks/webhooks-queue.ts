/**
 * The webhooks queue. A message is acknowledged before its call is made: it only says "look now", and the
 * Job sends another one should the call break off. So a batch never waits for a receiver, and one that
 * hangs delays neither its neighbours nor, where a queue delivers one batch at a time, anybody else.
 */
import { type DeliverMessage, deliverMessageSchema } from '@mcpoverflow/types';
import type { Env } from '../env.ts';
import { describeError, log } from '../log.ts';
import { keepMessage } from '../messages/keep-message.ts';
import type { MessageSource } from './deliver.ts';

/** A message that could not be parked comes back after this long. */
const AGAIN_SECONDS = 60;
/** Receivers that hang take memory, if little: beyond this many calls in one isolate a message waits in the queue. */
const MAX_CALLS_IN_FLIGHT = 1_000;
const TOO_MANY_AGAIN_SECONDS = 5;

let callsInFlight = 0;

/**
 * Handles one batch. Never throws.
 * @param deliverApart makes the call in an invocation of its own: one alone may have only six connections that wait for
 * an answer (Cloudflare's limits page), so ten calls in one would wait for the slowest of them
 */
export async function handleWebhooksBatch(
  batch: MessageBatch<unknown>,
  env: Env,
  deliverApart: (message: DeliverMessage, source: MessageSource) => Promise<void>,
): Promise<void> {
  await Promise.all(
    batch.messages.map(async (raw) => {
      const parsed = deliverMessageSchema.safeParse(raw.body);
      try {
        if (parsed.success && callsInFlight >= MAX_CALLS_IN_FLIGHT) return raw.retry({ delaySeconds: TOO_MANY_AGAIN_SECONDS });
        if (parsed.success) count(deliverApart(parsed.data, { messageId: raw.id, queue: batch.queue }));
        else await keepMessage(env, { messageId: raw.id, queue: batch.queue, body: raw.body, reason: 'unreadable' });
        raw.ack();
      } catch (error) {
        raw.retry({ delaySeconds: AGAIN_SECONDS });
        log('error', 'webhook message not handled', { messageId: raw.id, error: describeError(error) });
      }
    }),
  );
}

function count(call: Promise<void>): void {
  callsInFlight += 1;
  const over = (): void => {
    callsInFlight -= 1;
  };
  call.then(over, over);
}
