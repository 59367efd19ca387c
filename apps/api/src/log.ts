/**
 * One structured line a happening, in the form of the consumer's, so that an operator follows a request
 * from the call to the end of its job in one search. Only what is listed is written: no bodies, no
 * headers, no keys.
 */
export interface LogFields {
  /** The request that was served; the caller holds the same name in `X-Request-Id`. */
  readonly requestId: string;
  readonly jobId?: string;
  readonly jobIds?: readonly string[];
  readonly type?: string;
  readonly outcome?: string;
  readonly traceparent?: string;
  /** The Durable Object that was called: a job's id, or a tenant. */
  readonly object?: string;
  readonly replayId?: string;
  readonly method?: string;
  readonly path?: string;
  /** Host name of a webhook, never more of its URL: the rest can hold secrets. */
  readonly host?: string;
  readonly error?: string;
}

/** Writes one line at the given level. `message` is fixed text, so that it can be searched for and counted. */
export function log(level: 'info' | 'warn' | 'error', message: string, fields: LogFields): void {
  console[level](JSON.stringify({ level, message, ...fields }));
}

/** An unknown thrown value in one line, without a stack: stacks of foreign errors can quote their input. */
export const describeError = (error: unknown): string =>
  (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 300);
