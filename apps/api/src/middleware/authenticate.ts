/**
 * Decides whose call this is, and what it may do: by its API key. `AUTH=none` is honoured in the local
 * environment alone, where every call belongs to the tenant `local` and may do everything; a deployed
 * Worker without keys refuses everything but `/health`, so that a forgotten setting closes the door
 * instead of opening it.
 *
 * The local environment is also known by its address: a Worker deployed with the local settings is
 * called by another host name, and so is an engine on this machine by a web page that had its own
 * name resolve to 127.0.0.1. A page that calls 127.0.0.1 itself gives its origin: without a key, only
 * pages of this machine and of `CORS_ORIGINS` may spend a secret or cancel a job by a form that they post.
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
import { apiKeyRecord } from './api-key-record.ts';

const encoder = new TextEncoder();
const LOCAL_TENANT = 'local';
const loopbackHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

const isLocal = (origin: string): boolean => URL.canParse(origin) && loopbackHosts.has(new URL(origin).hostname);

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

/** The record of the key that the call carries. */
async function keyOf(c: ApiContext): Promise<Result<ApiKeyRecord, Refusal>> {
  const [, text] = /^Bearer +(\S+)$/i.exec(c.req.header('Authorization') ?? '') ?? [];
  const key = text === undefined ? undefined : parseApiKey(text);
  if (key === undefined) return fail(unauthorized);
  const hash = await hashApiSecret(key.secret);
  const now = Date.now();
  const record = await apiKeyRecord(c, key.id, now);
  if (!record.ok) return record;
  if (record.value === undefined || !equalDigests(record.value.hash, hash)) return fail(unauthorized);
  return isApiKeyLive(record.value, now) ? ok(record.value) : fail(unauthorized);
}

/** Sets `tenant`, `scopes` and `deadLetterScope`, or answers 401 (403 to pages of other origins); 503 when nobody can tell. Needs `settings`. */
export const authenticate = createMiddleware<{ Bindings: Env; Variables: Variables }>(async (c, next) => {
  if (c.req.path === '/health') return next();
  const { AUTH, CORS_ORIGINS, ENVIRONMENT } = c.get('settings');
  if (AUTH === 'none' && ENVIRONMENT === 'local' && loopbackHosts.has(new URL(c.req.url).hostname)) {
    const origin = c.req.header('Origin');
    if (origin !== undefined && !isLocal(origin) && !CORS_ORIGINS.includes(origin)) {
      return problemResponse(c, { code: 'forbidden', detail: 'Web pages of other origins may not call. List them in CORS_ORIGINS.' });
    }
    c.set('tenant', LOCAL_TENANT);
    c.set('scopes', apiKeyScopes);
    c.set('deadLetterScope', { tenant: null });
    return next();
  }
  const key = await keyOf(c);
  if (!key.ok) return problemResponse(c, key.error);
  const { tenant } = key.value;
  c.set('tenant', tenant);
  c.set('scopes', scopesOf(key.value));
  c.set('deadLetterScope', { tenant: tenant === OPERATOR_TENANT ? null : tenant });
  return next();
});
