/**
 * `POST /hooks/openhands/{secret}`, with `/events/{conversationId}` and `/conversations` below it: where an
 * agent-server posts what happens in its runs, so that the end of one is seen at once and not at the next look.
 *
 * The server signs nothing, so what it posts is a hint and never believed: all it can do is to have a run
 * looked at. That makes garbage harmless, and reading little of it enough. Whoever knows the secret gets 204
 * for anything, because the server repeats what is answered otherwise; for everybody else this is an address
 * that does not exist. It stands before authentication and outside of the routes: no key opens it, no page may
 * call it, and the contract does not show it.
 */
import { timingSafeEqual } from 'node:crypto';
import { createMiddleware } from 'hono/factory';
import * as z from 'zod';
import type { ApiContext, Env, Variables } from '../env.ts';
import { aboutRequest, describeError, log } from '../log.ts';
import { within } from '../within.ts';

const ADDRESS = /^\/hooks\/openhands\/([^/]+)(?:\/events\/([^/]+)|\/conversations)?$/;
const MAX_BYTES = 256 * 1024;
/** A sender that trickles is not waited for longer. */
const MAX_READ_MS = 5_000;
/** More events than any batch of a server has; reading them would be work without a bound worth the name. */
const MAX_EVENTS = 1_000;
/** Where a conversation names itself: its first field. */
const START_CHARACTERS = 1_000;

/** Answers calls with the right secret; any other goes on, as to an address that does not exist. Needs `settings`. */
export const openhandsHook = createMiddleware<{ Bindings: Env; Variables: Variables }>(async (c, next) => {
  const [, secret, id] = ADDRESS.exec(c.req.path) ?? [];
  const { OPENHANDS_HOOK_SECRET: expected } = c.get('settings');
  if (c.req.method !== 'POST' || secret === undefined || expected === undefined) return next();
  if (!(await isSame(secret, expected))) return next();
  const body = await beginningOf(c.req.raw.body);
  const conversationId = conversationIdOf(id ?? ID_IN_BODY.exec(body.text.slice(0, START_CHARACTERS))?.[1] ?? '');
  if (conversationId !== undefined && mayTellOfEnd(body)) c.executionCtx.waitUntil(wake(c, conversationId));
  return c.body(null, 204);
});

/** Compares in constant time: digests are of one length, and say nothing about how much of a guess was right. */
async function isSame(left: string, right: string): Promise<boolean> {
  const [a, b] = await Promise.all([left, right].map((text) => crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));
  return a !== undefined && b !== undefined && timingSafeEqual(new Uint8Array(a), new Uint8Array(b));
}

interface Beginning {
  text: string;
  isWhole: boolean;
}

/** At most {@link MAX_BYTES} of a body; the rest is refused. Never throws. */
async function beginningOf(stream: ReadableStream<Uint8Array> | null): Promise<Beginning> {
  if (stream === null) return { text: '', isWhole: true };
  const beginning: Beginning = { text: '', isWhole: false };
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  const read = async (): Promise<void> => {
    for (let left = MAX_BYTES; left >= 0; ) {
      const { value, done } = await reader.read();
      beginning.text += decoder.decode(value?.subarray(0, left), { stream: !done });
      beginning.isWhole = done;
      if (done) return;
      left -= value.byteLength;
    }
  };
  await within(read(), MAX_READ_MS, 'the body').catch(() => undefined);
  if (!beginning.isWhole) reader.cancel().catch(() => undefined);
  return beginning;
}

const UUID = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/i;
const ID_IN_BODY = /"(?:conversation_)?id"\s*:\s*"([0-9a-f-]{32,36})"/i;

/** The server writes ids without dashes in addresses and with them in bodies; the engine always with them. */
const conversationIdOf = (text: string): string | undefined => UUID.exec(text)?.slice(1).join('-').toLowerCase();

const stateUpdateSchema = z.looseObject({
  kind: z.literal('ConversationStateUpdateEvent'),
  key: z.literal('execution_status'),
  value: z.string(),
});
const conversationSchema = z.looseObject({ execution_status: z.string() });
const goesOn = (status: string): boolean => status === 'running' || status === 'idle';

/** False only for a body that was read and tells of no end; one that cannot be read may tell of anything. */
function mayTellOfEnd({ text, isWhole }: Beginning): boolean {
  const body = isWhole ? parsed(text) : undefined;
  if (Array.isArray(body)) return body.length > MAX_EVENTS || body.some(isEnd);
  const conversation = conversationSchema.safeParse(body);
  return !conversation.success || !goesOn(conversation.data.execution_status);
}

function isEnd(event: unknown): boolean {
  const update = stateUpdateSchema.safeParse(event);
  return update.success && !goesOn(update.data.value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function wake(c: ApiContext, conversationId: string): Promise<void> {
  try {
    await c.env.CONSUMER.wakeAgentPool(conversationId);
  } catch (error) {
    // The pool looks by itself, a little later.
    log('warn', 'hint not passed on', { ...aboutRequest(c), error: describeError(error) });
  }
}
