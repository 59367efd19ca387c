/** `GET /api/jobs/{jobId}/deliveries`: what became of the job's webhook calls, attempt by attempt. */
import { deliveryListSchema } from '@mcpoverflow/types';
import type { ApiContext } from '../env.ts';
import { callObject, found } from '../jobs/call-job.ts';
import { jobIdOf } from '../jobs/job-id.ts';
import { problemResponse } from '../problems.ts';
import type { DocumentedRoute } from '../route.ts';
import { jobIdParameter } from '../route-parameters.ts';

async function listDeliveries(c: ApiContext): Promise<Response> {
  const jobId = jobIdOf(c);
  if (!jobId.ok) return problemResponse(c, jobId.error);
  const answer = found(await callObject(c, c.env.JOB, jobId.value, (job) => job.deliveries(c.get('tenant'))));
  if (!answer.ok) return problemResponse(c, answer.error);
  return c.json({ deliveries: answer.value.deliveries }, 200, { 'Cache-Control': 'no-store' });
}

export const listDeliveriesRoute: DocumentedRoute = {
  method: 'get',
  path: '/api/jobs/{jobId}/deliveries',
  scope: 'read',
  operation: {
    operationId: 'listDeliveries',
    tag: 'Webhooks',
    summary: 'List a job’s webhook calls',
    description: 'One delivery for every event, with its attempts and the time of the next one. Empty for a job without a webhook.',
    parameters: [jobIdParameter],
    answers: { 200: { description: 'The deliveries.', schema: deliveryListSchema } },
    problems: ['job-not-found', 'unauthorized', 'forbidden', 'unavailable'],
  },
  handler: listDeliveries,
};
