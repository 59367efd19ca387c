/**
 * The finished job's copy in KV (design section 7): `<jobId>`, as the API returns it. It is written
 * after the transition, once per generation, and never read back as the truth: KV is stale for a
 * minute and more. And the result cache, `cache:<hash>`, best effort.
 */
import { within } from '../deadline.ts';
import type { Env } from '../env.ts';
import { gunzipInto, inflatedLength } from '../gzip.ts';
import { describeError, log } from '../log.ts';
import type { Settings } from '../settings.ts';
import type { JobState } from './state.ts';
import { summarize } from './view.ts';

/**
 * The copy of a larger result is written without it, and the API reads the Job instead. KV takes 25 MiB,
 * but this is done in the Job's own 128 MB, beside whatever else it holds: running out of memory here
 * would end the object, and again at every alarm.
 */
const MAX_RESULT_BYTES = 10 * 1024 * 1024;
const KV_TIMEOUT_MS = 15_000;
/** One hour, as in the original product. */
const CACHE_SECONDS = 3_600;

/** Writes the copy, and the cache entry when the result may be shared. Throws when the copy could not be written. */
export async function publishJob(state: JobState, context: { env: Env; settings: Settings; readResult: () => Uint8Array }): Promise<void> {
  const { env, settings } = context;
  const gzip = state.result === null ? null : context.readResult();
  const result = gzip !== null && inflatedLength(gzip) <= MAX_RESULT_BYTES ? gzip : null;
  const value = await copyOf(state, result);
  const options = {
    expirationTtl: Math.max(60, Math.ceil(settings.retentionMs / 1000)),
    // A copy without its result carries no token, so the API never serves it in the result's place.
    metadata: result !== null && state.result !== null ? state.result : { generation: state.generation },
  };
  await within(env.AI_JOBS.put(state.jobId, value, options), KV_TIMEOUT_MS, 'KV');
  const { cache } = state;
  const mayBeShared = !state.cached && state.generation === 1 && cache?.engine === state.engine;
  if (gzip !== null && mayBeShared && cache !== null) await cacheResult(state, cache, gzip, env);
}

/** The job as JSON, the result spliced in as the bytes it is stored in: parsing it would take many times its size. */
async function copyOf(state: JobState, resultGzip: Uint8Array | null): Promise<string | Uint8Array> {
  const summary = JSON.stringify(summarize(state));
  if (resultGzip === null) return summary;
  const before = new TextEncoder().encode(`${summary.slice(0, -1)},"result":`);
  const copy = new Uint8Array(before.length + inflatedLength(resultGzip) + 1);
  copy.set(before);
  await gunzipInto(copy, before.length, resultGzip);
  copy.set(new TextEncoder().encode('}'), copy.length - 1);
  return copy;
}

/** Its key names an engine: when the configuration changed before the job began, another one did the work. */
async function cacheResult(
  { jobId, tenant }: JobState,
  { key, engine }: NonNullable<JobState['cache']>,
  gzip: Uint8Array,
  env: Env,
): Promise<void> {
  try {
    const put = env.AI_JOBS.put(key, gzip, { expirationTtl: CACHE_SECONDS, metadata: { v: 1, engine } });
    await within(put, KV_TIMEOUT_MS, 'KV');
  } catch (error) {
    log('warn', 'result not cached', { jobId, tenant, error: describeError(error) });
  }
}

/** Removes the copy of a deleted job. */
export const unpublishJob = (jobId: string, env: Env): Promise<void> => within(env.AI_JOBS.delete(jobId), KV_TIMEOUT_MS, 'KV');
