/**
 * What every answer tells a browser: believe the content type, show me in no frame, run nothing of me, tell
 * nobody where you were, keep no copy. An answer that says something of its own (the documentation may be
 * kept and has styles) keeps it.
 */
import { createMiddleware } from 'hono/factory';
import type { Env, Variables } from '../env.ts';

const always: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
};
const unlessSaid: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
};
/** A year. Not for the subdomains of whoever lends the engine a name. */
const TRANSPORT_SECURITY = 'max-age=31536000';

/** Adds them to every answer, `Strict-Transport-Security` where deployed. */
export const securityHeaders = createMiddleware<{ Bindings: Env; Variables: Variables }>(async (c, next) => {
  await next();
  const { headers } = c.res;
  for (const [name, value] of Object.entries(always)) headers.set(name, value);
  for (const [name, value] of Object.entries(unlessSaid)) if (!headers.has(name)) headers.set(name, value);
  if (c.env.ENVIRONMENT !== 'local') headers.set('Strict-Transport-Security', TRANSPORT_SECURITY);
});
