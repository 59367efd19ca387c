/**
 * One request and its answer: time-out, size limit, key, and the short retry of calls that do no harm
 * when they arrive twice. Longer waits belong to the job's turns.
 *
 * The time-out spans all tries of a call, so a caller's own deadline arithmetic holds whatever happens.
 */
import { fail, ok, parseRetryAfter, type Result } from '@mcpoverflow/types';
import pRetry, { AbortError } from 'p-retry';
import type * as z from 'zod';
import type { AgentFault } from './agent.ts';
import { readBounded } from './bounded-body.ts';
import { type CallNature, faultOfRefusal, faultOfTimeout, faultOfTransport, faultOfUnreadable, parseJson, untilReset } from './fault.ts';

/** The way out: the global `fetch`, or a service binding's. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface ExchangePorts {
  /** Origin and optional path prefix, without the protocol's own `/api`. */
  readonly baseUrl: string;
  /** Sent with every request. */
  readonly key?: { readonly header: string; readonly value: string };
  readonly fetch: Fetch;
  /** Milliseconds since the epoch; reads dates in `Retry-After`. */
  readonly now: () => number;
  /** 0 ≤ x < 1; spreads the retries of many callers. */
  readonly random: () => number;
  /** Extra tries of a repeatable call. */
  readonly retries: number;
  /** Never to appear in a message. */
  readonly secrets: readonly string[];
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Path and query, beginning with a slash. */
  readonly path: string;
  readonly body?: { readonly json: unknown } | { readonly form: FormData };
  readonly repeatable: boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly maxBytes: number;
  /** What an answer above `maxBytes` is called. */
  readonly tooLarge?: 'result-too-large';
}

export type Exchange = (call: Call) => Promise<Result<Uint8Array, AgentFault>>;

/** Enough to hold an error's JSON; an HTML page is not read further. */
const MAX_ERROR_BYTES = 64 * 1024;
const FIRST_RETRY_MS = 100;

/** Binds the ports; the exchange it returns answers the body of a 2xx, or the fault. Never throws. */
export function createExchange(ports: ExchangePorts): Exchange {
  const base = ports.baseUrl.replace(/\/+$/, '');

  async function attempt(call: Call, signal: AbortSignal): Promise<Result<Uint8Array, AgentFault>> {
    const nature: CallNature = { repeatable: call.repeatable, secrets: ports.secrets };
    let response: Response;
    try {
      response = await ports.fetch(`${base}${call.path}`, requestInit(call, ports.key, signal));
    } catch {
      return fail(signal.aborted ? faultOfTimeout(nature) : faultOfTransport(nature));
    }

    const body = await readBounded(response, response.ok ? call.maxBytes : MAX_ERROR_BYTES);
    if (!response.ok) {
      const text = body.kind === 'read' ? new TextDecoder().decode(body.bytes) : '';
      const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'), ports.now()) ?? untilReset(text, ports.now());
      return fail(faultOfRefusal({ status: response.status, text, retryAfterMs }, nature));
    }
    if (body.kind === 'read') return ok(body.bytes);
    if (body.kind === 'broken') {
      return fail(signal.aborted ? faultOfTimeout(nature) : faultOfUnreadable('broke off half-way', response.status, nature));
    }
    const oversized = faultOfUnreadable(`is larger than ${call.maxBytes} bytes`, response.status, nature);
    return fail(call.tooLarge === undefined ? oversized : { ...oversized, code: call.tooLarge });
  }

  return async (call) => {
    const deadline = AbortSignal.timeout(call.timeoutMs);
    const signal = call.signal === undefined ? deadline : AbortSignal.any([call.signal, deadline]);
    let last: Result<Uint8Array, AgentFault> = fail(faultOfTimeout({ repeatable: true, secrets: ports.secrets }));
    const tryOnce = async (): Promise<void> => {
      last = await attempt(call, signal);
      if (!last.ok) throw worthAnotherTry(last.error) ? new Error(last.error.code) : new AbortError(last.error.code);
    };
    try {
      await pRetry(tryOnce, {
        retries: call.repeatable ? ports.retries : 0,
        minTimeout: FIRST_RETRY_MS * (0.5 + ports.random()),
        signal,
      });
    } catch {
      // `last` holds the outcome; the exception only told p-retry to go on or stop.
    }
    return last;
  };
}

/** Reads a JSON answer against its schema; anything else becomes `agent-answer-unreadable`. */
export function parseAnswer<T>(answer: Result<Uint8Array, AgentFault>, schema: z.ZodType<T>, nature: CallNature): Result<T, AgentFault> {
  if (!answer.ok) return answer;
  if (answer.value.byteLength === 0) return fail(faultOfUnreadable('is empty', 200, nature));
  const json = parseJson(new TextDecoder().decode(answer.value));
  if (json === undefined) return fail(faultOfUnreadable('is not JSON; a page or a proxy may have answered instead', 200, nature));
  const parsed = schema.safeParse(json);
  return parsed.success ? ok(parsed.data) : fail(faultOfUnreadable('does not follow the protocol', 200, nature));
}

/** What may be over in a moment. A rate limit or a time-out is not: those wait for the job's next attempt. */
function worthAnotherTry(fault: AgentFault): boolean {
  const passing = fault.code === 'agent-unreachable' || fault.code === 'agent-unavailable' || fault.code === 'agent-answer-unreadable';
  return passing && fault.retryAfterMs === undefined;
}

function requestInit(call: Call, key: ExchangePorts['key'], signal: AbortSignal): RequestInit {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (key !== undefined) headers[key.header] = key.value;
  // A redirect could carry the key to another host.
  const init: RequestInit = { method: call.method, headers, signal, redirect: 'manual' };
  if (call.body === undefined) return init;
  if ('form' in call.body) return { ...init, body: call.body.form };
  headers['content-type'] = 'application/json';
  return { ...init, body: JSON.stringify(call.body.json) };
}
