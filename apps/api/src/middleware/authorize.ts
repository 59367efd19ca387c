/** Lets a call through whose key has the scope of the route: what a key may do is said once, beside each address. */
import type { ApiKeyScope } from '@mcpoverflow/types';
import { createMiddleware } from 'hono/factory';
import type { Env, Variables } from '../env.ts';
import { problemResponse } from '../problems.ts';

/** Answers 403, naming the scope (RFC 6750, section 3.1), unless the call has it. Null: none is needed. Needs `authenticate`. */
export const authorize = (scope: ApiKeyScope | null) =>
  createMiddleware<{ Bindings: Env; Variables: Variables }>(async (c, next) => {
    if (scope === null || c.get('scopes').includes(scope)) return next();
    return problemResponse(c, {
      code: 'forbidden',
      detail: `This needs a key with the scope \`${scope}\`.`,
      headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
    });
  });
