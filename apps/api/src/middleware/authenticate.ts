/**
 * Decides whose call this is. `AUTH=none` is honoured in the local environment alone, where every
 * call belongs to the tenant `local`; a deployed Worker refuses everything but `/health`, so that a
 * forgotten setting closes the door instead of opening it.
 *
 * The local environment is also known by its address: a Worker deployed with the local settings is
 * called by another host name, and so is an engine on this machine by a web page that had its own
 * name resolve to 127.0.0.1. A page that calls 127.0.0.1 itself gives its origin: without a key, only
 * pages of this machine and of `CORS_ORIGINS` may spend a secret or cancel a job by a form that they post.
 */
import { createMiddleware } from 'hono/factory';
import type { Env, Variables } from '../env.ts';
import { problemResponse } from '../problems.ts';

const LOCAL_TENANT = 'local';
const loopbackHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

const isLocal = (origin: string): boolean => URL.canParse(origin) && loopbackHosts.has(new URL(origin).hostname);

/** Sets `tenant`, or answers 401 or 403. Needs `settings`. */
export const authenticate = createMiddleware<{ Bindings: Env; Variables: Variables }>(async (c, next) => {
  if (c.req.path === '/health') return next();
  const { AUTH, CORS_ORIGINS, ENVIRONMENT } = c.get('settings');
  if (AUTH === 'none' && ENVIRONMENT === 'local' && loopbackHosts.has(new URL(c.req.url).hostname)) {
    const origin = c.req.header('Origin');
    if (origin !== undefined && !isLocal(origin) && !CORS_ORIGINS.includes(origin)) {
      return problemResponse(c, { code: 'forbidden', detail: 'Web pages of other origins may not call. List them in CORS_ORIGINS.' });
    }
    c.set('tenant', LOCAL_TENANT);
    return next();
  }
  return problemResponse(c, {
    code: 'unauthorized',
    detail: 'Send `Authorization: Bearer <key>`.',
    headers: { 'WWW-Authenticate': 'Bearer' },
  });
});
