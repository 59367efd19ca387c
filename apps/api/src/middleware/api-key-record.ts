/**
 * Reads what is kept of an API key. Every call needs it, so an isolate keeps it for 15 s, and KV in each
 * place for 30 s more, the least it takes. So a change in KV counts within a minute where KV keeps to its
 * times, which it does not promise; that a key was revoked is therefore told by its tenant's index, too
 * (tenant-standing.ts). That a key is unknown an isolate keeps for 5 s, enough to stop a
 * client in a loop. Invented ids cost one KV read each, no more than a wrong secret does.
 *
 * Known and unknown keys are kept apart, so that somebody who tries thousands of invented ones drives
 * out only the invented ones.
 */
import { type ApiKeyRecord, apiKeyName, apiKeyRecordSchema, fail, ok, parseJson, type Result } from '@mcpoverflow/types';
import type { ApiContext, Env } from '../env.ts';
import { aboutRequest, describeError, log } from '../log.ts';
import { type Refusal, unavailable } from '../problems.ts';
import { within } from '../within.ts';

const KEEP_KNOWN_MS = 15_000;
const KEEP_UNKNOWN_MS = 5_000;
/** Of each kind; beyond this the one that was read longest ago is forgotten. */
const MAX_KEPT = 1_000;
const KV_LIMIT_MS = 2_000;
/** The floor of KV's `cacheTtl`. Found or not, it is what KV remembers. */
const KV_CACHE_SECONDS = 30;

interface Kept {
  /** By id: the record, and until when it counts (epoch milliseconds). */
  readonly known: Map<string, { readonly until: number; readonly record: ApiKeyRecord }>;
  readonly unknown: Map<string, { readonly until: number }>;
}

/** Per binding and not per module, so that two environments in one process never share a key. */
const kept = new WeakMap<Env['AI_JOBS'], Kept>();

function keptOf(c: ApiContext): Kept {
  const own = kept.get(c.env.AI_JOBS) ?? { known: new Map(), unknown: new Map() };
  kept.set(c.env.AI_JOBS, own);
  return own;
}

function keep<Entry>(entries: Map<string, Entry>, id: string, entry: Entry): void {
  // Anew at the end of the order, so that the first one is the oldest.
  entries.delete(id);
  entries.set(id, entry);
  const [oldest] = entries.keys();
  if (entries.size > MAX_KEPT && oldest !== undefined) entries.delete(oldest);
}

/** A record that cannot be read opens nothing: its key counts as unknown, and an operator finds the line. */
function recordOf(c: ApiContext, id: string, value: ArrayBuffer): ApiKeyRecord | undefined {
  const json = parseJson(new TextDecoder().decode(value));
  const record = apiKeyRecordSchema.safeParse(json.ok ? json.value : undefined);
  if (record.success) return record.data;
  log('error', 'api key record unreadable', { ...aboutRequest(c), object: apiKeyName(id) });
  return undefined;
}

/** Writes into KV that the key is revoked, unless that is there; false when KV did not take it. `now` in epoch milliseconds. */
export async function recordRevocation(c: ApiContext, id: string, record: ApiKeyRecord, now: number): Promise<boolean> {
  if (record.revokedAt !== undefined) return true;
  const revoked: ApiKeyRecord = { ...record, revokedAt: new Date(now).toISOString() };
  try {
    await within(c.env.AI_JOBS.put(apiKeyName(id), JSON.stringify(revoked)), KV_LIMIT_MS, 'KV');
  } catch (error) {
    log('error', 'revocation not recorded', { ...aboutRequest(c), object: id, error: describeError(error) });
    return false;
  }
  keep(keptOf(c).known, id, { until: now + KEEP_KNOWN_MS, record: revoked });
  return true;
}

/** What is kept of the key with this id, perhaps as it was a minute ago; undefined when there is none. `now` in epoch milliseconds. */
export async function apiKeyRecord(c: ApiContext, id: string, now: number): Promise<Result<ApiKeyRecord | undefined, Refusal>> {
  const { known, unknown } = keptOf(c);
  const before = known.get(id);
  if (before !== undefined && now < before.until) return ok(before.record);
  if (now < (unknown.get(id)?.until ?? 0)) return ok(undefined);
  let value: ArrayBuffer | null;
  try {
    const read = c.env.AI_JOBS.getWithMetadata(apiKeyName(id), { type: 'arrayBuffer', cacheTtl: KV_CACHE_SECONDS });
    ({ value } = await within(read, KV_LIMIT_MS, 'KV'));
  } catch (error) {
    log('error', 'api key not read', { ...aboutRequest(c), error: describeError(error) });
    return fail(unavailable('API keys cannot be checked right now. Please try again.'));
  }
  const record = value === null ? undefined : recordOf(c, id, value);
  if (record === undefined) {
    known.delete(id);
    keep(unknown, id, { until: now + KEEP_UNKNOWN_MS });
  } else {
    unknown.delete(id);
    keep(known, id, { until: now + KEEP_KNOWN_MS, record });
  }
  return ok(record);
}
