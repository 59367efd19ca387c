/**
 * Tells an engine of a revocation, so that it holds within half a minute and not when KV has told every
 * place. The call is made with a key for this one purpose, good for two minutes: who may write keys needs no
 * key of the operator's at hand, and the one that leaked may have been the only one. It is a key of the tenant
 * whose key is revoked: a wrong address that answers gets hold of no other tenant's.
 */
import { fail, ok, type Result } from '@mcpoverflow/types';
import * as z from 'zod';
import { connect } from '../engine/connection.ts';
import type { KeyStore, StoredKey } from './key-store.ts';
import { newKey } from './new-key.ts';

const KEY_LIFETIME_SECONDS = 120;
/** What answers otherwise is not this engine, and has revoked nothing. */
const answerSchema = (keyId: string) =>
  z.object({ keyId: z.literal(keyId), revoked: z.literal(true), effectiveWithinSeconds: z.int().min(1).max(3_600) });

/** The seconds after which nothing opens to the key any more, or why the engine does not know yet. `now` in epoch milliseconds. */
export async function announceRevocation(
  store: KeyStore,
  { id, record }: StoredKey,
  url: string,
  now: number,
): Promise<Result<number, { readonly sentence: string; readonly isSilent: boolean }>> {
  const expiresAt = new Date(now + KEY_LIFETIME_SECONDS * 1000).toISOString();
  const messenger = await newKey({ tenant: record.tenant, scopes: ['operate'], name: 'tells of a revocation', expiresAt }, now);
  const written = await store.write(messenger, KEY_LIFETIME_SECONDS);
  if (!written.ok) return fail({ sentence: written.error, isSilent: false });
  const told = await connect(url, messenger.text).read(`/api/keys/${id}/revoke`, answerSchema(id), { method: 'POST' });
  if (told.ok) return ok(told.value.effectiveWithinSeconds);
  const sentence =
    told.error.code === 'key-not-found' ? `${url} does not know this key: is it the engine of this environment?` : told.error.sentence;
  return fail({ sentence, isSilent: told.error.kind === 'unreachable' && told.error.code === undefined });
}
