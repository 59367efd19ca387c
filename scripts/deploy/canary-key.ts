/** The canary's key: a tenant of its own, good for an hour, and named so that a later run finds it. */
import { apiKeyText, parseApiKey } from '@mcpoverflow/types';
import { kvEntryOf, newKey } from '../keys/new-key.ts';

const LIFETIME_MS = 3_600_000;

export interface CanaryKey {
  readonly text: string;
  /** Its name and record in KV. */
  readonly entry: { readonly name: string; readonly value: string };
}

/** Makes one; `now` in epoch milliseconds. */
export async function canaryKey(now: number): Promise<CanaryKey> {
  const rights = { tenant: 'canary', scopes: ['submit', 'read'], name: 'canary of a deployment' } as const;
  const key = await newKey({ ...rights, expiresAt: new Date(now + LIFETIME_MS).toISOString() }, now);
  const id = `canary${key.id}`;
  return { text: apiKeyText({ id, secret: parseApiKey(key.text)?.secret ?? '' }), entry: kvEntryOf({ id, record: key.record }) };
}
