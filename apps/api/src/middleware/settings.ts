/** Parses the Worker's vars once a request, so that everything behind it deals in checked values. */
import { createMiddleware } from 'hono/factory';
import { type Env, readSettings, type Variables } from '../env.ts';

export const settings = createMiddleware<{ Bindings: Env; Variables: Variables }>(async (c, next) => {
  c.set('settings', readSettings(c.env));
  await next();
});
