/**
 * `POST /api/jobs/{jobId}/deliveries/{deliveryId}/redeliver`: send a webhook call again, now. It keeps its
 * `webhook-id`, so a receiver that got it before can tell.
 */
import { deliverySchema } from '@mcpoverflow/types';
import type { ApiContext } from '../env.ts';
import { callObject, found } from '../jobs/call-job.ts';
import { jobIdOf } from '../jobs/job-id.ts';
import { problemResponse } from '../problems.ts';
import type { DocumentedRoute } from '../route.ts';
import { deliveryIdParameter, jobIdParameter } from '../route-parameters.ts';

async function redeliver(c: ApiContext): Promise<Response> {
  const jobId = jobIdOf(c);
  if (!jobId.ok) return problemResponse(c, jobId.error);
  const deliveryId = c.req.param('deliveryId') ?? '';
  const answer = found(await callObject(c, c.env.JOB, jobId.value, (job) => job.redeliver(c.get('tenant'), deliveryId)));
  if (!answer.ok) return problemResponse(c, answer.error);
  if (answer.value.kind === 'unknown-delivery') {
    const detail = `This job has no delivery of this id. GET /api/jobs/${jobId.value}/deliveries lists them.`;
    return problemResponse(c, { code: 'delivery-not-found', detail });
  }
  return c.json(answer.value.delivery, 202, { 'Cache-Control': 'no-store' });
}

export const redeliverRoute: DocumentedRoute = {
  method: 'post',
  path: '/api/jobs/{jobId}/deliveries/{deliveryId}/redeliver',
  scope: 'submit',
  operation: {
    operationId: 'redeliver',
    tag: 'Webhooks',
    summary: 'Send a webhook call again',
    description: 'Now, whatever became of it, and with the schedule from its beginning. The `webhook-id` stays the same.',
    parameters: [jobIdParameter, deliveryIdParameter],
    answers: { 202: { description: 'The delivery, which is under way again.', schema: deliverySchema } },
    problems: ['job-not-found', 'delivery-not-found', 'unauthorized', 'forbidden', 'unavailable'],
  },
  handler: redeliver,
};
