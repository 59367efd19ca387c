/**
 * Messages that nobody could do anything with become dead letters: unparsable ones, those about jobs that do
 * not exist, and what the queues gave up on. Kept raw, because what could not be parsed today is what a person has to read tomorrow.
 */
import { uuidSchema } from '@mcpoverflow/types';
import * as z from 'zod';
import { deadLettersOf } from '../dead-letters/dead-letters.ts';
import type { DeadMessage } from '../dead-letters/letter.ts';
import { RPC_TIMEOUT_MS, within } from '../deadline.ts';
import type { Env } from '../env.ts';

/** A row's limit is 2 MB; a queue message's is 128 KB (Cloudflare limits pages). */
const MAX_BODY_CHARACTERS = 256 * 1024;

/** Every message there is says so, and those of versions to come will. */
const namesJobSchema = z.object({ jobId: uuidSchema });

/** A message as its handler got it. */
export interface RawMessage extends Pick<DeadMessage, 'messageId' | 'queue' | 'reason'> {
  readonly body: unknown;
}

/** Keeps a message; throws when it could not be kept, so that its queue keeps it. */
export async function keepMessage(env: Env, { body, ...message }: RawMessage): Promise<void> {
  const named = namesJobSchema.safeParse(body);
  const jobId = named.success ? named.data.jobId : null;
  await within(deadLettersOf(env).recordMessage({ ...message, jobId, body: textOf(body) }), RPC_TIMEOUT_MS, 'the dead letters');
}

/** The body as JSON, or as plain text when it has none; cut to what a row can hold. */
function textOf(body: unknown): string {
  try {
    return (JSON.stringify(body) ?? String(body)).slice(0, MAX_BODY_CHARACTERS);
  } catch {
    return String(body).slice(0, MAX_BODY_CHARACTERS);
  }
}
