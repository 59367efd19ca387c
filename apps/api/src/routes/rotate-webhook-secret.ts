/**
 * `POST /api/webhook-secret/rotate`: a new secret, beside which the present ones go on signing for a while.
 * The object is asked once: a repeat would make another secret, and the first would sign unseen.
 */
import { rotateSecretSchema, webhookSecretSchema } from '@mcpoverflow/types';
import { readOptionalSmallBody } from '../admission/small-body.ts';
import type { ApiContext } from '../env.ts';
import { callObjectOnce } from '../jobs/call-job.ts';
import { problemResponse, type Refusal } from '../problems.ts';
import type { DocumentedRoute } from '../route.ts';

/** Without `Retry-After`: what to do next depends on what happened. */
const unknownOutcome: Refusal = {
  code: 'unavailable',
  detail:
    'The secret’s store did not answer, so nobody knows whether there is a new secret. GET /api/webhook-secret shows it: if the newest key is the one you know, nothing happened; if not, its secret was lost on its way. Either way, rotate again.',
};

async function rotateWebhookSecret(c: ApiContext): Promise<Response> {
  const body = await readOptionalSmallBody(c.req.raw, rotateSecretSchema);
  if (!body.ok) return problemResponse(c, body.error);
  const overlapMs = body.value.overlapSeconds * 1000;
  const answer = await callObjectOnce(
    c,
    c.env.TENANT_WEBHOOKS,
    c.get('tenant'),
    (object) => object.rotateSecret(overlapMs),
    unknownOutcome,
  );
  return answer.ok ? c.json(answer.value, 200, { 'Cache-Control': 'no-store' }) : problemResponse(c, answer.error);
}

export const rotateWebhookSecretRoute: DocumentedRoute = {
  method: 'post',
  path: '/api/webhook-secret/rotate',
  scope: 'submit',
  operation: {
    operationId: 'rotateWebhookSecret',
    tag: 'Webhooks',
    summary: 'Rotate the signing secret',
    description:
      'During the overlap every call carries a signature of each key, so a receiver accepts calls with the old secret or the new one. `overlapSeconds: 0` ends the old one now: for a secret that leaked.',
    body: { schema: rotateSecretSchema, example: { overlapSeconds: 86_400 }, optional: true },
    answers: { 200: { description: 'The new secret.', schema: webhookSecretSchema } },
    problems: ['invalid-request', 'invalid-json', 'unauthorized', 'forbidden', 'body-too-large', 'unsupported-media-type', 'unavailable'],
  },
  handler: rotateWebhookSecret,
};
