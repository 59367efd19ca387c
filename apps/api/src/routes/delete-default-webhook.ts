/** `DELETE /api/webhooks/default`: from now on, submissions that name no webhook have none. */
import { defaultWebhookSchema } from '@mcpoverflow/types';
import type { ApiContext } from '../env.ts';
import { problemResponse } from '../problems.ts';
import type { DocumentedRoute } from '../route.ts';
import { writeDefaultWebhook } from '../webhooks/default-webhook.ts';

async function deleteDefaultWebhook(c: ApiContext): Promise<Response> {
  const written = await writeDefaultWebhook(c, null, Date.now());
  return written.ok ? c.json({ webhook: null }, 200, { 'Cache-Control': 'no-store' }) : problemResponse(c, written.error);
}

export const deleteDefaultWebhookRoute: DocumentedRoute = {
  method: 'delete',
  path: '/api/webhooks/default',
  scope: 'submit',
  operation: {
    operationId: 'deleteDefaultWebhook',
    tag: 'Webhooks',
    summary: 'Remove the default webhook',
    description: 'For jobs submitted from now on, at the latest in 30 seconds; jobs there are keep theirs.',
    answers: { 200: { description: 'There is none any more.', schema: defaultWebhookSchema } },
    problems: ['unauthorized', 'forbidden', 'unavailable'],
  },
  handler: deleteDefaultWebhook,
};
