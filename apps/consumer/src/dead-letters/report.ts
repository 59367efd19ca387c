/**
 * What a Job tells the DeadLetters object: that it, or one of its webhook calls, died, and what became of
 * it afterwards. Reports are written with the change they tell of and sent, in their order, until they
 * are received (the outbox pattern); `sequence` rises within a job, so a report that arrives twice or
 * after a later one changes nothing.
 */
import { attemptErrorSchema, jobErrorSchema, jobStageSchema, jobTypeSchema, webhookEventSchema } from '@mcpoverflow/types';
import * as z from 'zod';

const common = {
  sequence: z.number().int().positive(),
  /** Epoch milliseconds. */
  at: z.number(),
  jobId: z.string(),
  tenant: z.string(),
  generation: z.number().int().positive(),
};

/**
 * - `died`: the job failed. Everything else is told only of a job that has died before.
 * - `retried`: its owner brought it back; a replay's own start is known to whoever ordered it.
 * - `recovered`: it completed. `cancelled`: its owner cancelled it.
 */
const jobReportSchema = z.object({
  ...common,
  kind: z.literal('job'),
  outcome: z.enum(['died', 'retried', 'recovered', 'cancelled']),
  type: jobTypeSchema,
  /** Present when it died. */
  error: jobErrorSchema.nullable(),
  /** Where it was just before the end. */
  stage: jobStageSchema,
  payloadHash: z.string(),
  traceparent: z.string().nullable(),
  costUsd: z.number().nullable(),
});
export type JobReport = z.infer<typeof jobReportSchema>;

/** `retried`: its owner asked to send it again. `cancelled`: it will not be sent any more (410 for its URL). */
const deliveryReportSchema = z.object({
  ...common,
  kind: z.literal('delivery'),
  outcome: z.enum(['died', 'retried', 'recovered', 'cancelled']),
  deliveryId: z.string(),
  event: webhookEventSchema,
  /** Of the last attempt. */
  code: attemptErrorSchema.nullable(),
  message: z.string(),
  attempts: z.number().int(),
  traceparent: z.string().nullable(),
});
export type DeliveryReport = z.infer<typeof deliveryReportSchema>;

/** The job is gone, and with it everything that was said about it. */
const deletedReportSchema = z.object({ ...common, kind: z.literal('deleted') });

export const reportSchema = z.discriminatedUnion('kind', [jobReportSchema, deliveryReportSchema, deletedReportSchema]);
export type Report = z.infer<typeof reportSchema>;

/** A dead letter's id: the same for every death of the same thing. */
export const jobLetterId = (jobId: string): string => `job_${jobId}`;
export const deliveryLetterId = (deliveryId: string): string => `delivery_${deliveryId}`;

/** How far what was brought back has come. */
export type ReplayProgress = 'running' | 'recovered' | 'died' | 'cancelled';

/** What a Job answers to a replay of itself or of one of its webhook calls. Harmless to repeat: the same replay starts nothing twice. */
export type ReplayJobAnswer =
  | { readonly kind: 'started'; readonly generation: number; readonly patched: boolean; readonly progress: ReplayProgress }
  /** It is not what it was when it died: a sentence says why. */
  | { readonly kind: 'skipped'; readonly reason: string };

/** An order to bring a job back. */
export interface ReplayOrder {
  readonly replayId: string;
  /** The generation that died. */
  readonly generation: number;
  /** A replay is a new trace; the job's log links it to the old one. */
  readonly traceparent: string;
  /** With the change of its submission that was made for this replay, or not at all. */
  readonly patched: boolean;
}

/** An order to send a webhook call again. */
export interface DeliveryReplayOrder {
  readonly replayId: string;
  readonly deliveryId: string;
  /** Of the report of its death: a call that was sent again since is left alone. */
  readonly attempts: number;
}

/** What DeadLetters asks of a Job. */
export interface ReplayableJob {
  /** Starts the next generation of a job that failed as `generation`. */
  replay(order: ReplayOrder): Promise<ReplayJobAnswer>;
  /** Sends a webhook call again that was given up. */
  replayDelivery(order: DeliveryReplayOrder): Promise<ReplayJobAnswer>;
  /** An operator decided to leave the job that died as `generation`: its retention counts again. */
  discarded(generation: number): Promise<void>;
  /** The same of a webhook call that died after so many attempts. */
  deliveryDiscarded(deliveryId: string, attempts: number): Promise<void>;
}
