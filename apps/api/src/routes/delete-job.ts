/** `DELETE /api/jobs/{jobId}`: remove input, result and history now, stopping the job first if it runs. */
import type { ApiContext } from '../env.ts';
import { callObject, found } from '../jobs/call-job.ts';
import { jobIdOf } from '../jobs/job-id.ts';
import { problemResponse } from '../problems.ts';
import type { DocumentedRoute } from '../route.ts';
import { jobIdParameter } from '../route-parameters.ts';

async function deleteJob(c: ApiContext): Promise<Response> {
  const jobId = jobIdOf(c);
  if (!jobId.ok) return problemResponse(c, jobId.error);
  const answer = found(await callObject(c, c.env.JOB, jobId.value, (job) => job.remove(c.get('tenant'))));
  return answer.ok ? c.body(null, 204) : problemResponse(c, answer.error);
}

export const deleteJobRoute: DocumentedRoute = {
  method: 'delete',
  path: '/api/jobs/{jobId}',
  scope: 'submit',
  operation: {
    operationId: 'deleteJob',
    tag: 'Jobs',
    summary: 'Delete a job',
    description: 'Removes input, result and history now. Its Idempotency-Key is free again.',
    parameters: [jobIdParameter],
    answers: { 204: { description: 'The job is gone.' } },
    // "batch" in the place of an id is an address of its own.
    problems: ['method-not-allowed', 'job-not-found', 'unauthorized', 'forbidden', 'unavailable'],
  },
  handler: deleteJob,
};
