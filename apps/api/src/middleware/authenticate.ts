/**
 * Decides whose call this is. `AUTH=none` is honoured in the local environment alone, where every
 * call belongs to the tenant `local`; a deployed Worker refuses everything but `/health`, so that a
 * forgotten setting closes the door instead of opening it.
 *
 * The local environment is also known by its address: a Worker deployed with the local settings is
 * called by another host name, and so is an engine on this machine by a web page that had its own
 * name resolve to 127.0.0.1.
 */
import { createMiddleware } from 'hono/factory';
import type { Env, Variables } from '../env.ts';
import { problemResponse } from '../problems.ts';

const LOCAL_TENANT = 'local';
const loopbackHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Sets `tenant`, or answers 401. Needs `settings`. */
export const authenticate = createMiddleware<{ Bindings: Env; Variables: Variables }>(async (c, next) => {
  const { AUTH, ENVIRONMENT } = c.get('settings');
  if (AUTH === 'none' && ENVIRONMENT === 'local' && loopbackHosts.has(new URL(c.req.url).hostname)) {
    c.set('tenant', LOCAL_TENANT);
    return next();
  }
  if (c.req.path === '/health') return next();
  return problemResponse(c, {
    code: 'unauthorized',
    detail: 'Send `Authorization: Bearer <key>`.',
    headers: { 'WWW-Authenticate': 'Bearer' },
  });
});
