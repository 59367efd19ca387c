/**
 * Identifiers. Every id that must survive a retry is derived, not drawn: the same inputs give the
 * same UUID, so a caller that crashed half-way meets its own earlier work instead of doubling it.
 *
 * No I/O, no clock: Web Crypto digests only.
 */
import * as z from 'zod';

/** A UUID in the dashed lower-case form. Upper case is accepted and lowered: ids are compared as text. */
export const uuidSchema = z
  .string()
  .regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, 'must be a UUID')
  .transform((text) => text.toLowerCase())
  .meta({ id: 'Uuid', format: 'uuid', description: 'A UUID in dashed form.' });

/**
 * Derives a UUID (version 8, RFC 9562 section 5.8) from an ordered list of parts.
 * Parts are length-prefixed before hashing, so ("ab","c") and ("a","bc") never meet.
 */
export async function deriveUuid(...parts: readonly string[]): Promise<string> {
  const joined = parts.map((part) => `${part.length}:${part}`).join('|');
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(joined)));
  const bytes = digest.slice(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** The job's id for an Idempotency-Key: one per (tenant, route, key), so the Job itself decides what is a repeat. */
export function jobIdForKey(tenant: string, route: string, key: string): Promise<string> {
  return deriveUuid('job', tenant, route, key);
}
