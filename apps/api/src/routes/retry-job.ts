/**
 * `POST /api/jobs/{jobId}/retry`: start a failed job again, as a new generation under the same id. The
 * Job sends its own start message: a retry must not be lost between two Workers.
 */
import { acceptedSchema } from '@mcpoverflow/types';
import type { ApiContext } from '../env.ts';
import { callObject, found } from '../jobs/call-job.ts';
import { jobIdOf } from '../jobs/job-id.ts';
import { problemResponse } from '../problems.ts';
import type { DocumentedRoute } from '../route.ts';
import { jobIdParameter } from '../route-parameters.ts';
import { acceptedResponse } from '../submission/submit.ts';
import { takePlace } from '../submission/tenant-bounds.ts';

async function retryJob(c: ApiContext): Promise<Response> {
  const jobId = jobIdOf(c);
  if (!jobId.ok) return problemResponse(c, jobId.error);
  // What the job was meant for is not known here: it may be work that costs.
  const place = await takePlace(c, true);
  if (!place.ok) return problemResponse(c, place.error);
  const answer = found(await callObject(c, c.env.JOB, jobId.value, (job) => job.retry(c.get('tenant'))));
  if (!answer.ok || answer.value.kind === 'refused') place.value.release();
  if (!answer.ok) return problemResponse(c, answer.error);
  const { kind, job } = answer.value;
  if (kind === 'refused' && job.status === 'failed') {
    const detail = 'Too many webhook calls of this job wait to be sent. Mend the receiver, or wait until they are given up.';
    return problemResponse(c, { code: 'webhook-calls-waiting', detail });
  }
  if (kind === 'refused') return problemResponse(c, { code: 'job-not-failed', detail: `The job is ${job.status}.` });
  return acceptedResponse(job);
}

export const retryJobRoute: DocumentedRoute = {
  method: 'post',
  path: '/api/jobs/{jobId}/retry',
  scope: 'submit',
  startsJobs: true,
  operation: {
    operationId: 'retryJob',
    tag: 'Jobs',
    summary: 'Retry a failed job',
    description:
      'The same input as a new generation; the id, the options and the metadata stay. Helps where `error.retryable` is true, and otherwise once what the message names is mended in the engine’s configuration.',
    parameters: [jobIdParameter],
    answers: { 202: { description: 'The job is pending again.', schema: acceptedSchema } },
    problems: [
      'job-not-found',
      'job-not-failed',
      'webhook-calls-waiting',
      'unauthorized',
      'forbidden',
      'too-many-jobs',
      'cost-limit-reached',
      'unavailable',
    ],
  },
  handler: retryJob,
};
