/**
 * How the fake OpenHands server misbehaves: which calls a rule is about, what the server does about them,
 * and what it says. Doing and saying are apart, because the dangerous faults are those where a server did
 * what it was asked and nobody heard of it.
 */
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunStatus } from '@mcpoverflow/openhands';

export const routes = [
  'create',
  'get',
  'getMany',
  'count',
  'search',
  'send',
  'countEvents',
  'searchEvents',
  'finalResponse',
  'run',
  'interrupt',
  'pause',
  'delete',
  'upload',
  'download',
  'bash',
  'serverInfo',
  'health',
] as const;
export type Route = (typeof routes)[number];

/** Every field given must match; none given matches every call. */
export interface Matcher {
  readonly route?: Route | readonly Route[];
  readonly conversationId?: string;
  /** Against the conversation's first message. */
  readonly prompt?: string | RegExp;
  readonly tags?: Readonly<Record<string, string>>;
  /** Against the path of an upload or download, or the directory of a removal. */
  readonly path?: string | RegExp;
}

/** What a call is about, as far as a matcher can ask. */
export interface Subject {
  readonly route: Route;
  readonly conversationId?: string | undefined;
  readonly prompt?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly path?: string | undefined;
}

export type Answer =
  /** An error in the server's own shape. `retryAfter` is the header as it is sent: seconds or an HTTP date. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string; readonly detail?: string }
  | { readonly kind: 'html'; readonly status: number }
  | { readonly kind: 'garbage' }
  | { readonly kind: 'empty' }
  /** Announces a whole body and drops the connection in the middle of it. */
  | { readonly kind: 'half' }
  /** The first half, framed as if it were the whole: what a proxy makes of a server that broke off. */
  | { readonly kind: 'truncated' }
  /** Drops the connection without a word. */
  | { readonly kind: 'reset' }
  /** Never answers. */
  | { readonly kind: 'hang' };

export interface Behaviour {
  /**
   * Left out: everything when there is no `answer`, nothing when there is. `without-message` is an agent that
   * fails to initialise, `without-run` a server killed between the message and the first step.
   */
  readonly perform?: 'everything' | 'without-message' | 'without-run' | 'nothing';
  /** Left out: the truth. */
  readonly answer?: Answer;
  /** A server that acts late: what it does waits for this. */
  readonly beginsAfter?: Promise<unknown>;
  /** Told of each call that meets the rule, before anything is done about it. */
  readonly met?: (subject: Subject) => void;
  /** The answer waits for both. */
  readonly delayMs?: number;
  readonly hold?: Promise<unknown>;
}

/** One step a look: what it finds. The last step stays. `lost`: the server has forgotten the conversation. */
export type Course = readonly (RunStatus | 'lost')[];

export function matches(matcher: Matcher, subject: Subject): boolean {
  const { route } = matcher;
  return (
    (route === undefined || (typeof route === 'string' ? route === subject.route : route.includes(subject.route))) &&
    (matcher.conversationId === undefined || matcher.conversationId === subject.conversationId) &&
    matchesText(matcher.prompt, subject.prompt) &&
    matchesText(matcher.path, subject.path) &&
    Object.entries(matcher.tags ?? {}).every(([name, value]) => subject.tags?.[name] === value)
  );
}

function matchesText(wanted: string | RegExp | undefined, text: string | undefined): boolean {
  if (wanted === undefined) return true;
  if (text === undefined) return false;
  return typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text);
}

/** The truth, as the server would tell it. */
export interface Truth {
  readonly status: number;
  readonly body: unknown;
}

export async function respond(response: ServerResponse, truth: Truth, behaviour: Behaviour): Promise<void> {
  await behaviour.hold;
  if (behaviour.delayMs !== undefined) await delay(behaviour.delayMs);
  const { answer } = behaviour;
  if (answer === undefined) return sendTruth(response, truth);
  switch (answer.kind) {
    case 'status':
      if (answer.retryAfter !== undefined) response.setHeader('retry-after', answer.retryAfter);
      return sendTruth(response, { status: answer.status, body: errorBody(answer.status, answer.detail) });
    case 'html':
      response.writeHead(answer.status, { 'content-type': 'text/html' });
      response.end('<!doctype html><title>Gateway</title><h1>One moment, please</h1>');
      return;
    case 'garbage':
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"id": \u0000 nonsense');
      return;
    case 'empty':
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end();
      return;
    case 'half': {
      const whole = bytesOf(truth.body);
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': whole.byteLength + 2 });
      await new Promise<void>((sent) => response.write(whole.subarray(0, Math.ceil(whole.byteLength / 2)), () => sent()));
      response.destroy();
      return;
    }
    case 'truncated': {
      const whole = bytesOf(truth.body);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(whole.subarray(0, Math.ceil(whole.byteLength / 2)));
      return;
    }
    case 'reset':
      response.destroy();
      return;
    case 'hang':
      return;
  }
}

function sendTruth(response: ServerResponse, truth: Truth): void {
  const bytes = bytesOf(truth.body);
  response.writeHead(truth.status, {
    'content-type': truth.body instanceof Uint8Array ? 'application/octet-stream' : 'application/json',
    'content-length': bytes.byteLength,
  });
  response.end(bytes);
}

const bytesOf = (body: unknown): Uint8Array => (body instanceof Uint8Array ? body : new TextEncoder().encode(JSON.stringify(body)));

/** The real server's error bodies (FastAPI's); for 429 a proxy's, because the server's own depends on what was refused. */
export function errorBody(status: number, detail?: string): unknown {
  if (status === 422) return { detail: [{ type: 'missing', loc: ['body', 'agent'], msg: detail ?? 'Field required' }] };
  if (status === 429) return { message: detail ?? 'Too many requests' };
  if (status >= 500) return { detail: 'Internal Server Error', exception: detail ?? 'RuntimeError', error_id: '0'.repeat(32) };
  const words: Readonly<Record<number, string>> = { 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found' };
  return { detail: detail ?? words[status] ?? 'Refused' };
}
