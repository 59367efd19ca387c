/**
 * Decides whose call this is, and what it may do: by its API key. `AUTH=none` is honoured in the local
 * environment alone, where every call belongs to the tenant `local` and may do everything; a deployed
 * Worker without keys refuses everything but `/health`, so that a forgotten setting closes the door
 * instead of opening it.
 *
 * A web page that calls 127.0.0.1 gives its origin: without a key, only pages of this machine and of
 * `CORS_ORIGINS` may spend a secret or cancel a job by a form that they post.
 *
 * A revoked key stops within half a minute, by the word of its tenant's index, and when that is silent
 * within a minute or so, by its record in KV.
 */
import { timingSafeEqual } from 'node:crypto';
import {
  type ApiKeyRecord,
  apiKeyScopes,
  fail,
  hashApiSecret,
  isApiKeyLive,
  OPERATOR_TENANT,
  ok,
  parseApiKey,
  type Result,
  scopesOf,
} from '@mcpoverflow/types';
import { createMiddleware } from 'hono/factory';
import type { ApiContext, Env, Variables } from '../env.ts';
import { problemResponse, type Refusal } from '../problems.ts';
import { standingOf } from '../tenant-standing.ts';
import { apiKeyRecord } from './api-key-record.ts';
import { isLocal, isOpen } from './open-door.ts';
import { countFailedAuthentication } from './rate-limit.ts';

const encoder = new TextEncoder();
const LOCAL_TENANT = 'local';
/** The same for every key that does not open the door: nobody learns here which keys exist, or existed. */
const unauthorized: Refusal = {
  code: 'unauthorized',
  detail: 'Send `Authorization: Bearer <key>` with a key that is known, not expired and not revoked.',
  headers: { 'WWW-Authenticate': 'Bearer' },
};

/**
 * Compares in constant time. `node:crypto` has the one comparison that Workers and Node share; both sides
 * are digests and thus of one length. (What a comparison of digests could leak would help nobody; this way
 * nobody has to think about it.)
 */
const equalDigests = (left: string, right: string): boolean => timingSafeEqual(encoder.encode(left), encoder.encode(right));

/** The key that the call carries, and its record. */
async function keyOf(c: ApiContext): Promise<Result<{ readonly id: string; readonly record: ApiKeyRecord }, Refusal>> {
  const [, text] = /^Bearer +(\S+)$/i.exec(c.req.header('Authorization') ?? '') ?? [];
  const key = text === undefined ? undefined : parseApiKey(text);
  if (key === undefined) return fail(unauthorized);
  const hash = await hashApiSecret(key.secret);
  const now = Date.now();
  const record = await apiKeyRecord(c, key.id, now);
  if (!record.ok) return record;
  if (record.value === undefined || !equalDigests(record.value.hash, hash)) return fail(unauthorized);
  if (!isApiKeyLive(record.value, now)) return fail(unauthorized);
  // Only now, so that who knows no key makes nobody work but KV.
  const { standing } = await standingOf(c, record.value.tenant, now);
  return standing.revokedKeys.includes(key.id) ? fail(unauthorized) : ok({ id: key.id, record: record.value });
}

/** Whether the call would still be let in: for answers that go on for minutes. Who cannot be checked right now stays. */
export async function isStillLetIn(c: ApiContext): Promise<boolean> {
  if (c.get('key') === undefined) return true;
  const key = await keyOf(c);
  return key.ok || key.error.code !== 'unauthorized';
}

/** Sets `tenant`, `scopes`, `deadLetterScope` and, where there is one, `key`; or answers 401 (403 to pages of other origins); 503 when nobody can tell. Needs `settings`. */
export const authenticate = createMiddleware<{ Bindings: Env; Variables: Variables }>(async (c, next) => {
  if (c.req.path === '/health') return next();
  if (isOpen(c)) {
    const origin = c.req.header('Origin');
    if (origin !== undefined && !isLocal(origin) && !c.get('settings').CORS_ORIGINS.includes(origin)) {
      return problemResponse(c, { code: 'forbidden', detail: 'Web pages of other origins may not call. List them in CORS_ORIGINS.' });
    }
    c.set('tenant', LOCAL_TENANT);
    c.set('scopes', apiKeyScopes);
    c.set('deadLetterScope', { tenant: null });
    return next();
  }
  const key = await keyOf(c);
  if (!key.ok) {
    if (key.error.code === 'unauthorized') await countFailedAuthentication(c);
    return problemResponse(c, key.error);
  }
  const { id, record } = key.value;
  const { tenant, rateClass = 'standard' } = record;
  c.set('key', { id, rateClass });
  c.set('tenant', tenant);
  c.set('scopes', scopesOf(record));
  c.set('deadLetterScope', { tenant: tenant === OPERATOR_TENANT ? null : tenant });
  return next();
});
