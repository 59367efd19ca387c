/** `GET /api/jobs/{jobId}`: the job as it is, or, with `Prefer: wait`, as it is when it ends. */
import { isTerminal, jobSchema } from '@mcpoverflow/types';
import { parsePreference } from '../admission/prefer.ts';
import type { ApiContext } from '../env.ts';
import { waitForEnd } from '../jobs/follow-job.ts';
import { jobIdOf } from '../jobs/job-id.ts';
import { jobResponse, readJob } from '../jobs/read-job.ts';
import { problemResponse } from '../problems.ts';
import type { DocumentedRoute } from '../route.ts';
import { jobIdParameter, preferParameter } from '../route-parameters.ts';

async function getJob(c: ApiContext): Promise<Response> {
  const jobId = jobIdOf(c);
  if (!jobId.ok) return problemResponse(c, jobId.error);
  const preference = parsePreference(c.req.header('Prefer'), 0);
  let read = await readJob(c, jobId.value);
  if (!read.ok) return problemResponse(c, read.error);

  if (preference.waitMs > 0 && !isTerminal(read.value.job.status)) {
    const job = await waitForEnd(c, read.value.job, preference.waitMs);
    const reread = isTerminal(job.status) ? await readJob(c, jobId.value) : read;
    read = reread.ok ? reread : { ok: true, value: { ...read.value, job } };
  }
  const response = await jobResponse(c, read.value);
  if (preference.applied !== undefined) response.headers.set('Preference-Applied', preference.applied);
  return response;
}

export const getJobRoute: DocumentedRoute = {
  method: 'get',
  path: '/api/jobs/{jobId}',
  scope: 'read',
  operation: {
    operationId: 'getJob',
    tag: 'Jobs',
    summary: 'Get a job',
    description: 'With its result once it is `completed`, or its error once it is `failed`.',
    parameters: [jobIdParameter, preferParameter],
    answers: { 200: { description: 'The job.', schema: jobSchema } },
    // "batch" in the place of an id is an address of its own.
    problems: ['method-not-allowed', 'job-not-found', 'unauthorized', 'forbidden', 'unavailable'],
  },
  handler: getJob,
};
