/**
 * Dead letters as operators see them: what died and why, and bringing it back.
 *
 * A dead letter is a job that failed, a webhook call that was given up, or a queue message nobody could
 * do anything with. It stays when it is replayed, and tells how that went.
 */
import * as z from 'zod';
import { jobEventSchema, jobStageSchema, jobSummarySchema } from './job.ts';
import { parametersSchema } from './task.ts';
import { deliverySchema } from './webhooks.ts';

const timestampSchema = z.iso.datetime();

export const deadLetterKinds = ['job', 'delivery', 'message'] as const;
export const deadLetterKindSchema = z.enum(deadLetterKinds).meta({
  id: 'DeadLetterKind',
  description: '`job`: it failed. `delivery`: a webhook call was given up. `message`: a queue message nobody could act upon.',
});
export type DeadLetterKind = z.infer<typeof deadLetterKindSchema>;

export const deadLetterStatuses = ['dead', 'replaying', 'recovered', 'cancelled', 'discarded'] as const;
export const deadLetterStatusSchema = z.enum(deadLetterStatuses).meta({
  id: 'DeadLetterStatus',
  description:
    '`dead`: needs a person. `replaying`: it was brought back and has not ended yet. `recovered`: its job completed, its call was received. `cancelled`: brought back, then cancelled by its owner. `discarded`: a person decided to leave it.',
});
export type DeadLetterStatus = z.infer<typeof deadLetterStatusSchema>;

/** A dead letter as a list shows it. */
export const deadLetterSchema = z
  .object({
    id: z.string(),
    kind: deadLetterKindSchema,
    status: deadLetterStatusSchema,
    tenant: z.string().optional().meta({ description: 'Unknown for a message that nobody could read.' }),
    jobId: z.string().optional(),
    deliveryId: z.string().optional(),
    type: z.string().optional().meta({ description: 'The job’s type, or the webhook’s event.' }),
    code: z.string().meta({
      description: 'The last error’s code: of a job, of a webhook attempt, or `unreadable`, `unknown-job` and `given-up` for messages.',
    }),
    message: z.string(),
    fingerprint: z
      .string()
      .meta({ description: 'The same cause has the same one: hash of code, stage and the message without its numbers and names.' }),
    stage: jobStageSchema.optional().meta({ description: 'Where the job was when it died.' }),
    attempts: z.number().int().nonnegative(),
    generation: z.number().int().positive().optional(),
    payloadHash: z.string().optional().meta({ description: 'SHA-256 of what was submitted, or of the raw message.' }),
    traceparent: z.string().optional(),
    costUsd: z.number().optional().meta({ description: 'What the last generation cost, when that is known.' }),
    firstDeathAt: timestampSchema,
    lastDeathAt: timestampSchema,
    deaths: z.number().int().positive(),
    deathsOfFingerprint: z
      .number()
      .int()
      .positive()
      .meta({ description: 'Deaths of the present fingerprint; from three on it is in quarantine.' }),
    replays: z.number().int().nonnegative(),
    quarantined: z.boolean().meta({ description: 'A replay skips it unless it is forced.' }),
    links: z.object({ self: z.string(), job: z.string().optional() }),
  })
  .meta({ id: 'DeadLetter' });
export type DeadLetter = z.infer<typeof deadLetterSchema>;

export const deadLetterEvents = ['died', 'replayed', 'retried', 'patched', 'recovered', 'cancelled', 'discarded'] as const;
export const deadLetterEventSchema = z
  .object({
    at: timestampSchema,
    event: z.enum(deadLetterEvents).meta({ description: '`replayed` by an operator, `retried` by the job’s owner.' }),
    generation: z.number().int().positive().optional(),
    code: z.string().optional(),
    message: z.string().optional(),
    fingerprint: z.string().optional(),
    replayId: z.string().optional(),
  })
  .meta({ id: 'DeadLetterEvent' });
export type DeadLetterEvent = z.infer<typeof deadLetterEventSchema>;

/** A submission that a replay's patch replaced, as far as operators may read it. */
export const formerSubmissionSchema = z
  .object({
    revision: z.number().int().nonnegative(),
    lastGeneration: z.number().int().positive().meta({ description: 'The last generation that worked with it.' }),
    parameters: parametersSchema.omit({ authConfig: true }).meta({ description: 'Without `authConfig`, which can hold secrets.' }),
  })
  .meta({ id: 'FormerSubmission' });
export type FormerSubmission = z.infer<typeof formerSubmissionSchema>;

/** `GET /api/dead-letters/{id}`: all of it. */
export const deadLetterDetailSchema = deadLetterSchema
  .extend({
    history: z.array(deadLetterEventSchema).meta({ description: 'The latest hundred things that happened to it.' }),
    queue: z.string().optional().meta({ description: 'Of a message.' }),
    body: z.string().optional().meta({ description: 'The raw message.' }),
    job: jobSummarySchema.optional().meta({ description: 'The job as it is now; absent when it was deleted, or with `jobUnavailable`.' }),
    jobUnavailable: z
      .literal(true)
      .optional()
      .meta({ description: 'The job does not answer right now, so what only it knows is missing here.' }),
    jobHistory: z.array(jobEventSchema).optional(),
    delivery: deliverySchema.optional(),
    formerSubmissions: z
      .array(formerSubmissionSchema)
      .optional()
      .meta({ description: 'What was submitted before replays changed it, oldest first; absent when none did.' }),
  })
  .meta({ id: 'DeadLetterDetail' });
export type DeadLetterDetail = z.infer<typeof deadLetterDetailSchema>;

/** What a filter can say; `tenant` only narrows what the key may see anyway. */
const filterFields = {
  status: deadLetterStatusSchema.optional(),
  kind: deadLetterKindSchema.optional(),
  type: z.string().min(1).max(64).optional(),
  tenant: z.string().min(1).max(128).optional(),
  fingerprint: z.string().min(1).max(64).optional(),
  code: z.string().min(1).max(64).optional(),
  since: z.iso.datetime({ offset: true }).optional().meta({ description: 'Last death at or after.' }),
  until: z.iso.datetime({ offset: true }).optional().meta({ description: 'Last death before.' }),
};
export const deadLetterFilterSchema = z.strictObject(filterFields).meta({ id: 'DeadLetterFilter' });
export type DeadLetterFilter = z.infer<typeof deadLetterFilterSchema>;

const paging = { limit: z.coerce.number().int().min(1).max(100).default(20), cursor: z.string().max(512).optional() };
export const deadLetterQuerySchema = z.strictObject({ ...filterFields, ...paging });
export type DeadLetterQuery = z.infer<typeof deadLetterQuerySchema>;

export const deadLetterListSchema = z
  .object({ deadLetters: z.array(deadLetterSchema), next: z.string().optional() })
  .meta({ id: 'DeadLetterList' });
export type DeadLetterList = z.infer<typeof deadLetterListSchema>;

export const deadLetterGroupSchema = z
  .object({
    fingerprint: z.string(),
    kind: deadLetterKindSchema,
    code: z.string(),
    stage: jobStageSchema.optional(),
    count: z.number().int().positive(),
    quarantined: z.number().int().nonnegative(),
    firstDeathAt: timestampSchema,
    lastDeathAt: timestampSchema,
    sample: z.object({ id: z.string(), message: z.string() }),
    links: z.object({ deadLetters: z.string() }),
  })
  .meta({ id: 'DeadLetterGroup' });
export type DeadLetterGroup = z.infer<typeof deadLetterGroupSchema>;

/** `GET /api/dead-letters/groups`: of the status `dead` unless the filter says otherwise; the largest first. */
export const deadLetterGroupsSchema = z
  .object({ groups: z.array(deadLetterGroupSchema), next: z.string().optional() })
  .meta({ id: 'DeadLetterGroups' });
export type DeadLetterGroups = z.infer<typeof deadLetterGroupsSchema>;

/** `DELETE /api/dead-letters`: what was discarded. */
export const discardedSchema = z.object({ discarded: z.number().int().nonnegative() }).meta({ id: 'Discarded' });

/** One step of an RFC 6902 patch. */
const patchOperationSchema = z.union([
  z.strictObject({ op: z.enum(['add', 'replace', 'test']), path: z.string(), value: z.unknown() }),
  z.strictObject({ op: z.literal('remove'), path: z.string() }),
  z.strictObject({ op: z.enum(['move', 'copy']), from: z.string(), path: z.string() }),
]);
export const jsonPatchSchema = z.array(patchOperationSchema).min(1).max(100).meta({ id: 'JsonPatch', description: 'RFC 6902.' });
export type JsonPatch = z.infer<typeof jsonPatchSchema>;

export const MAX_SELECTED_IDS = 1_000;
export const replayRequestSchema = z
  .strictObject({
    planId: z.string().max(64).optional().meta({ description: 'A dry run’s plan: exactly what it listed is replayed.' }),
    ids: z.array(z.string().max(128)).min(1).max(MAX_SELECTED_IDS).optional(),
    filter: deadLetterFilterSchema.optional(),
    fingerprint: z.string().min(1).max(64).optional(),
    dryRun: z.boolean().optional().meta({ description: 'Only plan: nothing is started.' }),
    ratePerSecond: z
      .number()
      .min(0.01)
      .max(100)
      .optional()
      .meta({ description: 'How many are started a second; 10 unless it says otherwise.' }),
    canary: z.number().int().min(0).max(100).optional().meta({ description: 'So many must recover before the rest starts.' }),
    stopOnFailureRatio: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .meta({ description: 'Stops when more than this share of what has ended died again.' }),
    force: z.boolean().optional().meta({ description: 'Replays what is in quarantine, too.' }),
    patch: jsonPatchSchema.optional().meta({ description: 'Changes the submission of a single job before it is replayed.' }),
  })
  .refine(({ planId, ids, filter, fingerprint }) => [planId, ids, filter, fingerprint].filter((each) => each !== undefined).length === 1, {
    message: 'must have exactly one of planId, ids, filter and fingerprint',
  })
  .meta({ id: 'ReplayRequest' });
export type ReplayRequest = z.infer<typeof replayRequestSchema>;

export const replayStates = ['planned', 'running', 'paused', 'completed', 'stopped', 'aborted'] as const;
export const replayStateSchema = z.enum(replayStates).meta({
  id: 'ReplayState',
  description:
    '`completed`: everything that was started has ended. `stopped`: it stopped itself; `reason` says why. Paused, stopped or aborted, it starts nothing more; what it was starting may have begun already.',
});
export type ReplayState = z.infer<typeof replayStateSchema>;

export const replayItemStates = ['will-replay', 'skipped', 'running', 'recovered', 'died', 'cancelled', 'not-started'] as const;
export const replayItemSchema = z
  .object({
    deadLetterId: z.string(),
    kind: deadLetterKindSchema,
    jobId: z.string().optional(),
    state: z.enum(replayItemStates).meta({ description: '`not-started`: the replay stopped or was aborted before its turn.' }),
    reason: z.string().optional().meta({ description: 'Why it was skipped.' }),
    generation: z.number().int().positive().optional().meta({ description: 'The generation that the replay began.' }),
    estimatedCostUsd: z.number().optional(),
  })
  .meta({ id: 'ReplayItem' });
export type ReplayItem = z.infer<typeof replayItemSchema>;

export const replaySchema = z
  .object({
    replayId: z.string(),
    state: replayStateSchema,
    reason: z.string().optional(),
    ratePerSecond: z.number(),
    canary: z.number().int(),
    stopOnFailureRatio: z.number().optional(),
    force: z.boolean(),
    counts: z.object({
      total: z.number().int(),
      waiting: z.number().int(),
      skipped: z.number().int(),
      running: z.number().int(),
      recovered: z.number().int(),
      died: z.number().int(),
      cancelled: z.number().int(),
      notStarted: z.number().int(),
    }),
    estimatedCostUsd: z
      .number()
      .optional()
      .meta({ description: 'What the jobs that will be replayed cost last time; absent when no cost is known.' }),
    createdAt: timestampSchema,
    startedAt: timestampSchema.optional(),
    endedAt: timestampSchema.optional(),
    items: z.array(replayItemSchema).meta({ description: 'The first 100; `links.items` has all.' }),
    links: z.object({
      self: z.string(),
      items: z.string(),
      pause: z.string().optional(),
      resume: z.string().optional(),
      abort: z.string().optional(),
    }),
  })
  .meta({ id: 'Replay' });
export type Replay = z.infer<typeof replaySchema>;

export const replayItemsQuerySchema = z.strictObject({ state: z.enum(replayItemStates).optional(), ...paging });
export type ReplayItemsQuery = z.infer<typeof replayItemsQuerySchema>;
export const replayItemListSchema = z
  .object({ items: z.array(replayItemSchema), next: z.string().optional() })
  .meta({ id: 'ReplayItemList' });
export type ReplayItemList = z.infer<typeof replayItemListSchema>;
