/** `GET /api/webhooks/default`: the webhook of submissions that name none, as it is now. */
import { defaultWebhookSchema } from '@mcpoverflow/types';
import type { ApiContext } from '../env.ts';
import { problemResponse } from '../problems.ts';
import type { DocumentedRoute } from '../route.ts';
import { readDefaultWebhook } from '../webhooks/default-webhook.ts';

async function getDefaultWebhook(c: ApiContext): Promise<Response> {
  const webhook = await readDefaultWebhook(c, Date.now());
  return webhook.ok ? c.json({ webhook: webhook.value }, 200, { 'Cache-Control': 'no-store' }) : problemResponse(c, webhook.error);
}

export const getDefaultWebhookRoute: DocumentedRoute = {
  method: 'get',
  path: '/api/webhooks/default',
  scope: 'read',
  operation: {
    operationId: 'getDefaultWebhook',
    tag: 'Webhooks',
    summary: 'Get the default webhook',
    description: 'Called for every job whose submission has no `webhook` of its own.',
    answers: { 200: { description: 'The default webhook; null when there is none.', schema: defaultWebhookSchema } },
    problems: ['unauthorized', 'forbidden', 'unavailable'],
  },
  handler: getDefaultWebhook,
};
