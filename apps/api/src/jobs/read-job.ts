/**
 * Reads a job the way callers see it. The Job is the truth; the copy in KV spares the Job the reading
 * of a large result, and is served only if it carries the generation and token the Job names.
 */
import { fail, isTerminal, ok, type ReadAnswer, type Result } from '@mcpoverflow/types';
import * as z from 'zod';
import type { ApiContext } from '../env.ts';
import { aboutRequest, describeError, log } from '../log.ts';
import { problemResponse, type Refusal } from '../problems.ts';
import { within } from '../within.ts';
import { callObject, found } from './call-job.ts';
import { jobWithResult } from './job-body.ts';

export type FoundJob = Extract<ReadAnswer, { readonly kind: 'found' }>;
type Publication = NonNullable<FoundJob['publication']>;

const KV_LIMIT_MS = 2_000;
/** Seconds until it is worth asking again for a job that goes on. */
const RETRY_AFTER_SECONDS = 2;

const publishedSchema = z.object({ generation: z.number(), token: z.string() });

/** The tenant's job, without its result. */
export const readJob = async (c: ApiContext, jobId: string): Promise<Result<FoundJob, Refusal>> =>
  found(await callObject(c, c.env.JOB, jobId, (job) => job.read(c.get('tenant'))));

/** The copy in KV, when it is the copy of this very end of the job. Any trouble with KV counts as no copy. */
async function publishedCopy(c: ApiContext, jobId: string, wanted: Publication): Promise<ArrayBuffer | undefined> {
  try {
    const { value, metadata } = await within(c.env.AI_JOBS.getWithMetadata(jobId, { type: 'arrayBuffer' }), KV_LIMIT_MS, 'KV');
    const published = publishedSchema.safeParse(metadata);
    if (value === null || !published.success) return undefined;
    return published.data.generation === wanted.generation && published.data.token === wanted.token ? value : undefined;
  } catch (error) {
    log('warn', 'copy in KV not read', { ...aboutRequest(c), jobId, error: describeError(error) });
    return undefined;
  }
}

/** The result as gzipped JSON; undefined when the job has none. */
export async function readResult(c: ApiContext, jobId: string): Promise<Result<Uint8Array | undefined, Refusal>> {
  const answer = found(await callObject(c, c.env.JOB, jobId, (job) => job.result(c.get('tenant'))));
  if (!answer.ok) return fail(answer.error);
  return ok(answer.value.kind === 'found' ? answer.value.gzip : undefined);
}

/** Answers 200 with the job, its result included once there is one. */
export async function jobResponse(c: ApiContext, { job, hasResult, publication }: FoundJob): Promise<Response> {
  const headers: Record<string, string> = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', Vary: 'Prefer' };
  if (!isTerminal(job.status)) headers['Retry-After'] = String(RETRY_AFTER_SECONDS);
  if (!hasResult) return new Response(JSON.stringify(job), { headers });
  const copy = publication === undefined ? undefined : await publishedCopy(c, job.jobId, publication);
  if (copy !== undefined) return new Response(copy, { headers });
  const result = await readResult(c, job.jobId);
  if (!result.ok) return problemResponse(c, result.error);
  return new Response(result.value === undefined ? JSON.stringify(job) : jobWithResult(job, result.value), { headers });
}
