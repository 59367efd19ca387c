/**
 * `POST /api/webhook-secret`: show the secret that signs the tenant's calls, for the only time. The object
 * is asked once: after a lost answer a repeat would find the secret shown, and nobody would have seen it.
 */
import { webhookSecretSchema } from '@mcpoverflow/types';
import type { ApiContext } from '../env.ts';
import { callObjectOnce } from '../jobs/call-job.ts';
import { problemResponse, type Refusal } from '../problems.ts';
import type { DocumentedRoute } from '../route.ts';

/** Without `Retry-After`: what to do next depends on what happened. */
const unknownOutcome: Refusal = {
  code: 'unavailable',
  detail:
    'The secret’s store did not answer, so nobody knows whether the secret was shown. Read GET /api/webhook-secret: if its newest key has `shownAt`, the answer was lost on its way and POST /api/webhook-secret/rotate makes another; if not, send this call again.',
};

async function createWebhookSecret(c: ApiContext): Promise<Response> {
  const answer = await callObjectOnce(c, c.env.TENANT_WEBHOOKS, c.get('tenant'), (object) => object.createSecret(), unknownOutcome);
  if (!answer.ok) return problemResponse(c, answer.error);
  if (answer.value.kind === 'exists') {
    const detail =
      'A secret is shown once, when it is made. If you do not have it any more, POST /api/webhook-secret/rotate makes another.';
    return problemResponse(c, { code: 'webhook-secret-exists', detail });
  }
  return c.json(answer.value.secret, 201, { 'Cache-Control': 'no-store' });
}

export const createWebhookSecretRoute: DocumentedRoute = {
  method: 'post',
  path: '/api/webhook-secret',
  scope: 'submit',
  operation: {
    operationId: 'createWebhookSecret',
    tag: 'Webhooks',
    summary: 'Get the signing secret',
    description: 'Shown now and never again: keep it where your receiver reads it. Standard Webhooks libraries take it as it is.',
    answers: { 201: { description: 'The secret.', schema: webhookSecretSchema } },
    problems: ['unauthorized', 'forbidden', 'webhook-secret-exists', 'unavailable'],
  },
  handler: createWebhookSecret,
};
