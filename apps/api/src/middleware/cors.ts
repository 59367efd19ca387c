/**
 * Lets browsers of the listed origins in (`CORS_ORIGINS`). No origin is listed by default: a wildcard
 * would let any page spend its visitor's key.
 */
import { cors as honoCors } from 'hono/cors';
import { createMiddleware } from 'hono/factory';
import type { Env, Variables } from '../env.ts';

const exposed = [
  'Location',
  'Link',
  'Retry-After',
  'RateLimit',
  'RateLimit-Policy',
  'Preference-Applied',
  'X-Request-Id',
  'Content-Disposition',
];

const browsers = (origins: readonly string[]) =>
  honoCors({
    origin: (origin) => (origins.includes(origin) ? origin : null),
    credentials: true,
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
    exposeHeaders: exposed,
    maxAge: 600,
  });

/** Marks answers for the listed origins, refusals included; the others see no header at all. Needs `settings`. */
export const cors = createMiddleware<{ Bindings: Env; Variables: Variables }>(async (c, next) => {
  const origins = c.get('settings').CORS_ORIGINS;
  return origins.length === 0 || c.req.method === 'OPTIONS' ? next() : browsers(origins)(c, next);
});

/** Answers preflights. They carry no key, so they come after the limit of addresses, the only one that counts for them. Needs `settings`. */
export const preflight = createMiddleware<{ Bindings: Env; Variables: Variables }>(async (c, next) => {
  const origins = c.get('settings').CORS_ORIGINS;
  return origins.length > 0 && c.req.method === 'OPTIONS' ? browsers(origins)(c, next) : next();
});
