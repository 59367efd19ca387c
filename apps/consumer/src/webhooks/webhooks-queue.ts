/**
 * The webhooks queue. A message is acknowledged before its call is made: it only says "look now", and the
 * Job sends another one should the call break off. So a batch never waits for a receiver, and one that
 * hangs delays neither its neighbours nor, where a queue delivers one batch at a time, anybody else.
 */
import { type DeliverMessage, deliverMessageSchema } from '@mcpoverflow/types';
import type { Env } from '../env.ts';
import { describeError, log } from '../log.ts';
import { keepMessage } from '../messages/keep-message.ts';

/** A message that could not be parked comes back after this long. */
const AGAIN_SECONDS = 60;

/**
 * Handles one batch. Never throws.
 * @param deliverApart makes the call in an invocation of its own: one alone may have only six connections that wait for
 * an answer (Cloudflare's limits page), so ten calls in one would wait for the slowest of them
 */
export async function handleWebhooksBatch(
  batch: MessageBatch<unknown>,
  env: Env,
  deliverApart: (message: DeliverMessage) => void,
): Promise<void> {
  await Promise.all(
    batch.messages.map(async (raw) => {
      const parsed = deliverMessageSchema.safeParse(raw.body);
      try {
        if (parsed.success) deliverApart(parsed.data);
        else await keepMessage(env, { messageId: raw.id, queue: batch.queue, body: raw.body, reason: 'unreadable' });
        raw.ack();
      } catch (error) {
        raw.retry({ delaySeconds: AGAIN_SECONDS });
        log('error', 'webhook message not handled', { error: describeError(error) });
      }
    }),
  );
}
