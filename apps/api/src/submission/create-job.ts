/**
 * Makes an admitted submission durable. When this has answered, the job exists and will end, whatever
 * becomes of this Worker; the queue message that follows only makes it start sooner.
 */
import { type CreateJob, fail, isTerminal, type JobMessage, type JobSummary, jobIdForKey, ok, type Result } from '@mcpoverflow/types';
import type { Admission } from '../admission/admit.ts';
import type { ApiContext } from '../env.ts';
import { callObject } from '../jobs/call-job.ts';
import { readJob } from '../jobs/read-job.ts';
import { aboutRequest, describeError, log } from '../log.ts';
import type { Refusal } from '../problems.ts';
import type { ChooseWebhook } from '../webhooks/job-webhook.ts';
import { within } from '../within.ts';
import { cachePlaceFor, mayUseCache, readCachedResult } from './result-cache.ts';
import { takePlace } from './tenant-bounds.ts';

export interface CreatedJob {
  readonly job: JobSummary;
  /** The message that starts it; absent when there is nothing to start. */
  readonly start?: JobMessage;
}

const SEND_LIMIT_MS = 3_000;

/** Creates the job, or finds the one that the same key made earlier at the same address. */
export async function createJob(
  c: ApiContext,
  admission: Admission,
  idempotencyKey: string | undefined,
  chooseWebhook: ChooseWebhook,
): Promise<Result<CreatedJob, Refusal>> {
  const tenant = c.get('tenant');
  const traceparent = c.get('traceparent');
  const jobId = idempotencyKey === undefined ? crypto.randomUUID() : await jobIdForKey(tenant, c.req.path, idempotencyKey);
  const webhook = await chooseWebhook(admission.options.webhook);
  // A job that the same key made earlier has its webhook, whatever has become of that host in DNS since.
  const exists = async () => idempotencyKey !== undefined && (await readJob(c, jobId)).ok;
  if (!webhook.ok && !(await exists())) return webhook;
  const cache = await cachePlaceFor(c, admission);
  const cachedResult = cache !== undefined && mayUseCache(c) ? await readCachedResult(c, cache.key) : undefined;
  // What is complete at once takes no place; what is there already has its own.
  const place = cachedResult === undefined ? await takePlace(c, admission.options.engine !== 'embedded') : undefined;
  if (place?.ok === false && !(await exists())) return place;
  const releasePlace = () => {
    if (place?.ok) place.value.release();
  };

  const request: CreateJob = {
    jobId,
    tenant,
    type: admission.type,
    bodyFingerprint: admission.bodyFingerprint,
    parameters: admission.parameters,
    options: admission.options,
    files: admission.files,
    traceparent,
    ...(cache === undefined ? {} : { cache }),
    ...(cachedResult === undefined ? {} : { cachedResult }),
    ...(webhook.ok && webhook.value !== undefined ? { webhook: webhook.value } : {}),
  };
  const answer = await callObject(c, c.env.JOB, jobId, (job) => job.create(request));
  if (!answer.ok || answer.value.kind !== 'created') releasePlace();
  if (!answer.ok) return answer;
  if (answer.value.kind === 'mismatch') {
    return fail({ code: 'idempotency-mismatch', detail: 'Take a new key for a new submission, or send the same body again.' });
  }
  const { kind, job, turn } = answer.value;
  log('info', 'submission accepted', { ...aboutRequest(c), jobId, type: job.type, outcome: kind });
  // Without a key the id is random, so "existing" means that our own first attempt got through unheard.
  const isOurs = kind === 'created' || idempotencyKey === undefined;
  if (!isOurs || isTerminal(job.status)) return ok({ job });
  return ok({ job, start: { v: 1, kind: 'start', jobId, generation: job.generation, turn, traceparent } });
}

/** Sends start messages. A queue that fails or hangs changes nothing: the Jobs' alarms send them later. */
export async function sendStarts(c: ApiContext, messages: readonly JobMessage[]): Promise<void> {
  const [first, ...others] = messages;
  if (first === undefined) return;
  const queue = c.env.JOBS_QUEUE;
  try {
    await within(others.length === 0 ? queue.send(first) : queue.sendBatch(messages.map((body) => ({ body }))), SEND_LIMIT_MS, 'the queue');
  } catch (error) {
    const jobIds = messages.map((message) => message.jobId);
    log('warn', 'start not sent', { ...aboutRequest(c), jobIds, error: describeError(error) });
  }
}
