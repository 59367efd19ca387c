/** `GET /api/jobs`: the tenant's jobs, newest first, page by page. */
import { jobListSchema, listQuerySchema } from '@mcpoverflow/types';
import { validate } from '../admission/validation.ts';
import type { ApiContext } from '../env.ts';
import { callObject } from '../jobs/call-job.ts';
import { invalidCursor, pageResponse } from '../page.ts';
import { problemResponse } from '../problems.ts';
import type { DocumentedRoute } from '../route.ts';

async function listJobs(c: ApiContext): Promise<Response> {
  const query = validate(listQuerySchema, c.req.query());
  if (!query.ok) return problemResponse(c, query.error);
  const answer = await callObject(c, c.env.JOB_INDEX, c.get('tenant'), (index) => index.list(query.value));
  if (!answer.ok) return problemResponse(c, answer.error);
  return answer.value.kind === 'page' ? pageResponse(c, answer.value.list) : problemResponse(c, invalidCursor);
}

const { status, type, limit, cursor } = listQuerySchema.shape;

export const listJobsRoute: DocumentedRoute = {
  method: 'get',
  path: '/api/jobs',
  scope: 'read',
  operation: {
    operationId: 'listJobs',
    tag: 'Jobs',
    summary: 'List jobs',
    description: 'Complete within two seconds of a change. The next page is named by `Link: <…>; rel="next"`.',
    parameters: [
      { name: 'status', in: 'query', description: 'Only jobs in this status.', schema: status },
      { name: 'type', in: 'query', description: 'Only jobs of this type.', schema: type },
      { name: 'limit', in: 'query', description: 'Jobs a page.', schema: limit },
      { name: 'cursor', in: 'query', description: 'The `next` of the page before.', schema: cursor },
    ],
    answers: { 200: { description: 'A page of jobs.', schema: jobListSchema } },
    problems: ['invalid-request', 'invalid-cursor', 'unauthorized', 'forbidden', 'unavailable'],
  },
  handler: listJobs,
};
