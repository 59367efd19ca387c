/**
 * `POST /api/webhooks/test`: one signed `ping`, so that a receiver can be built and checked without a job.
 * A ping that fails is a good answer to the question that was asked, hence 200.
 */
import { type Ping, pingSchema, testWebhookSchema } from '@mcpoverflow/types';
import { readSmallBody } from '../admission/small-body.ts';
import type { ApiContext } from '../env.ts';
import { aboutRequest, describeError, log } from '../log.ts';
import { problemResponse, unavailable } from '../problems.ts';
import type { DocumentedRoute } from '../route.ts';
import { engineOrigin } from '../webhooks/engine-origin.ts';
import { urlJudgeOf } from '../webhooks/judge-webhook-url.ts';
import { within } from '../within.ts';

/** The consumer answers within 27 s (`ConsumerRpc.pingWebhook`); only its absence reaches this. */
const LIMIT_MS = 30_000;

async function testWebhook(c: ApiContext): Promise<Response> {
  const body = await readSmallBody(c.req.raw, testWebhookSchema);
  if (!body.ok) return problemResponse(c, body.error);
  const { url } = body.value;
  const judged = await urlJudgeOf(c)(url, '/url');
  if (!judged.ok) return problemResponse(c, judged.error);

  const traceparent = c.get('traceparent');
  const request = { tenant: c.get('tenant'), url, origin: engineOrigin(c), traceparent };
  let ping: Ping;
  try {
    ping = await within(c.env.CONSUMER.pingWebhook(request), LIMIT_MS, 'the consumer');
  } catch (error) {
    log('error', 'ping not sent', { ...aboutRequest(c), error: describeError(error) });
    return problemResponse(c, unavailable('The Worker that sends webhooks did not answer. Please try again.'));
  }
  return c.json(ping, 200, { 'Cache-Control': 'no-store' });
}

export const testWebhookRoute: DocumentedRoute = {
  method: 'post',
  path: '/api/webhooks/test',
  scope: 'submit',
  operation: {
    operationId: 'testWebhook',
    tag: 'Webhooks',
    summary: 'Send a test call',
    description: 'One signed `ping`, without repeats. `delivered` says whether the receiver took it, `attempt` what happened.',
    body: { schema: testWebhookSchema, example: { url: 'https://hooks.example.com/mcpoverflow' } },
    answers: { 200: { description: 'What came of it, good or bad.', schema: pingSchema } },
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
  handler: testWebhook,
};
