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
});
const validationDetailSchema = z.looseObject({ loc: z.array(z.union([z.string(), z.number()])).optional(), msg: z.string() });

/** Turns an HTTP status outside 2xx into a fault. A 404 is `agent-lost`; the driver knows calls where it means something else. */
export function faultOfRefusal(refusal: Refusal, nature: CallNature): AgentFault {
  const { status, retryAfterMs } = refusal;
  const detail = agentServerDetail(refusal.text);
  const because = detail === null || detail === '' ? '' : `: ${detail}`;
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

/** Makes a server's words fit for the job's owner: no secrets, no control characters, at most `maxCharacters`. */
export function presentable(text: string, secrets: readonly string[], maxCharacters = MAX_MESSAGE_CHARACTERS): string {
  let clean = text;
  for (const secret of secrets) clean = clean.replaceAll(secret, '***');
  clean = clean.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return clean.length <= maxCharacters ? clean : `${clean.slice(0, maxCharacters - 1)}…`;
}

/** The agent server's own words on an error, or null when the body is not in its shape. */
function agentServerDetail(text: string): string | null {
  const body = errorBodySchema.safeParse(parseJson(text));
  if (!body.success) return null;
  const { detail } = body.data;
  if (typeof detail === 'string') return detail;
  if (!Array.isArray(detail)) return JSON.stringify(detail);
  return detail
    .map((item) => validationDetailSchema.safeParse(item))
    .flatMap((item) => (item.success ? [`${item.data.loc?.join('.') ?? 'request'}: ${item.data.msg}`] : []))
    .join('; ');
}

/** Undefined for anything that is not JSON, nested too deeply to parse included. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
