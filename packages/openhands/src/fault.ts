/**
 * What a failed call means. Every way a server, a proxy in front of it or the network can fail becomes
 * one `AgentFault`, in one place, so that no caller reads status codes.
 *
 * The question that costs money is `ambiguous`: may the server have acted although we hold no answer?
 * A wrong "no" starts a second agent run, a wrong "yes" costs two minutes of waiting; where the two
 * cannot be told apart the answer is yes.
 */
import * as z from 'zod';
import type { AgentFault } from './agent.ts';

const MAX_MESSAGE_CHARACTERS = 300;
const MAX_WAIT_MS = 24 * 60 * 60 * 1000;

/** What a call was, as far as its failure is concerned. */
export interface CallNature {
  /** Sending it twice does no harm, so a lost answer leaves nothing undecided. */
  readonly repeatable: boolean;
  /** Never to appear in a message. */
  readonly secrets: readonly string[];
}

/** An answer outside 2xx; `text` is the beginning of its body. */
export interface Refusal {
  readonly status: number;
  readonly text: string;
  readonly retryAfterMs: number | undefined;
}

const errorBodySchema = z.looseObject({
  detail: z.union([z.string(), z.array(z.unknown()), z.record(z.string(), z.unknown())]),
  /** The server's promise that the same request may pass later, as with 409 while a credential is being bound. */
  retryable: z.boolean().catch(false),
});
/** OpenHands Cloud and what stands before it: their words, which say nothing about a run. */
const otherErrorBodySchema = z.union([
  z.looseObject({ error: z.string() }).transform(({ error }) => error),
  z.looseObject({ message: z.string() }).transform(({ message }) => message),
]);
/** OpenHands Cloud's detail is an object for its limits; the daily one says when it ends. */
const limitSchema = z.looseObject({ detail: z.looseObject({ message: z.string().optional(), reset_at: z.string().optional() }) });
const validationDetailSchema = z.looseObject({ loc: z.array(z.union([z.string(), z.number()])).optional(), msg: z.string() });

/** Turns an HTTP status outside 2xx into a fault. A 404 is `agent-lost`; the driver knows calls where it means something else. */
export function faultOfRefusal(refusal: Refusal, nature: CallNature): AgentFault {
  const { status, retryAfterMs } = refusal;
  const { detail, retryable } = agentServerWords(refusal.text);
  const words = detail ?? otherWords(refusal.text);
  const because = words === null || words === '' ? '' : `: ${words}`;
  const fault = (code: AgentFault['code'], sentence: string, ambiguous = false): AgentFault => ({
    code,
    message: presentable(sentence, nature.secrets),
    httpStatus: status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ambiguous: ambiguous && !nature.repeatable,
  });

  if (status < 400) {
    return fault(
      'agent-rejected',
      `The agent server redirects elsewhere (${status}), and redirects are not followed. Check OPENHANDS_API_URL.`,
    );
  }
  if (status === 401 || status === 403) {
    return fault('agent-unauthorized', `The agent server refused the engine's key (${status}). Check OPENHANDS_API_KEY.`);
  }
  if (status === 402) return fault('agent-rejected', `OpenHands wants to be paid before it works (402)${because}`);
  if (status === 408) return fault('agent-timeout', 'The agent server gave up waiting for the request (408).', true);
  if (status === 429) return fault('agent-rate-limited', `The agent server limits requests (429)${because}`);
  if (status >= 500) {
    // Said by the server itself, or with a time to come back, 503 means that nothing was begun. A proxy's bare
    // 503 can also mean that the connection broke after the request had been passed on.
    const refusedBeforeWork = status === 503 && (detail !== null || retryAfterMs !== undefined);
    return fault('agent-unavailable', `The agent server is not available (${status})${because}`, !refusedBeforeWork);
  }
  if (detail === null) {
    // The address is wrong or something else answers there: it must not pass for the server's word on a run.
    return fault(
      'agent-answer-unreadable',
      `Something that is not an agent server answered with status ${status}. Check OPENHANDS_API_URL.`,
    );
  }
  if (retryable) return fault('agent-unavailable', `The agent server is not ready for the request (${status})${because}`);
  if (status === 404) return fault('agent-lost', `The agent server does not know what was asked for (404)${because}`);
  return fault('agent-rejected', `The agent server refused the request (${status})${because}`);
}

/** The call was aborted by its time-out or by its caller. */
export function faultOfTimeout(nature: CallNature): AgentFault {
  return { code: 'agent-timeout', message: 'The agent server did not answer in time.', ambiguous: !nature.repeatable };
}

/** No answer at all. A Worker cannot tell a connection that was refused from one that broke, so both leave the question open. */
export function faultOfTransport(nature: CallNature): AgentFault {
  return {
    code: 'agent-unreachable',
    message: 'The agent server cannot be reached. Check that it runs and that OPENHANDS_API_URL is right.',
    ambiguous: !nature.repeatable,
  };
}

/** A 2xx answer that is cut off, too long, or not what the protocol says. `what` completes "The agent server's answer …". */
export function faultOfUnreadable(what: string, httpStatus: number, nature: CallNature): AgentFault {
  return {
    code: 'agent-answer-unreadable',
    message: presentable(`The agent server's answer ${what}.`, nature.secrets),
    httpStatus,
    ambiguous: !nature.repeatable,
  };
}

/**
 * Makes a server's words fit for the job's owner: no secrets, no control characters, nothing that cannot be seen
 * (it could hide a secret, or turn a text around), at most `maxCharacters`.
 */
export function presentable(text: string, secrets: readonly string[], maxCharacters = MAX_MESSAGE_CHARACTERS): string {
  let clean = text.replace(/\p{Cf}/gu, '');
  for (const secret of secrets) clean = clean.replaceAll(secret, '***');
  clean = clean.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return clean.length <= maxCharacters ? clean : `${clean.slice(0, maxCharacters - 1)}…`;
}

/** The agent server's own words on an error; `detail` is null when the body is not in its shape. */
function agentServerWords(text: string): { readonly detail: string | null; readonly retryable: boolean } {
  const body = errorBodySchema.safeParse(parseJson(text));
  return body.success ? { detail: detailOf(body.data.detail), retryable: body.data.retryable } : { detail: null, retryable: false };
}

function detailOf(detail: z.infer<typeof errorBodySchema>['detail']): string {
  if (typeof detail === 'string') return detail;
  if (!Array.isArray(detail)) return limitSchema.safeParse({ detail }).data?.detail.message ?? JSON.stringify(detail);
  return detail
    .map((item) => validationDetailSchema.safeParse(item))
    .flatMap((item) => (item.success ? [`${item.data.loc?.join('.') ?? 'request'}: ${item.data.msg}`] : []))
    .join('; ');
}

const otherWords = (text: string): string | null => otherErrorBodySchema.safeParse(parseJson(text)).data ?? null;

/** Milliseconds until a limit ends whose refusal names the moment (`detail.reset_at`) instead of a `Retry-After`; at most a day. */
export function untilReset(text: string, now: number): number | undefined {
  const reset = limitSchema.safeParse(parseJson(text)).data?.detail.reset_at;
  const at = reset === undefined ? Number.NaN : Date.parse(reset);
  return Number.isNaN(at) ? undefined : Math.min(Math.max(0, at - now), MAX_WAIT_MS);
}

/** Undefined for anything that is not JSON, nested too deeply to parse included. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
