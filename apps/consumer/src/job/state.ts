/**
 * The Job's state: one document, one row, the only truth about a job.
 *
 * Everything that decides a transition is in here, so that every transition is a pure function of
 * (state, input, now) and can be tested without a Worker. Input and result bytes lie beside it in
 * rows of their own; they decide nothing.
 *
 * Words: design section 4. Times are epoch milliseconds.
 */
import {
  activitySchema,
  engineSchema,
  jobErrorSchema,
  jobEventSchema,
  jobStageSchema,
  jobStatusSchema,
  jobTypeSchema,
  optionsSchema,
  parametersSchema,
  turnKinds,
  usageSchema,
} from '@mcpoverflow/types';
import * as z from 'zod';
import { reportSchema } from '../dead-letters/report.ts';
import { deliveryStateSchema, webhookStateSchema } from '../webhooks/delivery-state.ts';

const time = z.number();

/** Proof that one worker holds one turn; `until` is when somebody else may take over. */
const leaseSchema = z.object({
  token: z.string(),
  until: time,
  /** A create that its holder sent may take effect until then. */
  createsUntil: time,
  /** Set while a connector runs: a lease that ends here may have been ended by the connector. */
  verifying: z.boolean(),
  /** The tool that is being called, where that is told. */
  calling: z.string().nullable().default(null),
});
export type Lease = z.infer<typeof leaseSchema>;

/** The one step the job expects next. */
const expectedSchema = z.object({
  turn: z.number().int().positive(),
  kind: z.enum(turnKinds),
  /** Counted when a turn begins, so that a hard kill counts too. */
  attempts: z.number().int(),
  /** Not before this time; null while the turn waits for an event (a place in the pool, the run's end). */
  plannedAt: time.nullable(),
  resends: z.number().int(),
  /** When the message is sent again if nobody has begun; null while the turn waits for an event. */
  resendAt: time.nullable(),
  lease: leaseSchema.nullable(),
  /** Leases that ended in the middle of a verification. */
  verificationCrashes: z.number().int(),
  lastError: jobErrorSchema.nullable(),
});
export type Expected = z.infer<typeof expectedSchema>;

/** Figures of somebody else's server: what cannot be read of them must not make a job unreadable. */
const storedUsageSchema = usageSchema.nullable().catch(null);

const runSchema = z.object({
  number: z.number().int().positive(),
  conversationId: z.string(),
  /** Whether the conversation exists on the server: `maybe` from the first call until its answer. */
  created: z.enum(['no', 'maybe', 'yes']),
  /** No POST before this time: an earlier one may still be on its way. */
  createAfter: time,
  startedAt: time.nullable(),
  /** Since when the conversation exists and its place for files does not; null while that was never so. */
  preparingSince: time.nullable(),
  /** How often failures went back into the conversation. */
  reworks: z.number().int(),
  /** How often it was found paused and set going again. */
  unpauses: z.number().int(),
  /** When it was last told to go on, and its last event before that; null while it never was. */
  toldToGoOn: z.object({ at: time, lastEventId: z.string().nullable() }).nullable(),
  /** The failure from which it was told to go on: seen again, it is no new one. */
  failureId: z.string().nullable(),
  /** Runs of the same engine that the server lost before this one. */
  lossesBefore: z.number().int(),
  /** As last seen; what the pool tells is stored with the next change only. */
  usage: storedUsageSchema,
  activity: z.object({ kind: activitySchema, message: z.string() }).nullable(),
});
export type Run = z.infer<typeof runSchema>;

/**
 * A run to be ended and forgotten; repeated until the server confirms, then its place in the pool is freed
 * and its directory removed.
 */
const stopSchema = z.object({
  conversationId: z.string(),
  engine: engineSchema.nullable(),
  /** False when no call ever went out for it: only its place in the pool is given back. */
  mayExist: z.boolean(),
  live: z.boolean(),
  /** The server has confirmed: nothing but the directory is left, and nothing waits for that. */
  isGone: z.boolean(),
  /** A create may be on its way until then, so an earlier "unknown id" confirms nothing. */
  confirmAfter: time,
  /** The lease under which that create was made: its holder's last word shortens the wait, but not below `earlierCreatesUntil`. */
  holder: z.string().nullable(),
  earlierCreatesUntil: time,
  attempts: z.number().int(),
  at: time,
});
export type Stop = z.infer<typeof stopSchema>;

const dutySchema = z.object({ attempts: z.number().int(), at: time });
export type Duty = z.infer<typeof dutySchema>;

/** Removal of a deleted job's KV copy and index row; repeated once at `until`, for a write that was on its way. */
const cleanupSchema = dutySchema.extend({
  /** Names the index row. */
  createdAt: time,
  until: time,
});
export type Cleanup = z.infer<typeof cleanupSchema>;

/** What a generation has cost and its row in the index will not tell: the job was deleted first, or brought back. */
const costSchema = dutySchema.extend({
  /** Names the index row. */
  createdAt: time,
  generation: z.number().int().positive(),
  usd: z.number(),
});
export type Cost = z.infer<typeof costSchema>;

/** What others have still to be told; the reports, to DeadLetters, in order. */
const outboxFields = {
  /** Absent in rows of a release that did not tell them. */
  costs: z.array(costSchema).default([]),
  reports: z.array(reportSchema),
  reportDuty: dutySchema.nullable(),
  lastReport: z.number().int(),
};

const filesSchema = z.array(z.object({ path: z.string(), format: z.enum(['json', 'yaml', 'graphql']).optional() }));

/** A submission that is not the present one: changed and waiting, or changed since. A row of its own, because it may be large. */
export const submissionSchema = z.object({ parameters: parametersSchema, options: optionsSchema, files: filesSchema });
export type Submission = z.infer<typeof submissionSchema>;

/** Rows of earlier versions are brought to this one when they are read (`migrations.ts`). */
export const SCHEMA_VERSION = 4;

export const jobStateSchema = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION),
  jobId: z.string(),
  tenant: z.string(),
  type: jobTypeSchema,
  bodyFingerprint: z.string(),
  parameters: parametersSchema,
  options: optionsSchema,
  files: filesSchema,
  /** Names the rows of the present input; rises when a replay changes the submission. */
  inputRevision: z.number().int().positive(),
  /** Changed submissions, each of which waits for its own replay; their rows are named by the revision. */
  amendments: z.array(
    z.object({ revision: z.number().int(), replayId: z.string(), requestFingerprint: z.string(), generation: z.number().int() }),
  ),
  /** What the submission was before it was changed, and the last generation that worked on it. */
  formerSubmissions: z.array(z.object({ revision: z.number().int(), lastGeneration: z.number().int() })),
  cache: z.object({ key: z.string(), engine: engineSchema }).nullable(),
  traceparent: z.string().nullable(),
  /** Random, made at creation; a key that is used again after a deletion never meets an old run. */
  incarnation: z.string(),
  generation: z.number().int().positive(),
  status: jobStatusSchema,
  stage: jobStageSchema,
  progress: z.number(),
  cached: z.boolean(),
  createdAt: time,
  updatedAt: time,
  /** When this generation was submitted or replayed, or fell back to another engine. */
  queuedAt: time,
  startedAt: time.nullable(),
  completedAt: time.nullable(),
  /** Since when it is in its stage, and the milliseconds that this generation spent in each; absent in rows of a release that did not count. */
  stageTimes: z
    .object({ since: time, spent: z.partialRecord(jobStageSchema, time) })
    .optional()
    .catch(undefined),
  error: jobErrorSchema.nullable(),
  /** Who does the work; decided when the generation's first turn begins. */
  engine: engineSchema.nullable(),
  /** Set once OpenHands has failed and the embedded engine has taken over. */
  fallback: z.object({ from: engineSchema, error: jobErrorSchema }).nullable(),
  /** What the runs of this generation used that are no longer the present one. */
  earlierUsage: storedUsageSchema,
  lastTurn: z.number().int(),
  expected: expectedSchema.nullable(),
  run: runSchema.nullable(),
  stops: z.array(stopSchema),
  /** When the pool is asked again whether it still knows this job. */
  checkInAt: time.nullable(),
  /** Names the result that is valid; null when there is none. */
  result: z.object({ generation: z.number().int(), token: z.string() }).nullable(),
  publish: dutySchema.nullable(),
  published: z.boolean(),
  index: dutySchema.nullable(),
  /** It failed in some generation: DeadLetters knows it, and is told what becomes of it. */
  hasDied: z.boolean(),
  /** It failed and an operator decided to leave it: its retention counts as any other job's. */
  discarded: z.boolean(),
  /** The latest replay of this job, and the generation that it replayed. */
  replay: z.object({ replayId: z.string(), of: z.number().int(), patched: z.boolean() }).nullable(),
  ...outboxFields,
  webhook: webhookStateSchema.nullable(),
  deliveries: z.array(deliveryStateSchema),
  /** What deleted jobs of the same id left behind. */
  cleanups: z.array(cleanupSchema),
  events: z.array(jobEventSchema),
  lastEventId: z.number().int(),
});
export type JobState = z.infer<typeof jobStateSchema>;

/**
 * What is left of a deleted job while its run is not confirmed dead and its copies are not removed.
 * It holds nothing of the job's content.
 */
export const tombstoneSchema = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION),
  deleted: z.literal(true),
  jobId: z.string(),
  tenant: z.string(),
  stops: z.array(stopSchema),
  cleanups: z.array(cleanupSchema),
  ...outboxFields,
});
export type Tombstone = z.infer<typeof tombstoneSchema>;

export const storedSchema = z.union([tombstoneSchema, jobStateSchema]);
export type Stored = JobState | Tombstone;
export const isDeleted = (stored: Stored): stored is Tombstone => 'deleted' in stored;
