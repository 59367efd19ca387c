/**
 * API keys: how they read, what is kept of them, and what they may do. The api checks keys and whoever
 * administers the engine makes them, both from here.
 *
 * Only a hash of the secret is kept, and a fast one: a secret is at least 32 random bytes, which nobody
 * finds by trying, so a slow hash would make every call dearer and nothing safer.
 *
 * No I/O, no clock: Web Crypto digests only.
 */
import * as z from 'zod';

export const apiKeyScopes = ['submit', 'read', 'operate'] as const;
export const apiKeyScopeSchema = z.enum(apiKeyScopes).meta({ id: 'ApiKeyScope' });
export type ApiKeyScope = z.infer<typeof apiKeyScopeSchema>;

/** How much a key may call: `standard` unless its owner was given more. The limits themselves are the api's. */
export const rateClasses = ['standard', 'high'] as const;
export const rateClassSchema = z.enum(rateClasses);
export type RateClass = z.infer<typeof rateClassSchema>;

/** The tenant of who operates the engine: sees everybody's dead letters, owns no jobs. */
export const OPERATOR_TENANT = '*';

/** What KV keeps of a key, as JSON under {@link apiKeyName}. */
export const apiKeyRecordSchema = z.object({
  v: z.literal(1),
  /** Hex SHA-256 of the secret. */
  hash: z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hex'),
  tenant: z.string().regex(/^(\*|[A-Za-z0-9._-]{1,128})$/, 'must be "*" or 1 to 128 letters, digits, dots, dashes and underscores'),
  scopes: z.array(apiKeyScopeSchema).min(1),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().optional(),
  revokedAt: z.iso.datetime().optional(),
  /** Which limits count for its calls; without one, and for one that only a later release knows, those of `standard`. */
  rateClass: rateClassSchema.optional().catch(undefined),
  /** Written by a rotation, which brings the end forward: the end that the key was to have before, none where it was to have none. */
  beforeRotation: z.object({ expiresAt: z.iso.datetime().optional() }).optional(),
  /** For whoever looks at a list of keys: where it is used, or by whom. */
  name: z.string().min(1).max(100).optional(),
});
export type ApiKeyRecord = z.infer<typeof apiKeyRecordSchema>;

export interface ApiKey {
  /** Names the key in KV and in logs; no secret. */
  readonly id: string;
  readonly secret: string;
}

/** 43 characters of base62 or 64 of hex are 32 bytes. */
const KEY = /^mcp_([A-Za-z0-9]{16,64})_([A-Za-z0-9]{43,128})$/;

/** A key as its owner writes it. */
export const apiKeyText = ({ id, secret }: ApiKey): string => `mcp_${id}_${secret}`;

/** The parts of a key; undefined for a text that is none. */
export function parseApiKey(text: string): ApiKey | undefined {
  const [, id, secret] = KEY.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** Where KV keeps the record of a key. */
export const apiKeyName = (id: string): string => `key:${id}`;

/** What is kept of a secret: hex SHA-256. */
export async function hashApiSecret(secret: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret)));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Neither revoked nor expired. `now` in epoch milliseconds; a revocation counts whenever it is dated. */
export const isApiKeyLive = ({ revokedAt, expiresAt }: ApiKeyRecord, now: number): boolean =>
  revokedAt === undefined && (expiresAt === undefined || now < Date.parse(expiresAt));

/** What a key may do. The engine's operator has no jobs to submit or read, whatever the record says. */
export const scopesOf = ({ tenant, scopes }: ApiKeyRecord): readonly ApiKeyScope[] =>
  tenant === OPERATOR_TENANT ? scopes.filter((scope) => scope === 'operate') : scopes;
