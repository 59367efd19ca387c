/**
 * A webhook call as its Job stores it: one document a delivery, inside the Job's own, so that the event
 * and the duty to tell it are written in the transaction of the change they tell of.
 *
 * Attempts are numbered and counted when they begin, like turns: a worker that dies in the middle of a
 * call leaves a lease, and at its end the attempt counts as interrupted.
 */
import { deliveryAttemptSchema, deliveryStatusSchema, jobErrorSchema, webhookEventSchema } from '@mcpoverflow/types';
import * as z from 'zod';

const time = z.number();

/** Where the job's calls go; decided at submission. */
export const webhookStateSchema = z.object({
  url: z.string(),
  events: z.array(webhookEventSchema),
  /** The links in a call begin with it; no call may go to it. */
  origin: z.string(),
  /** The receiver answered 410: nothing more is sent by itself. */
  disabledAt: time.nullable(),
});
export type WebhookState = z.infer<typeof webhookStateSchema>;

export const deliveryStateSchema = z.object({
  /** The `webhook-id`: the same in every attempt. */
  id: z.string(),
  event: webhookEventSchema,
  generation: z.number().int().positive(),
  createdAt: time,
  /** Why the job failed, as of the event: a later generation may know better. */
  error: jobErrorSchema.nullable(),
  status: deliveryStatusSchema,
  /** The attempt that is expected next, or under way. Only rises. */
  attempt: z.number().int().positive(),
  /** Attempts made since the schedule began; it begins anew when somebody asks to send again. */
  attemptsOfSchedule: z.number().int().nonnegative(),
  /** Not before this time; null when nothing is to be sent. */
  plannedAt: time.nullable(),
  resends: z.number().int(),
  /** When the message is sent (again) if nobody has begun. */
  resendAt: time.nullable(),
  lease: z.object({ token: z.string(), begunAt: time, until: time }).nullable(),
  deliveredAt: time.nullable(),
  /** It was given up once: DeadLetters knows it. */
  hasDied: z.boolean(),
  /** It was given up, and an operator decided to leave it. */
  discarded: z.boolean(),
  /** The operator's replay that sent it again last. */
  replayId: z.string().nullable(),
  /** The latest ones. */
  attempts: z.array(deliveryAttemptSchema),
});
export type DeliveryState = z.infer<typeof deliveryStateSchema>;

/** Answers of receivers are hostile in size too: the log of one delivery holds this many attempts. */
export const MAX_LOGGED_ATTEMPTS = 12;
/**
 * With the bound above this keeps the state below a row's 2 MB (Cloudflare's limits page). The oldest settled ones
 * make room; a job with so many unsent calls is not retried until some are.
 */
export const MAX_DELIVERIES = 40;
