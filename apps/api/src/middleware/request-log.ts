/**
 * One line for every call, once it is answered: which address as the documentation writes it, how it went,
 * whose it was. Never the address as it was called: the path and its query can hold ids, cursors and secrets.
 */
import { traceparentOf, writeAnalytics } from '@mcpoverflow/types';
import { createMiddleware } from 'hono/factory';
import { matchedRoutes } from 'hono/route';
import type { ApiContext, Env, Variables } from '../env.ts';
import { aboutRequest, log } from '../log.ts';

/** Sets `traceparent`, and logs the call. A stream is logged when it begins. Comes right after `requestId`, so that it sees every answer. */
export const requestLog = createMiddleware<{ Bindings: Env; Variables: Variables }>(async (c, next) => {
  const startedAt = Date.now();
  c.set('traceparent', traceparentOf(c.req.header('traceparent')));
  await next();
  const { status } = c.res;
  const about = aboutRequest(c);
  const route = routeOf(c);
  const code = c.get('problem');
  log(status >= 500 ? 'warn' : 'info', 'request', {
    ...about,
    method: c.req.method,
    route,
    status,
    ...(code === undefined ? {} : { code }),
    durationMs: Date.now() - startedAt,
  });
  if (status !== 429) return;
  const { tenant } = about;
  writeAnalytics(c.env.ANALYTICS, { event: 'rate-limited', ...(tenant === undefined ? {} : { tenant }), route, httpStatus: status });
});

/** The first address that takes the path, whoever answered: a call that was refused on its way there was meant for it. */
function routeOf(c: ApiContext): string {
  const meant = matchedRoutes(c).find(({ path }) => !path.endsWith('*'))?.path;
  if (meant !== undefined) return meant.replace(/:(\w+)/g, '{$1}');
  return /^\/+hooks\//i.test(c.req.path) ? '/hooks/***' : 'none';
}
