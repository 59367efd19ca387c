/**
 * Messages that nobody could do anything with become dead letters: unparsable ones, and what the queues
 * gave up on. Kept raw, because what could not be parsed today is what a person has to read tomorrow.
 */
import { deadLettersOf } from '../dead-letters/dead-letters.ts';
import type { DeadMessage } from '../dead-letters/letter.ts';
import { RPC_TIMEOUT_MS, within } from '../deadline.ts';
import type { Env } from '../env.ts';

/** A row's limit is 2 MB; a queue message's is 128 KB (Cloudflare limits pages). */
const MAX_BODY_CHARACTERS = 256 * 1024;

/** Keeps a message; throws when it could not be kept, so that its queue keeps it. */
export async function keepMessage(env: Env, { body, ...message }: Omit<DeadMessage, 'body'> & { readonly body: unknown }): Promise<void> {
  await within(deadLettersOf(env).recordMessage({ ...message, body: textOf(body) }), RPC_TIMEOUT_MS, 'the dead letters');
}

/** The body as JSON, or as plain text when it has none; cut to what a row can hold. */
function textOf(body: unknown): string {
  try {
    return (JSON.stringify(body) ?? String(body)).slice(0, MAX_BODY_CHARACTERS);
  } catch {
    return String(body).slice(0, MAX_BODY_CHARACTERS);
  }
}
