/**
 * Parses the Worker's vars once a request, so that everything behind it deals in checked values. A Worker
 * set up wrongly must not guess: it serves nothing, and says which variable is at fault.
 */
import { createMiddleware } from 'hono/factory';
import type { Env, Variables } from '../env.ts';
import { aboutRequest, log } from '../log.ts';
import { problemResponse, unavailable } from '../problems.ts';
import { unhealthyResponse } from '../routes/health.ts';
import { parseSettings } from '../settings.ts';

/** Sets `settings`, or answers 503 with the name of the broken variable; `/health` in its own shape. */
export const settings = createMiddleware<{ Bindings: Env; Variables: Variables }>(async (c, next) => {
  const parsed = parseSettings(c.env);
  if (parsed.ok) {
    c.set('settings', parsed.value);
    return next();
  }
  const sentence = `The api Worker is set up wrongly: ${parsed.error}`;
  log('error', 'settings not readable', { ...aboutRequest(c), error: parsed.error });
  if (c.req.path === '/health') return unhealthyResponse(c, c.env.ENVIRONMENT ?? '', sentence);
  return problemResponse(c, unavailable(sentence));
});
