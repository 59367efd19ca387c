/** `GET /api/webhook-secret`: which keys sign the tenant's calls, without the secrets. */
import { webhookSecretDescriptionSchema } from '@mcpoverflow/types';
import type { ApiContext } from '../env.ts';
import { callObject } from '../jobs/call-job.ts';
import { problemResponse } from '../problems.ts';
import type { DocumentedRoute } from '../route.ts';

async function getWebhookSecret(c: ApiContext): Promise<Response> {
  const answer = await callObject(c, c.env.TENANT_WEBHOOKS, c.get('tenant'), (object) => object.describeSecret());
  if (!answer.ok) return problemResponse(c, answer.error);
  return c.json({ keys: answer.value.keys }, 200, { 'Cache-Control': 'no-store' });
}

export const getWebhookSecretRoute: DocumentedRoute = {
  method: 'get',
  path: '/api/webhook-secret',
  scope: 'read',
  operation: {
    operationId: 'getWebhookSecret',
    tag: 'Webhooks',
    summary: 'Describe the signing secret',
    description: 'The keys that sign, newest first, and until when. The secret itself is shown once, when it is made.',
    answers: { 200: { description: 'The keys.', schema: webhookSecretDescriptionSchema } },
    problems: ['unauthorized', 'forbidden', 'unavailable'],
  },
  handler: getWebhookSecret,
};
