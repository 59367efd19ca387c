/** `POST /api/jobs/{jobId}/cancel`: end a job now. Cancelling twice is not an error. */
import { jobSummarySchema } from '@mcpoverflow/types';
import type { ApiContext } from '../env.ts';
import { callObject, found } from '../jobs/call-job.ts';
import { jobIdOf } from '../jobs/job-id.ts';
import { problemResponse } from '../problems.ts';
import type { DocumentedRoute } from '../route.ts';
import { jobIdParameter } from '../route-parameters.ts';

async function cancelJob(c: ApiContext): Promise<Response> {
  const jobId = jobIdOf(c);
  if (!jobId.ok) return problemResponse(c, jobId.error);
  const answer = found(await callObject(c, c.env.JOB, jobId.value, (job) => job.cancel(c.get('tenant'))));
  if (!answer.ok) return problemResponse(c, answer.error);
  const { kind, job } = answer.value;
  if (kind === 'refused' && job.status !== 'cancelled') {
    return problemResponse(c, { code: 'job-already-ended', detail: `The job is ${job.status} and cannot be cancelled any more.` });
  }
  return c.json(job);
}

export const cancelJobRoute: DocumentedRoute = {
  method: 'post',
  path: '/api/jobs/{jobId}/cancel',
  scope: 'submit',
  operation: {
    operationId: 'cancelJob',
    tag: 'Jobs',
    summary: 'Cancel a job',
    description: 'Idempotent. The agent’s run is stopped within a minute.',
    parameters: [jobIdParameter],
    answers: { 200: { description: 'The cancelled job.', schema: jobSummarySchema } },
    problems: ['job-not-found', 'job-already-ended', 'unauthorized', 'forbidden', 'unavailable'],
  },
  handler: cancelJob,
};
