/**
 * The seven submit routes in one story: read, admit, choose the webhook, create, start, perhaps wait, answer.
 */
import { type Accepted, isTerminal, type JobSummary, type JobType, jobKinds } from '@mcpoverflow/types';
import { admit } from '../admission/admit.ts';
import { readJsonBody } from '../admission/body.ts';
import { parseIdempotencyKey } from '../admission/idempotency-key.ts';
import { parsePreference } from '../admission/prefer.ts';
import type { ApiContext } from '../env.ts';
import { waitForEnd } from '../jobs/follow-job.ts';
import { jobResponse, readJob } from '../jobs/read-job.ts';
import { problemResponse } from '../problems.ts';
import { webhookChoiceOf } from '../webhooks/job-webhook.ts';
import { createJob, sendStarts } from './create-job.ts';

/** The acknowledgement of a job, in the words of the original product. */
export const acceptedOf = (job: JobSummary): Accepted => ({
  jobId: job.jobId,
  status: job.status,
  message: jobKinds[job.type].message,
  estimatedMs: jobKinds[job.type].estimatedMs,
  links: job.links,
});

/** 202 for a job that goes on. A first look is worth it after a sixtieth of the estimate. */
export function acceptedResponse(job: JobSummary): Response {
  const retryAfterSeconds = Math.max(1, Math.ceil(jobKinds[job.type].estimatedMs / 60_000));
  return new Response(JSON.stringify(acceptedOf(job)), {
    status: 202,
    headers: {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      Location: job.links.self,
      'Retry-After': String(retryAfterSeconds),
      Vary: 'Prefer',
    },
  });
}

/** Answers a submission of `type`: 202, or 200 with the whole job when it has ended within the wait. */
export async function submit(c: ApiContext, type: JobType): Promise<Response> {
  const idempotencyKey = parseIdempotencyKey(c.req.header('Idempotency-Key'));
  if (!idempotencyKey.ok) return problemResponse(c, idempotencyKey.error);
  const body = await readJsonBody(c.req.raw, c.get('settings').MAX_BODY_BYTES);
  if (!body.ok) return problemResponse(c, body.error);
  const admission = await admit(type, body.value);
  if (!admission.ok) return problemResponse(c, admission.error);

  const created = await createJob(c, admission.value, idempotencyKey.value, webhookChoiceOf(c));
  if (!created.ok) return problemResponse(c, created.error);
  if (created.value.start !== undefined) await sendStarts(c, [created.value.start]);

  const preference = parsePreference(c.req.header('Prefer'), jobKinds[type].waitMs);
  const job = await waitForEnd(c, created.value.job, preference.waitMs);
  const response = await answerFor(c, job);
  if (preference.applied !== undefined) response.headers.set('Preference-Applied', preference.applied);
  return response;
}

async function answerFor(c: ApiContext, job: JobSummary): Promise<Response> {
  if (!isTerminal(job.status)) return acceptedResponse(job);
  const read = await readJob(c, job.jobId);
  const response = read.ok ? await jobResponse(c, read.value) : undefined;
  // The job is safe; that it cannot be read back just now is no reason to call the submission failed.
  return response?.ok === true ? response : acceptedResponse(job);
}
