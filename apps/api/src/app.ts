/**
 * Builds the HTTP application from a list of routes: middleware in order, the routes, and the answers
 * for whatever is no route. Nothing here knows what a job is.
 */
import { Hono } from 'hono';
import type { Env, Variables } from './env.ts';
import { aboutRequest, describeError, log } from './log.ts';
import { acceptJobs } from './middleware/accept-jobs.ts';
import { authenticate } from './middleware/authenticate.ts';
import { authorize } from './middleware/authorize.ts';
import { cors, preflight } from './middleware/cors.ts';
import { limitByAddress, limitByKey } from './middleware/rate-limit.ts';
import { requestId } from './middleware/request-id.ts';
import { requestLimits } from './middleware/request-limits.ts';
import { requestLog } from './middleware/request-log.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import { settings } from './middleware/settings.ts';
import { problemResponse } from './problems.ts';
import type { Route } from './route.ts';
import { openhandsHook } from './routes/openhands-hook.ts';

const honoPath = (path: string): string => path.replace(/\{(\w+)\}/g, ':$1');

/** `Allow` of an address; HEAD is served wherever GET is. */
const allowOf = (routes: readonly Route[]): string =>
  routes.flatMap((route) => (route.method === 'get' ? ['GET', 'HEAD'] : [route.method.toUpperCase()])).join(', ');

/** The application that serves `routes`. */
export function createApp(routes: readonly Route[]) {
  const app = new Hono<{ Bindings: Env; Variables: Variables }>();
  app.use(requestId, requestLog, securityHeaders, requestLimits, settings, openhandsHook, cors);
  app.use(limitByAddress, preflight, authenticate, limitByKey);

  // Addresses without parameters come first, so that `/api/jobs/batch` is never taken for a job's id.
  const addresses = [...Map.groupBy(routes, (route) => route.path)];
  const hasParameters = ([path]: readonly [string, unknown]): boolean => path.includes('{');
  for (const [path, siblings] of [...addresses.filter((one) => !hasParameters(one)), ...addresses.filter(hasParameters)]) {
    for (const { method, scope, startsJobs, handler } of siblings) {
      app.on(method.toUpperCase(), honoPath(path), authorize(scope));
      if (startsJobs === true) app.on(method.toUpperCase(), honoPath(path), acceptJobs);
      app.on(method.toUpperCase(), honoPath(path), (c) => handler(c));
    }
    const allow = allowOf(siblings);
    app.all(honoPath(path), (c) =>
      problemResponse(c, { code: 'method-not-allowed', detail: `${c.req.path} takes ${allow}.`, headers: { Allow: allow } }),
    );
  }

  app.notFound((c) => problemResponse(c, { code: 'route-not-found', detail: 'See /docs for the addresses there are.' }));
  app.onError((error, c) => {
    const requestId = c.get('requestId');
    log('error', 'unhandled fault', { ...aboutRequest(c), method: c.req.method, error: describeError(error) });
    return problemResponse(c, { code: 'internal', detail: `Nothing you can mend. Please report request ${requestId}.` });
  });
  return app;
}
