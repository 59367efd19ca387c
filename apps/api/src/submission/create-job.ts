/**
 * Makes an admitted submission durable. When this has answered, the job exists and will end, whatever
 * becomes of this Worker; the queue message that follows only makes it start sooner.
 */
import { type CreateJob, fail, isTerminal, type JobMessage, type JobSummary, jobIdForKey, ok, type Result } from '@mcpoverflow/types';
import type { Admission } from '../admission/admit.ts';
import type { Env, JobQueue } from '../env.ts';
import { callObject } from '../jobs/call-job.ts';
import { log, messageOf } from '../log.ts';
import type { Refusal } from '../problems.ts';
import { within } from '../within.ts';
import { cacheKeyFor, readCachedResult } from './result-cache.ts';

export interface Submission {
  readonly admission: Admission;
  readonly tenant: string;
  /** The address it came to: an Idempotency-Key is bound to it. */
  readonly route: string;
  readonly idempotencyKey: string | undefined;
  /** False when the caller sent `Cache-Control: no-cache`. */
  readonly mayUseCache: boolean;
  readonly traceparent: string;
}

export interface CreatedJob {
  readonly job: JobSummary;
  /** The message that starts it; absent when there is nothing to start. */
  readonly start?: JobMessage;
}

const SEND_LIMIT_MS = 3_000;

/** Creates the job, or finds the one the same key made earlier. */
export async function createJob(env: Env, submission: Submission): Promise<Result<CreatedJob, Refusal>> {
  const { admission, tenant, route, idempotencyKey, mayUseCache, traceparent } = submission;
  const jobId = idempotencyKey === undefined ? crypto.randomUUID() : await jobIdForKey(tenant, route, idempotencyKey);
  const cacheKey = await cacheKeyFor(env, tenant, admission);
  const cachedResult = cacheKey !== undefined && mayUseCache ? await readCachedResult(env, cacheKey) : undefined;

  const request: CreateJob = {
    jobId,
    tenant,
    type: admission.type,
    bodyFingerprint: admission.bodyFingerprint,
    parameters: admission.parameters,
    options: admission.options,
    files: admission.files,
    traceparent,
    ...(cacheKey === undefined ? {} : { cacheKey }),
    ...(cachedResult === undefined ? {} : { cachedResult }),
  };
  const answer = await callObject(env.JOB, jobId, (job) => job.create(request));
  if (!answer.ok) return answer;
  if (answer.value.kind === 'mismatch') {
    return fail({ code: 'idempotency-mismatch', detail: 'Take a new key for a new submission, or send the same body again.' });
  }
  const { kind, job, turn } = answer.value;
  // Without a key the id is random, so "existing" means that our own first attempt got through unheard.
  const isOurs = kind === 'created' || idempotencyKey === undefined;
  if (!isOurs || isTerminal(job.status)) return ok({ job });
  return ok({ job, start: { v: 1, kind: 'start', jobId, generation: job.generation, turn, traceparent } });
}

/** Sends start messages. A queue that fails or hangs changes nothing: the Jobs' alarms send them later. */
export async function sendStarts(queue: JobQueue, messages: readonly JobMessage[]): Promise<void> {
  const [first, ...others] = messages;
  if (first === undefined) return;
  try {
    await within(others.length === 0 ? queue.send(first) : queue.sendBatch(messages.map((body) => ({ body }))), SEND_LIMIT_MS, 'the queue');
  } catch (error) {
    log('warn', 'start-not-sent', { jobIds: messages.map((message) => message.jobId), message: messageOf(error) });
  }
}
