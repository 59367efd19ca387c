/**
 * Makes API keys. Nothing is stored here: whoever asked shows the text once and puts the record into KV.
 * `npm run keys` does so, and a first deployment for the key it ends with.
 */
import { randomBytes } from 'node:crypto';
import { type ApiKeyRecord, type ApiKeyScope, apiKeyName, apiKeyText, hashApiSecret, type RateClass } from '@mcpoverflow/types';

/** Names a key among others; no secret, so short enough to be read. */
const ID_BYTES = 10;
/** What a fast hash needs to be safe: nobody finds 32 random bytes by trying. */
const SECRET_BYTES = 32;

/** What a key is to be allowed. */
export interface KeyRights {
  readonly tenant: string;
  readonly scopes: readonly ApiKeyScope[];
  readonly rateClass?: RateClass | undefined;
  readonly name?: string | undefined;
  /** ISO time. */
  readonly expiresAt?: string | undefined;
}

export interface NewKey {
  readonly id: string;
  /** The key as its owner writes it: the only time that anybody sees it. */
  readonly text: string;
  readonly record: ApiKeyRecord;
}

/** Makes a key with these rights; `now` in epoch milliseconds. */
export async function newKey({ tenant, scopes, rateClass, name, expiresAt }: KeyRights, now: number): Promise<NewKey> {
  const id = randomBytes(ID_BYTES).toString('hex');
  const secret = randomBytes(SECRET_BYTES).toString('hex');
  const record: ApiKeyRecord = {
    v: 1,
    hash: await hashApiSecret(secret),
    tenant,
    scopes: [...scopes],
    createdAt: new Date(now).toISOString(),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(rateClass === undefined ? {} : { rateClass }),
    ...(name === undefined ? {} : { name }),
  };
  return { id, text: apiKeyText({ id, secret }), record };
}

/** The record as KV holds it: `wrangler kv key put <name> <value>`. */
export const kvEntryOf = ({ id, record }: Pick<NewKey, 'id' | 'record'>): { readonly name: string; readonly value: string } => ({
  name: apiKeyName(id),
  value: JSON.stringify(record),
});
