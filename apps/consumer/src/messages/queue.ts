/**
 * The jobs queue: parse → begin → do → finish → outcome. A fault in one message never touches another.
 *
 * Start turns of a batch run side by side, they mostly wait for the agent; large inputs pass one at a time. Collect turns run one after
 * the other, because each may hold a large result and a running connector in the invocation's memory.
 */
import { type JobMessage, jobMessageSchema } from '@mcpoverflow/types';
import type { Env } from '../env.ts';
import { describeError, log } from '../log.ts';
import type { Settings } from '../settings.ts';
import { handleCollect } from './collect.ts';
import type { CollectContext } from './collect-turn.ts';
import { keepMessage } from './keep-message.ts';
import type { MessageOutcome } from './outcome.ts';
import { handleStart } from './start.ts';
import { Turnstile } from './turnstile.ts';

/** A message whose Job cannot be asked comes back after this long; the Job's alarm is the other way back. */
const AGAIN_SECONDS = 5;

export interface QueueContext extends CollectContext {
  readonly env: Env;
  readonly settings: Settings;
}

/** Handles one batch of the jobs queue. Never throws. */
export async function handleJobsBatch(batch: MessageBatch<unknown>, context: QueueContext): Promise<void> {
  const collects: { raw: Message<unknown>; message: JobMessage }[] = [];
  const running: Promise<void>[] = [];
  const startContext = { ...context, turnstile: new Turnstile() };
  const settleIn = (raw: Message<unknown>, message: JobMessage | null, handling: Promise<MessageOutcome>): Promise<void> =>
    settle(raw, message, keeping(raw, batch.queue, context.env, handling));
  for (const raw of batch.messages) {
    const parsed = jobMessageSchema.safeParse(raw.body);
    if (!parsed.success) running.push(settleIn(raw, null, Promise.resolve(unreadable)));
    else if (parsed.data.kind === 'collect') collects.push({ raw, message: parsed.data });
    else running.push(settleIn(raw, parsed.data, handleStart(parsed.data, startContext)));
  }
  running.push(
    (async () => {
      for (const { raw, message } of collects) await settleIn(raw, message, handleCollect(message, context));
    })(),
  );
  await Promise.all(running);
}

/** Applies an outcome to its message. */
async function settle(raw: Message<unknown>, message: JobMessage | null, handling: Promise<MessageOutcome>): Promise<void> {
  const startedAt = Date.now();
  const outcome = await handling.catch((error: unknown): MessageOutcome => ({ kind: 'again', detail: describeError(error) }));
  if (outcome.kind === 'again') raw.retry({ delaySeconds: AGAIN_SECONDS });
  else raw.ack();
  log(outcome.kind === 'again' ? 'warn' : 'info', 'message handled', {
    ...(message === null ? {} : { jobId: message.jobId, generation: message.generation, turn: message.turn, kind: message.kind }),
    ...(outcome.kind === 'done' && outcome.tenant !== undefined ? { tenant: outcome.tenant } : {}),
    ...(message?.traceparent === undefined ? {} : { traceparent: message.traceparent }),
    ...(message === null ? { messageId: raw.id } : {}),
    attempt: raw.attempts,
    outcome: `${outcome.kind}: ${outcome.detail}`,
    durationMs: Date.now() - startedAt,
  });
}

const unreadable: MessageOutcome = { kind: 'dead', reason: 'unreadable', detail: 'not a message this version understands' };

/** The outcome, once a message that is nobody's was kept. */
async function keeping(raw: Message<unknown>, queue: string, env: Env, handling: Promise<MessageOutcome>): Promise<MessageOutcome> {
  const outcome = await handling;
  if (outcome.kind === 'dead') await keepMessage(env, { messageId: raw.id, queue, body: raw.body, reason: outcome.reason });
  return outcome;
}
