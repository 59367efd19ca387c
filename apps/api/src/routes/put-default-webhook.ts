/** `PUT /api/webhooks/default`: from now on, submissions that name no webhook have this one. */
import { defaultWebhookSchema, webhookSchema } from '@mcpoverflow/types';
import { readSmallBody } from '../admission/small-body.ts';
import type { ApiContext } from '../env.ts';
import { problemResponse } from '../problems.ts';
import type { DocumentedRoute } from '../route.ts';
import { writeDefaultWebhook } from '../webhooks/default-webhook.ts';
import { urlJudgeOf } from '../webhooks/judge-webhook-url.ts';

async function putDefaultWebhook(c: ApiContext): Promise<Response> {
  const body = await readSmallBody(c.req.raw, webhookSchema);
  if (!body.ok) return problemResponse(c, body.error);
  const { url, events } = body.value;
  const judged = await urlJudgeOf(c)(url, '/url');
  if (!judged.ok) return problemResponse(c, judged.error);

  const webhook = { url, ...(events === undefined ? {} : { events: [...new Set(events)] }) };
  const written = await writeDefaultWebhook(c, webhook, Date.now());
  return written.ok ? c.json({ webhook }, 200, { 'Cache-Control': 'no-store' }) : problemResponse(c, written.error);
}

export const putDefaultWebhookRoute: DocumentedRoute = {
  method: 'put',
  path: '/api/webhooks/default',
  scope: 'submit',
  operation: {
    operationId: 'putDefaultWebhook',
    tag: 'Webhooks',
    summary: 'Set the default webhook',
    description: 'For jobs submitted from now on, at the latest in 30 seconds; jobs there are keep theirs.',
    body: { schema: webhookSchema, example: { url: 'https://hooks.example.com/mcpoverflow' } },
    answers: { 200: { description: 'The default webhook.', schema: defaultWebhookSchema } },
    problems: [
      'invalid-request',
      'invalid-json',
      'invalid-webhook-url',
      'unauthorized',
      'forbidden',
      'body-too-large',
      'unsupported-media-type',
      'unavailable',
    ],
  },
  handler: putDefaultWebhook,
};
