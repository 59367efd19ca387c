/**
 * A connection to the engine's HTTP API, for command lines. Every answer is parsed with the contract's own
 * schemas; whatever goes wrong comes back as one sentence that says what to do. Never throws.
 */
import { fail, ok, problemSchema, type Result } from '@mcpoverflow/types';
import type * as z from 'zod';

/** `unreachable` may pass by itself; the others will not. */
export interface Trouble {
  readonly kind: 'unreachable' | 'refused' | 'unreadable';
  readonly sentence: string;
  /** The engine's own code, when it refused. */
  readonly code?: string;
}

export interface Connection {
  /** Without a slash at its end. */
  readonly url: string;
  /** Calls `path`; an answer that is not 2xx is a trouble. */
  send(path: string, init?: RequestInit): Promise<Result<Response, Trouble>>;
  /** The same, and the answer is JSON of that shape. */
  read<T>(path: string, schema: z.ZodType<T>, init?: RequestInit): Promise<Result<T, Trouble>>;
}

/** The engine at `url`; `key` is sent as a bearer token. */
export function connect(url: string, key: string | undefined): Connection {
  const base = url.replace(/\/+$/, '');

  async function send(path: string, init: RequestInit = {}): Promise<Result<Response, Trouble>> {
    const headers = new Headers(init.headers);
    if (key !== undefined) headers.set('Authorization', `Bearer ${key}`);
    try {
      const response = await fetch(base + path, { ...init, headers });
      return response.ok ? ok(response) : fail(await refusal(response));
    } catch {
      return fail(unreachable(base));
    }
  }

  async function read<T>(path: string, schema: z.ZodType<T>, init?: RequestInit): Promise<Result<T, Trouble>> {
    const response = await send(path, init);
    if (!response.ok) return response;
    const parsed = schema.safeParse(await response.value.json().catch(() => undefined));
    return parsed.success ? ok(parsed.data) : fail(unreadable(base));
  }

  return { url: base, send, read };
}

/** Nobody answered, or the answer broke off. */
export function unreachable(base: string): Trouble {
  const isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(base).hostname);
  const advice = isLocal ? 'Start it with `npm start`.' : 'Check the address (--url) and the network.';
  return { kind: 'unreachable', sentence: `Nothing answers at ${base}. ${advice}` };
}

/** What answered is no engine of this version. */
export function unreadable(base: string): Trouble {
  return { kind: 'unreadable', sentence: `What answers at ${base} is not this engine, or another version of it. Check --url.` };
}

async function refusal(response: Response): Promise<Trouble> {
  const problem = problemSchema.safeParse(await response.json().catch(() => undefined));
  if (!problem.success) {
    // Proxies in front of an engine answer in HTML; what they say about themselves helps nobody.
    return {
      kind: response.status >= 500 ? 'unreachable' : 'unreadable',
      sentence: `The address answered ${response.status}, but not in the engine's words. Check --url.`,
    };
  }
  const { code, title, detail, errors } = problem.data;
  const lines = (errors ?? []).slice(0, 10).map((error) => `  ${error.pointer || '/'}: ${error.detail}`);
  const advice = code === 'unauthorized' ? '\nGive your API key in MCPOVERFLOW_API_KEY.' : '';
  return {
    kind: response.status >= 500 ? 'unreachable' : 'refused',
    code,
    sentence: `${[`${title} (${code}): ${detail}`, ...lines].join('\n')}${advice}`,
  };
}
