/**
 * A tenant's webhook secrets and default webhook: one object per tenant.
 *
 * Secrets live here and not in KV, so that whoever can read KV (a backup, a leaked token of the wrong
 * scope, `wrangler kv`) can sign nothing. They leave this object in two ways: once to their owner, and to
 * the worker that signs a call, at the moment it signs.
 */
import { DurableObject } from 'cloudflare:workers';
import {
  type TenantWebhooksRpc,
  type Webhook,
  type WebhookSecret,
  type WebhookSecretDescription,
  webhookEventSchema,
} from '@mcpoverflow/types';
import { isSecret, secretFrom } from '@mcpoverflow/webhooks';
import * as z from 'zod';
import { within } from '../deadline.ts';
import type { Env } from '../env.ts';
import { iso } from '../iso-time.ts';

const SCHEMA_VERSION = 1;
/** Standard Webhooks 1.0.0 allows 24 to 64. */
const SECRET_BYTES = 32;
/** Each live key adds a signature to every call; rotating again and again ends the oldest early. */
const MAX_LIVE_KEYS = 5;

const time = z.number();
const keySchema = z.object({
  id: z.string(),
  secret: z.string().refine(isSecret),
  createdAt: time,
  shownAt: time.nullable(),
  expiresAt: time.nullable(),
});
type Key = z.infer<typeof keySchema>;

/** One row: what the tenant has set. Newest key first. */
const storedSchema = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION),
  keys: z.array(keySchema),
  /** What was judged when it was set is not judged again when it is read: not the schema of a request. */
  defaultWebhook: z.object({ url: z.string(), events: z.array(webhookEventSchema).optional() }).nullable(),
});
type Stored = z.infer<typeof storedSchema>;

const nothing: Stored = { schemaVersion: SCHEMA_VERSION, keys: [], defaultWebhook: null };

/** The secrets that sign a tenant's calls right now. The first call ever makes the first one. Rejects after `timeoutMs`. */
export const secretsOf =
  (env: Env, timeoutMs: number) =>
  (tenant: string): Promise<readonly string[]> => {
    const webhooks = env.TENANT_WEBHOOKS.get(env.TENANT_WEBHOOKS.idFromName(tenant));
    return within<readonly string[]>(webhooks.signingSecrets(), timeoutMs, 'the store of webhook secrets');
  };

export class TenantWebhooks extends DurableObject<Env> implements TenantWebhooksRpc {
  async describeSecret(): Promise<WebhookSecretDescription> {
    return describe(this.#read().keys);
  }

  async createSecret(): Promise<{ readonly kind: 'created'; readonly secret: WebhookSecret } | { readonly kind: 'exists' }> {
    const now = Date.now();
    const stored = this.#read();
    const [newest, ...older] = stored.keys;
    if (newest !== undefined && newest.shownAt !== null) return { kind: 'exists' };
    // A call was signed before anybody asked for the secret: the key is there, only nobody knows it.
    const key: Key = { ...(newest ?? newKey(now)), shownAt: now };
    const keys = [key, ...older];
    this.#write({ ...stored, keys });
    return { kind: 'created', secret: { ...describe(keys), secret: key.secret } };
  }

  async rotateSecret(overlapMs: number): Promise<WebhookSecret> {
    const now = Date.now();
    const stored = this.#read();
    const key: Key = { ...newKey(now), shownAt: now };
    const expiring = stored.keys.map((old) => ({ ...old, expiresAt: Math.min(old.expiresAt ?? now + overlapMs, now + overlapMs) }));
    const keys = [key, ...expiring.filter((old) => isLive(old, now))].slice(0, MAX_LIVE_KEYS);
    this.#write({ ...stored, keys });
    return { ...describe(keys), secret: key.secret };
  }

  async defaultWebhook(): Promise<Webhook | null> {
    return this.#read().defaultWebhook;
  }

  async setDefaultWebhook(webhook: Webhook | null): Promise<void> {
    this.#write({ ...this.#read(), defaultWebhook: webhook });
  }

  /** For the worker that signs a call, and nobody else. */
  async signingSecrets(): Promise<readonly string[]> {
    const now = Date.now();
    const stored = this.#read();
    if (stored.keys.length > 0) return stored.keys.map(({ secret }) => secret);
    const key = newKey(now);
    this.#write({ ...stored, keys: [key] });
    return [key.secret];
  }

  /** Expired keys are gone for every reader; the row is rid of them at the next write. */
  #read(): Stored {
    const row = this.ctx.storage.kv.get('webhooks');
    const stored = row === undefined ? nothing : storedSchema.parse(row);
    const now = Date.now();
    return { ...stored, keys: stored.keys.filter((key) => isLive(key, now)) };
  }

  #write(stored: Stored): void {
    this.ctx.storage.kv.put('webhooks', stored);
  }
}

const isLive = ({ expiresAt }: Key, now: number): boolean => expiresAt === null || now < expiresAt;

const newKey = (now: number): Key => ({
  id: crypto.randomUUID(),
  secret: secretFrom(crypto.getRandomValues(new Uint8Array(SECRET_BYTES))),
  createdAt: now,
  shownAt: null,
  expiresAt: null,
});

const describe = (keys: readonly Key[]): WebhookSecretDescription => ({
  keys: keys.map(({ id, createdAt, shownAt, expiresAt }) => ({
    id,
    createdAt: iso(createdAt),
    ...(shownAt === null ? {} : { shownAt: iso(shownAt) }),
    ...(expiresAt === null ? {} : { expiresAt: iso(expiresAt) }),
  })),
});
