/**
 * The dead-letters queue: what the other queues gave up on. The raw message is stored first, then read:
 * a message nobody can parse must be visible too. A job fails by it only if the message's turn is still
 * the one it expects; otherwise the message is an old copy and the job has long moved on. A webhook call
 * fails by no message at all: its Job sends another.
 */
import { deliverMessageSchema, type JobMessage, jobMessageSchema } from '@mcpoverflow/types';
import type { Env } from '../env.ts';
import { describeError, log } from '../log.ts';
import { keepMessage } from './keep-message.ts';
import { turnJob } from './own-objects.ts';

const AGAIN_SECONDS = 60;
const DEAD_LETTERS_QUEUE = 'mcpoverflow-dead-letters';

/** Handles one batch of the dead-letters queue. Never throws. */
export async function handleDeadLettersBatch(batch: MessageBatch<unknown>, env: Env): Promise<void> {
  await Promise.all(
    batch.messages.map(async (raw) => {
      try {
        await keepMessage(env, { messageId: raw.id, queue: originOf(raw.body, batch.queue), body: raw.body, reason: 'given-up' });
        const parsed = jobMessageSchema.safeParse(raw.body);
        if (parsed.success) {
          await turnJob(env, parsed.data.jobId).giveUp(parsed.data);
        }
        raw.ack();
        log('warn', 'message given up by its queue', { messageId: raw.id, ...(parsed.success ? aboutTurn(parsed.data) : {}) });
      } catch (error) {
        raw.retry({ delaySeconds: AGAIN_SECONDS });
        log('error', 'dead letter could not be stored', { messageId: raw.id, error: describeError(error) });
      }
    }),
  );
}

const aboutTurn = ({ jobId, generation, turn, kind, traceparent }: JobMessage) => ({
  jobId,
  generation,
  turn,
  kind,
  ...(traceparent === undefined ? {} : { traceparent }),
});

/** Which queue gave it up: a message does not say, its shape does. An environment's queues have the same ending. */
function originOf(body: unknown, queue: string): string {
  const ending = queue.slice(DEAD_LETTERS_QUEUE.length);
  if (jobMessageSchema.safeParse(body).success) return `mcpoverflow-jobs${ending}`;
  return deliverMessageSchema.safeParse(body).success ? `mcpoverflow-webhooks${ending}` : queue;
}
