/**
 * Webhooks as callers and receivers see them: the body of a call, the log of its attempts, the secret
 * that signs it.
 *
 * The body is thin on purpose: ids, the status and links, never a result. A receiver that wants more
 * reads the job, so a call that went astray tells a stranger next to nothing.
 */
import * as z from 'zod';
import { jobErrorSchema } from './errors.ts';
import { uuidSchema } from './ids.ts';
import { jobStatusSchema, linksSchema } from './job.ts';
import { jobTypeSchema, metadataSchema, webhookEventSchema, webhookSchema } from './submissions.ts';

const timestampSchema = z.iso.datetime();

/** The body of a call about a job. `timestamp` is when it happened, the same in every attempt. */
export const webhookBodySchema = z
  .object({
    type: webhookEventSchema,
    timestamp: timestampSchema,
    data: z.object({
      jobId: uuidSchema,
      status: jobStatusSchema,
      type: jobTypeSchema,
      generation: z.number().int().positive(),
      metadata: metadataSchema,
      links: linksSchema.meta({ description: 'Whole addresses.' }),
      error: jobErrorSchema.optional(),
    }),
  })
  .meta({ id: 'WebhookBody' });
export type WebhookBody = z.infer<typeof webhookBodySchema>;

/** The body of `POST /api/webhooks/test`'s call. */
export const pingBodySchema = z
  .object({ type: z.literal('ping'), timestamp: timestampSchema, data: z.object({ message: z.string() }) })
  .meta({ id: 'PingBody' });
export type PingBody = z.infer<typeof pingBodySchema>;

/**
 * Why an attempt did not deliver. `interrupted`: the worker that made it was lost, so the receiver may
 * have been called or not. `not-sent`: a fault of the engine's own, before the call.
 */
export const attemptErrors = [
  'timeout',
  'connection',
  'dns',
  'url-refused',
  'redirect',
  'status',
  'gone',
  'interrupted',
  'not-sent',
] as const;
export const attemptErrorSchema = z.enum(attemptErrors).meta({ id: 'AttemptError' });
export type AttemptError = z.infer<typeof attemptErrorSchema>;

export const deliveryAttemptSchema = z
  .object({
    number: z.number().int().positive(),
    at: timestampSchema,
    durationMs: z.number().int().nonnegative(),
    status: z.number().int().optional().meta({ description: 'The HTTP status, when there was an answer.' }),
    error: attemptErrorSchema.optional().meta({ description: 'Absent when the attempt delivered.' }),
    message: z.string().optional().meta({ description: 'What went wrong, in a sentence.' }),
    retryAfterMs: z.number().int().nonnegative().optional().meta({ description: 'What the receiver’s `Retry-After` asked for.' }),
    answer: z.string().optional().meta({ description: 'The first 1 KiB of the answer; what may be secret is masked.' }),
  })
  .meta({ id: 'DeliveryAttempt' });
export type DeliveryAttempt = z.infer<typeof deliveryAttemptSchema>;

export const deliveryStatuses = ['pending', 'delivered', 'dead-letter', 'disabled'] as const;
export const deliveryStatusSchema = z.enum(deliveryStatuses).meta({
  id: 'DeliveryStatus',
  description: '`dead-letter`: given up after the last attempt. `disabled`: the receiver answered 410.',
});
export type DeliveryStatus = z.infer<typeof deliveryStatusSchema>;

/** One event's way to its receiver. */
export const deliverySchema = z
  .object({
    deliveryId: z.string().meta({ description: 'Also the `webhook-id` of every attempt.' }),
    event: webhookEventSchema,
    generation: z.number().int().positive(),
    url: z.string().meta({ description: 'Values of its query are masked.' }),
    status: deliveryStatusSchema,
    createdAt: timestampSchema,
    deliveredAt: timestampSchema.optional(),
    nextAttemptAt: timestampSchema.optional(),
    attemptCount: z.number().int().nonnegative(),
    attempts: z.array(deliveryAttemptSchema).meta({ description: 'The latest ones, in the order they were made.' }),
    links: z.object({ job: z.string(), redeliver: z.string() }),
  })
  .meta({ id: 'Delivery' });
export type Delivery = z.infer<typeof deliverySchema>;

export const deliveryListSchema = z.object({ deliveries: z.array(deliverySchema) }).meta({ id: 'DeliveryList' });

/** A key without the secret itself. */
const secretKeySchema = z.object({
  id: z.string(),
  createdAt: timestampSchema,
  shownAt: timestampSchema.optional().meta({ description: 'When the secret was shown; it is shown once.' }),
  expiresAt: timestampSchema.optional().meta({ description: 'Rotated: it signs until then.' }),
});

/** `GET /api/webhook-secret`: the keys that sign, newest first; empty before the first one is made. */
export const webhookSecretDescriptionSchema = z.object({ keys: z.array(secretKeySchema) }).meta({ id: 'WebhookSecretDescription' });
export type WebhookSecretDescription = z.infer<typeof webhookSecretDescriptionSchema>;

/** The only answer that ever holds a secret. */
export const webhookSecretSchema = webhookSecretDescriptionSchema
  .extend({ secret: z.string().meta({ description: '`whsec_…` (Standard Webhooks). Shown now and never again.' }) })
  .meta({ id: 'WebhookSecret' });
export type WebhookSecret = z.infer<typeof webhookSecretSchema>;

const DAY_SECONDS = 86_400;
export const rotateSecretSchema = z
  .strictObject({
    overlapSeconds: z
      .number()
      .int()
      .min(0)
      .max(7 * DAY_SECONDS)
      .default(DAY_SECONDS)
      .meta({ description: 'How long the old secret goes on signing beside the new one.' }),
  })
  .meta({ id: 'RotateWebhookSecret' });

/** The tenant's default webhook; null when there is none. */
export const defaultWebhookSchema = z.object({ webhook: webhookSchema.nullable() }).meta({ id: 'DefaultWebhook' });

export const testWebhookSchema = z.strictObject({ url: webhookSchema.shape.url }).meta({ id: 'TestWebhook' });

/** What came of a `ping`. */
export const pingSchema = z.object({ delivered: z.boolean(), webhookId: z.string(), attempt: deliveryAttemptSchema }).meta({ id: 'Ping' });
export type Ping = z.infer<typeof pingSchema>;
