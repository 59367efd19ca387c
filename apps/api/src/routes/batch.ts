/**
 * `POST /api/jobs/batch`: up to a hundred submissions in one call. Each item is admitted and refused by
 * itself; item i uses the idempotency key `key:i`, so a batch that broke off can simply be sent again.
 */
import { batchResultSchema, batchSchema, fail, jobTypeSchema, MAX_BATCH_ITEMS, type Result } from '@mcpoverflow/types';
import * as z from 'zod';
import { admit } from '../admission/admit.ts';
import { readJsonBody } from '../admission/body.ts';
import { parseIdempotencyKey } from '../admission/idempotency-key.ts';
import { validate } from '../admission/validation.ts';
import type { ApiContext } from '../env.ts';
import { problemOf, problemResponse, type Refusal, refusalOf } from '../problems.ts';
import type { DocumentedRoute } from '../route.ts';
import { cacheControlParameter, idempotencyKeyParameter } from '../route-parameters.ts';
import { type CreatedJob, createJob, sendStarts } from '../submission/create-job.ts';
import { acceptedOf } from '../submission/submit.ts';
import { type ChooseWebhook, webhookChoiceOf } from '../webhooks/job-webhook.ts';

/** The batch as such; its items are judged one by one. */
const envelopeSchema = z.strictObject({ jobs: z.array(z.unknown()).min(1).max(MAX_BATCH_ITEMS) });
const itemSchema = z.looseObject({ type: jobTypeSchema });

/** An item's faults as seen from the whole batch, in the pointers and in the sentence that repeats them. */
const inItem = (refusal: Refusal, index: number): Refusal =>
  refusal.errors === undefined
    ? refusal
    : {
        ...refusal,
        ...refusalOf(
          refusal.code,
          refusal.errors.map(({ pointer, detail }) => ({ pointer: `/jobs/${index}${pointer}`, detail })),
        ),
      };

async function createItem(
  c: ApiContext,
  item: unknown,
  idempotencyKey: string | undefined,
  chooseWebhook: ChooseWebhook,
): Promise<Result<CreatedJob, Refusal>> {
  const typed = validate(itemSchema, item);
  if (!typed.ok) return typed;
  const { type, ...body } = typed.value;
  const admission = await admit(type, body);
  if (!admission.ok) return fail(admission.error);
  return createJob(c, admission.value, idempotencyKey, chooseWebhook);
}

async function batch(c: ApiContext): Promise<Response> {
  const key = parseIdempotencyKey(c.req.header('Idempotency-Key'));
  if (!key.ok) return problemResponse(c, key.error);
  const body = await readJsonBody(c.req.raw, c.get('settings').MAX_BODY_BYTES);
  if (!body.ok) return problemResponse(c, body.error);
  const envelope = validate(envelopeSchema, body.value);
  if (!envelope.ok) return problemResponse(c, envelope.error);

  const chooseWebhook = webhookChoiceOf(c);
  const created = await Promise.all(
    envelope.value.jobs.map((item, index) =>
      createItem(c, item, key.value === undefined ? undefined : `${key.value}:${index}`, chooseWebhook),
    ),
  );
  await sendStarts(
    c,
    created.flatMap((item) => (item.ok && item.value.start !== undefined ? [item.value.start] : [])),
  );

  const request = { requestId: c.get('requestId'), path: c.req.path };
  const jobs = created.map((item, index) =>
    item.ok ? { index, ...acceptedOf(item.value.job) } : { index, problem: problemOf(inItem(item.error, index), request) },
  );
  const accepted = created.filter((item) => item.ok).length;
  return c.json({ jobs, accepted, refused: created.length - accepted }, accepted > 0 ? 202 : 200, { 'Cache-Control': 'no-store' });
}

export const batchRoute: DocumentedRoute = {
  method: 'post',
  path: '/api/jobs/batch',
  scope: 'submit',
  startsJobs: true,
  operation: {
    operationId: 'submitBatch',
    tag: 'Submit',
    summary: 'Submit up to 100 jobs',
    description: 'Every item has its own answer, in the order sent; one bad item refuses only itself. Item i uses the key `key:i`.',
    parameters: [idempotencyKeyParameter, cacheControlParameter],
    body: {
      schema: batchSchema,
      example: { jobs: [{ type: 'generate-from-description', description: 'Create a simple connector for GitHub API' }] },
    },
    answers: {
      200: { description: 'No item was accepted; each says why.', schema: batchResultSchema },
      202: { description: 'At least one job was accepted.', schema: batchResultSchema },
    },
    problems: [
      'invalid-request',
      'invalid-json',
      'invalid-idempotency-key',
      'unauthorized',
      'forbidden',
      'body-too-large',
      'unsupported-media-type',
      'unavailable',
    ],
  },
  handler: batch,
};
