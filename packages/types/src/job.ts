/**
 * A job as callers see it. Status words follow the original product; stages are for people.
 */
import * as z from 'zod';
import { jobErrorSchema } from './errors.ts';
import { uuidSchema } from './ids.ts';
import { engineSchema, jobTypeSchema, metadataSchema } from './submissions.ts';

export const jobStatuses = ['pending', 'processing', 'completed', 'failed', 'cancelled'] as const;
export const jobStatusSchema = z.enum(jobStatuses).meta({ id: 'JobStatus' });
export type JobStatus = z.infer<typeof jobStatusSchema>;
export const isTerminal = (status: JobStatus): boolean => status === 'completed' || status === 'failed' || status === 'cancelled';

export const jobStages = ['queued', 'waiting', 'starting', 'running', 'collecting', 'verifying', 'done'] as const;
export const jobStageSchema = z.enum(jobStages).meta({ id: 'JobStage' });
export type JobStage = z.infer<typeof jobStageSchema>;

export const usageSchema = z
  .object({
    costUsd: z.number().optional(),
    promptTokens: z.number().int().optional(),
    completionTokens: z.number().int().optional(),
    model: z.string().optional(),
    iterations: z.number().int().optional().meta({ description: 'Steps of the agent: calls of the language model.' }),
  })
  .meta({ id: 'Usage', description: 'What the present generation has used so far, runs that were lost included.' });
export type Usage = z.infer<typeof usageSchema>;

/** What an agent does while the stage is `running`. */
export const activities = ['reading', 'editing', 'commanding', 'testing', 'thinking', 'finishing'] as const;
export const activitySchema = z.enum(activities).meta({ id: 'Activity', description: 'What the agent does while the stage is `running`.' });

const timestampSchema = z.iso.datetime();

export const linksSchema = z
  .object({
    self: z.string(),
    events: z.string(),
    cancel: z.string().optional(),
    retry: z.string().optional(),
    artifact: z.string().optional(),
    deliveries: z.string().optional(),
  })
  .meta({ id: 'JobLinks' });
export type JobLinks = z.infer<typeof linksSchema>;

/** How the job's webhook calls stand. */
export const webhookProgressSchema = z
  .object({
    pending: z.number().int(),
    delivered: z.number().int(),
    deadLetters: z.number().int().meta({ description: 'Given up after the last attempt; `redeliver` sends them again.' }),
    disabled: z.number().int().meta({ description: 'Not sent any more: the receiver answered 410.' }),
  })
  .meta({ id: 'WebhookProgress' });
export type WebhookProgress = z.infer<typeof webhookProgressSchema>;

/** Everything about a job but its result, which can be large and is read apart. */
export const jobSummarySchema = z
  .object({
    jobId: uuidSchema,
    type: jobTypeSchema,
    status: jobStatusSchema,
    stage: jobStageSchema,
    progress: z.number().min(0).max(100).meta({ description: 'Percent; a hint for people, never goes down within a generation.' }),
    message: z.string().optional().meta({ description: 'What happens right now, in a sentence.' }),
    error: jobErrorSchema.optional(),
    activity: activitySchema.optional(),
    engine: engineSchema.optional().meta({ description: 'Who does the work; known once the job has begun.' }),
    engineReason: z.string().optional().meta({ description: 'Why that engine, in a sentence.' }),
    fallback: z
      .object({ from: engineSchema, error: jobErrorSchema })
      .optional()
      .meta({ description: 'Present when OpenHands failed and the embedded engine took over, as the submission allowed: why it failed.' }),
    cached: z.boolean(),
    generation: z.number().int().positive(),
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
    startedAt: timestampSchema.optional(),
    completedAt: timestampSchema.optional(),
    usage: usageSchema.optional(),
    webhook: webhookProgressSchema.optional().meta({ description: 'Present when the job has a webhook, except in lists.' }),
    metadata: metadataSchema,
    links: linksSchema,
  })
  .meta({ id: 'JobSummary' });
export type JobSummary = z.infer<typeof jobSummarySchema>;

/** `GET /api/jobs/{id}`: the summary, and the result once there is one. */
export const jobSchema = jobSummarySchema
  .extend({ result: z.unknown().optional().meta({ description: 'The result; its shape follows from `type`.' }) })
  .meta({ id: 'Job' });
export type Job = z.infer<typeof jobSchema>;

/** `GET /api/jobs`. `next` is an opaque cursor, also in the `Link` header (RFC 8288). */
export const jobListSchema = z.object({ jobs: z.array(jobSummarySchema), next: z.string().optional() }).meta({ id: 'JobList' });
export type JobList = z.infer<typeof jobListSchema>;

export const listQuerySchema = z.strictObject({
  status: jobStatusSchema.optional(),
  type: jobTypeSchema.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(512).optional(),
});
export type ListQuery = z.infer<typeof listQuerySchema>;

/** 202 on submission; names follow the original product. */
export const acceptedSchema = z
  .object({ jobId: uuidSchema, status: jobStatusSchema, message: z.string(), estimatedMs: z.number().int(), links: linksSchema })
  .meta({ id: 'Accepted' });
export type Accepted = z.infer<typeof acceptedSchema>;

/** One step in a job's life, as sent over SSE. `id` rises by one and is what `Last-Event-ID` names. */
export const jobEventSchema = z
  .object({
    id: z.number().int().positive(),
    type: z.enum([
      'job.submitted',
      'job.started',
      'job.progress',
      'job.completed',
      'job.failed',
      'job.cancelled',
      'job.retried',
      'job.replayed',
    ]),
    at: timestampSchema,
    generation: z.number().int().positive(),
    status: jobStatusSchema,
    stage: jobStageSchema,
    progress: z.number(),
    message: z.string().optional(),
    error: jobErrorSchema.optional(),
  })
  .meta({ id: 'JobEvent' });
export type JobEvent = z.infer<typeof jobEventSchema>;

/** What happens between two events, as sent over SSE. It has no id: it is not kept, and nobody needs to catch up on it. */
export const jobProgressSchema = jobEventSchema
  .omit({ id: true, error: true })
  .extend({ type: z.literal('job.progress'), activity: activitySchema.optional() })
  .meta({ id: 'JobProgress' });
export type JobProgress = z.infer<typeof jobProgressSchema>;

/** `GET /health`; the first five fields are the original product's. */
export const healthSchema = z
  .object({
    status: z.enum(['healthy', 'degraded', 'unhealthy']),
    service: z.literal('mcpoverflow-ai-engine'),
    environment: z.string(),
    openhands: z.object({
      healthy: z.boolean(),
      version: z.string().nullable(),
      latency: z.number().meta({ description: 'Milliseconds.' }),
      engine: engineSchema.optional(),
      message: z.string().optional(),
    }),
    timestamp: timestampSchema,
    version: z.string().optional(),
    acceptsJobs: z.boolean().optional().meta({ description: 'False while the engine is drained: submissions are refused, jobs go on.' }),
    queues: z.record(z.string(), z.object({ backlog: z.number().nullable(), oldestMessageAt: timestampSchema.optional() })).optional(),
  })
  .meta({ id: 'Health' });
export type Health = z.infer<typeof healthSchema>;

/** `POST /api/jobs/batch`: an answer per item, in the order of the items. */
export const batchResultSchema = z
  .object({
    jobs: z.array(
      z.union([acceptedSchema.extend({ index: z.number().int() }), z.object({ index: z.number().int(), problem: z.unknown() })]),
    ),
    accepted: z.number().int(),
    refused: z.number().int(),
  })
  .meta({ id: 'BatchResult' });
