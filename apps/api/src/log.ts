/**
 * One structured line a happening, in the form of the consumer's, so that an operator follows a request
 * from the call to the end of its job in one search. Only what is listed is written: no bodies, no
 * headers, no keys.
 */
import type { ApiContext } from './env.ts';

export interface LogFields {
  /** The request that was served; the caller holds the same name in `X-Request-Id`. */
  readonly requestId: string;
  readonly tenant?: string;
  /** The id in an API key, which is no secret: who has to revoke a key finds its calls by it. */
  readonly keyId?: string;
  readonly jobId?: string;
  readonly jobIds?: readonly string[];
  readonly type?: string;
  readonly outcome?: string;
  readonly traceparent?: string;
  /** The Durable Object that was called: a job's id, or a tenant. */
  readonly object?: string;
  readonly replayId?: string;
  readonly method?: string;
  /** As the documentation writes it: `/api/jobs/{jobId}`. */
  readonly route?: string;
  readonly status?: number;
  /** Why a call was refused. */
  readonly code?: string;
  readonly durationMs?: number;
  /** Host name of a webhook, never more of its URL: the rest can hold secrets. */
  readonly host?: string;
  readonly error?: string;
}

/** Writes one line at the given level. `message` is fixed text, so that it can be searched for and counted. */
export function log(level: 'info' | 'warn' | 'error', message: string, fields: LogFields): void {
  console[level](JSON.stringify({ level, message, ...fields }));
}

/** Which call a line is about: in every line. Tenant and key are unknown before the key was checked. */
export function aboutRequest(
  c: ApiContext,
): Pick<LogFields, 'requestId' | 'tenant' | 'keyId' | 'traceparent'> & { readonly requestId: string } {
  const tenant: string | undefined = c.get('tenant');
  const keyId: string | undefined = c.get('key')?.id;
  const traceparent: string | undefined = c.get('traceparent');
  return {
    requestId: c.get('requestId'),
    ...(tenant === undefined ? {} : { tenant }),
    ...(keyId === undefined ? {} : { keyId }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

/**
 * An unknown thrown value in one line, without a stack: stacks of foreign errors can quote their input. Addresses
 * are left out, because a fault of the network quotes the one it was about, and that can hold a key.
 */
export const describeError = (error: unknown): string =>
  (error instanceof Error ? `${error.name}: ${error.message}` : String(error))
    .replace(/\b[a-z][a-z+.-]*:\/\/[^\s"'<>)]*/gi, '(address)')
    .slice(0, 300);
