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

/** Answers preflights and marks answers for the listed origins; the others see no header at all. Needs `settings`. */
export const cors = createMiddleware<{ Bindings: Env; Variables: Variables }>(async (c, next) => {
  const origins = c.get('settings').CORS_ORIGINS;
  if (origins.length === 0) return next();
  return honoCors({
    origin: (origin) => (origins.includes(origin) ? origin : null),
    credentials: true,
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
    exposeHeaders: exposed,
    maxAge: 600,
  })(c, next);
});
