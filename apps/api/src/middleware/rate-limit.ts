/**
 * Refuses who calls too often: by address before authentication, by key after it. The counting is the
 * platform's, which answers yes or no and nothing else, so a refusal names the longest wait that can be
 * needed (`RateLimit` and `RateLimit-Policy`: draft-ietf-httpapi-ratelimit-headers-10).
 *
 * What cannot be counted is let through: a limiter that is down must not take the engine with it.
 */
import { createMiddleware } from 'hono/factory';
import type { ApiContext, Env, Variables } from '../env.ts';
import { aboutRequest, describeError, log } from '../log.ts';
import { problemResponse } from '../problems.ts';
import { addressPolicy, FAILED_AUTHENTICATION_CALLS, keyPolicies, type RatePolicy } from '../rate-policies.ts';
import { within } from '../within.ts';
import { networkOf } from './network-of.ts';
import { isOpen } from './open-door.ts';

const COUNT_LIMIT_MS = 500;

/** Counts one call of `who`; false when that is one too many. */
async function count(c: ApiContext, policy: RatePolicy, who: string): Promise<boolean> {
  const limiter = c.env[policy.binding];
  try {
    if (limiter === undefined) throw new Error(`${policy.binding} is not bound`);
    const { success } = await within(limiter.limit({ key: who }), COUNT_LIMIT_MS, 'the rate limiter');
    return success;
  } catch (error) {
    log('error', 'rate not limited', { ...aboutRequest(c), error: describeError(error) });
    return true;
  }
}

function refuse(c: ApiContext, { name, calls, seconds }: RatePolicy): Response {
  return problemResponse(c, {
    code: 'rate-limited',
    detail: `No more than ${calls} calls in ${seconds} seconds (limit "${name}"). Please wait ${seconds} seconds.`,
    headers: { 'Retry-After': String(seconds), RateLimit: `"${name}";r=0;t=${seconds}` },
  });
}

const announce = (c: ApiContext, { name, calls, seconds }: RatePolicy): void =>
  c.res.headers.append('RateLimit-Policy', `"${name}";q=${calls};w=${seconds}`);

/** The caller's network; undefined for a call that did not come over the platform's edge. */
const callerOf = (c: ApiContext): string | undefined => {
  const address = c.req.header('CF-Connecting-IP');
  return address === undefined ? undefined : networkOf(address);
};

/** Answers 429 to an address that calls too often. Needs `settings`. */
export const limitByAddress = createMiddleware<{ Bindings: Env; Variables: Variables }>(async (c, next) => {
  if (isOpen(c)) return next();
  const caller = callerOf(c);
  if (caller === undefined || (await count(c, addressPolicy, caller))) await next();
  else c.res = refuse(c, addressPolicy);
  announce(c, addressPolicy);
});

/** Counts the rest of what a failed authentication costs its address. */
export async function countFailedAuthentication(c: ApiContext): Promise<void> {
  const caller = callerOf(c);
  if (caller === undefined) return;
  await Promise.all(Array.from({ length: FAILED_AUTHENTICATION_CALLS - 1 }, () => count(c, addressPolicy, caller)));
}

/** Answers 429 to a key that calls too often, by its rate class. Needs `authenticate`. */
export const limitByKey = createMiddleware<{ Bindings: Env; Variables: Variables }>(async (c, next) => {
  const key = c.get('key');
  if (key === undefined) return next();
  const policy = keyPolicies[key.rateClass];
  if (await count(c, policy, key.id)) await next();
  else c.res = refuse(c, policy);
  announce(c, policy);
});
