/**
 * The session key: with one configured, every `/api` route asks for it in `X-Session-API-Key`. Reached by
 * service binding alone, as a fresh checkout has it, the agent needs none.
 */
import type { MiddlewareHandler } from 'hono';
import { refused } from './protocol-errors.ts';

/** Compares digests, so that the time taken tells nothing about the key. */
export function requireSessionKey(expected: string | undefined): MiddlewareHandler {
  return async (c, next) => {
    if (expected !== undefined && !(await sameText(c.req.header('x-session-api-key') ?? '', expected))) throw refused(401, 'Unauthorized');
    await next();
  };
}

async function sameText(left: string, right: string): Promise<boolean> {
  const digest = (text: string): Promise<ArrayBuffer> => crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return crypto.subtle.timingSafeEqual(await digest(left), await digest(right));
}
