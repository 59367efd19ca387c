/**
 * Names every request: the caller's `X-Request-Id` when it is harmless text, else a random one. It is
 * in every answer, every problem and every log line.
 */
import { createMiddleware } from 'hono/factory';
import type { Env, Variables } from '../env.ts';

const HARMLESS = /^[A-Za-z0-9._-]{1,128}$/;

/** Sets `requestId` and the answer's `X-Request-Id`. Comes first: everything behind it may fail and must be named. */
export const requestId = createMiddleware<{ Bindings: Env; Variables: Variables }>(async (c, next) => {
  const offered = c.req.header('X-Request-Id');
  const id = offered !== undefined && HARMLESS.test(offered) ? offered : crypto.randomUUID();
  c.set('requestId', id);
  await next();
  c.res.headers.set('X-Request-Id', id);
});
