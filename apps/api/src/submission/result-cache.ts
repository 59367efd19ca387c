/**
 * The result cache: equal work by the same engine in the same version has an equal result, so a
 * repeated submission can be complete at once. Best effort throughout: whatever goes wrong is a miss.
 *
 * The consumer writes the entries; here they are only named and read.
 */
import { type CreateJob, type Engine, engineSchema } from '@mcpoverflow/types';
import * as z from 'zod';
import type { Admission } from '../admission/admit.ts';
import { fingerprintOf } from '../admission/canonical-json.ts';
import type { ApiContext } from '../env.ts';
import { aboutRequest, describeError, log } from '../log.ts';
import { within } from '../within.ts';
import { engineVersion } from './engine-version.ts';

export interface CachedResult {
  readonly gzip: Uint8Array;
  readonly engine: 'openhands' | 'embedded';
}

const KV_LIMIT_MS = 1_000;
const metadataSchema = z.object({ v: z.literal(1), engine: engineSchema });

/**
 * Where the result of this work may be kept, and of which engine; undefined when it may not. An agent's
 * work differs from run to run and is not cached, an analysis is. Work on another job's connector is
 * not either: that job may be retried or deleted, and the reference would not show it.
 */
export async function cachePlaceFor(c: ApiContext, admission: Admission): Promise<CreateJob['cache']> {
  const { engine: requested = 'auto', fallback = 'none' } = admission.options;
  const isCacheable = (engine: Engine): boolean => admission.type === 'analyze' || engine === 'embedded';
  if (admission.parameters.connectorJobId !== undefined || (requested !== 'auto' && !isCacheable(requested))) return undefined;
  const { engine, version } = (await engineVersion(c, requested, Date.now())) ?? { version: null };
  // Without a version, the results of different ones would share a key.
  if (version === null || !isCacheable(engine)) return undefined;
  const key = fingerprintOf({ tenant: c.get('tenant'), input: admission.inputFingerprint, fallback, engine, version });
  return { key: `cache:${key}`, engine };
}

/** False when the caller wants the work done afresh. */
export const mayUseCache = (c: ApiContext): boolean => !/\bno-cache\b/i.test(c.req.header('Cache-Control') ?? '');

/** The kept result; undefined when there is none, or when KV does not answer in time. */
export async function readCachedResult(c: ApiContext, key: string): Promise<CachedResult | undefined> {
  try {
    const { value, metadata } = await within(c.env.AI_JOBS.getWithMetadata(key, { type: 'arrayBuffer' }), KV_LIMIT_MS, 'KV');
    const known = metadataSchema.safeParse(metadata);
    return value === null || !known.success ? undefined : { gzip: new Uint8Array(value), engine: known.data.engine };
  } catch (error) {
    log('warn', 'cache not read', { ...aboutRequest(c), error: describeError(error) });
    return undefined;
  }
}
