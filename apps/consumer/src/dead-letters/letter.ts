/**
 * A dead letter as it is kept, and how it changes: pure functions from what it was and what happened to
 * what it is. History is a part of the letter and not a table of its own: a death costs one row and its
 * two index entries, and whoever reads a letter wants its history anyway.
 */
import { createHash } from 'node:crypto';
import {
  type DeadLetterEvent,
  deadLetterEventSchema,
  deadLetterKindSchema,
  deadLetterStatusSchema,
  jobStageSchema,
} from '@mcpoverflow/types';
import * as z from 'zod';
import { iso } from '../iso-time.ts';
import { fingerprintOf } from './fingerprint.ts';
import { type DeliveryReport, deliveryLetterId, type JobReport, jobLetterId } from './report.ts';

/** From so many deaths of one cause on, a replay skips it unless it is forced (design section 9). */
export const QUARANTINE_DEATHS = 3;
/** The latest things that happened to a letter; the earliest of a letter that dies for months are of no use. */
export const MAX_HISTORY = 100;

const text = z.string();
export const letterSchema = z.object({
  id: text,
  kind: deadLetterKindSchema,
  status: deadLetterStatusSchema,
  /** Null for a message that nobody could read. */
  tenant: text.nullable(),
  jobId: text.nullable(),
  deliveryId: text.nullable(),
  type: text.nullable(),
  code: text,
  message: text,
  fingerprint: text,
  stage: jobStageSchema.nullable(),
  attempts: z.number().int(),
  generation: z.number().int().nullable(),
  payloadHash: text.nullable(),
  traceparent: text.nullable(),
  costUsd: z.number().nullable(),
  /** Epoch milliseconds, as every time in here. */
  firstDeathAt: z.number(),
  lastDeathAt: z.number(),
  deaths: z.number().int(),
  deathsOfFingerprint: z.number().int(),
  replays: z.number().int(),
  /** Of the last report that was applied: an earlier one changes nothing. */
  sequence: z.number().int(),
  /** The replay whose item waits for its outcome, and which item that is; null when nobody waits. */
  replayId: text.nullable(),
  position: z.number().int().nullable(),
  /** When the Job is told that the letter was discarded; null when it knows, or has nothing to know. */
  tellAt: z.number().nullable(),
  queue: text.nullable(),
  body: text.nullable(),
  history: z.array(deadLetterEventSchema),
});
export type Letter = z.infer<typeof letterSchema>;

/** A message that its queue's handler could not parse, or that its queue gave up on. */
export interface DeadMessage {
  readonly messageId: string;
  readonly queue: string;
  /** The raw body, as text. */
  readonly body: string;
  readonly reason: 'unreadable' | 'given-up' | 'unknown-job';
  /** As far as the message says it; whose job that is, it does not say. */
  readonly jobId: string | null;
}

const reasons: Record<DeadMessage['reason'], string> = {
  unreadable: 'It is not a message that this version understands.',
  'given-up': 'Its queue gave up on it.',
  'unknown-job': 'It is about a job that does not exist.',
};

export const isQuarantined = (letter: Pick<Letter, 'deathsOfFingerprint'>): boolean => letter.deathsOfFingerprint >= QUARANTINE_DEATHS;

/** The letter with one more thing in its history. */
export function remember(letter: Letter, at: number, event: Omit<DeadLetterEvent, 'at'>): Letter {
  return { ...letter, history: [...letter.history, { at: iso(at), ...event }].slice(-MAX_HISTORY) };
}

/** What is kept of a message. Its id follows from its queue and id there: delivered twice, it is one letter. */
export function letterOfMessage(message: DeadMessage, now: number): Letter {
  const hash = (content: string): string => createHash('sha256').update(content).digest('hex');
  const cause = { code: message.reason, message: reasons[message.reason], stage: null };
  const fingerprint = fingerprintOf(cause);
  const letter: Letter = {
    ...blank,
    ...cause,
    id: `message_${hash(JSON.stringify([message.queue, message.messageId])).slice(0, 32)}`,
    kind: 'message',
    jobId: message.jobId,
    fingerprint,
    payloadHash: hash(message.body),
    firstDeathAt: now,
    lastDeathAt: now,
    queue: message.queue,
    body: message.body,
  };
  return remember(letter, now, { event: 'died', code: cause.code, message: cause.message, fingerprint });
}

const blank = {
  status: 'dead',
  tenant: null,
  jobId: null,
  deliveryId: null,
  type: null,
  attempts: 0,
  generation: null,
  payloadHash: null,
  traceparent: null,
  costUsd: null,
  deaths: 1,
  deathsOfFingerprint: 1,
  replays: 0,
  sequence: 0,
  replayId: null,
  position: null,
  tellAt: null,
  queue: null,
  body: null,
  history: [],
} satisfies Partial<Letter>;

export const letterIdOf = (report: JobReport | DeliveryReport): string =>
  report.kind === 'job' ? jobLetterId(report.jobId) : deliveryLetterId(report.deliveryId);

/** After any report no replay waits for this letter, and its Job needs not be told that it was discarded before. */
const unclaimed = { replayId: null, position: null, tellAt: null };

/**
 * Applies what a Job reports.
 * @param letter null when there is none yet
 * @returns the same letter when the report is an old one; null when it tells of nothing that ever died
 */
export function afterReport(letter: Letter | null, report: JobReport | DeliveryReport): Letter | null {
  if (letter !== null && report.sequence <= letter.sequence) return letter;
  if (report.outcome === 'died') return afterDeath(letter, report);
  if (letter === null) return null;
  const { outcome, generation, at } = report;
  const status = outcome === 'retried' ? 'replaying' : outcome;
  return remember({ ...letter, ...unclaimed, status, generation, sequence: report.sequence }, at, { event: outcome, generation });
}

function afterDeath(letter: Letter | null, report: JobReport | DeliveryReport): Letter {
  const { at, generation, sequence } = report;
  const cause = causeOf(report);
  const fingerprint = fingerprintOf(cause);
  const counted =
    letter === null
      ? { ...blank, firstDeathAt: at }
      : {
          ...letter,
          deaths: letter.deaths + 1,
          deathsOfFingerprint: letter.fingerprint === fingerprint ? letter.deathsOfFingerprint + 1 : 1,
        };
  const dead: Letter = {
    ...counted,
    ...unclaimed,
    ...cause,
    ...subjectOf(report),
    id: letterIdOf(report),
    status: 'dead',
    tenant: report.tenant,
    jobId: report.jobId,
    fingerprint,
    generation,
    traceparent: report.traceparent,
    lastDeathAt: at,
    sequence,
  };
  return remember(dead, at, { event: 'died', generation, code: cause.code, message: cause.message, fingerprint });
}

function subjectOf(report: JobReport | DeliveryReport) {
  if (report.kind === 'delivery')
    return { kind: report.kind, type: report.event, deliveryId: report.deliveryId, attempts: report.attempts, costUsd: null };
  const { kind, type, error, payloadHash, costUsd } = report;
  return { kind, type, attempts: error?.attempts ?? 0, payloadHash, costUsd };
}

/** A Job that could not say why it died would be a fault of ours: `internal`. */
function causeOf(report: JobReport | DeliveryReport): Pick<Letter, 'code' | 'message' | 'stage'> {
  if (report.kind === 'delivery') return { code: report.code ?? 'internal', message: report.message, stage: null };
  const { error, stage } = report;
  return { code: error?.code ?? 'internal', message: error?.message ?? 'It failed without saying why.', stage };
}

/** A replay has begun to bring it back. Nobody else can, from now on. */
export const claimed = (letter: Letter, replayId: string, position: number): Letter => ({
  ...letter,
  status: 'replaying',
  replayId,
  position,
});

/** Its Job began the generation that the replay asked for. */
export function broughtBack(letter: Letter, replayId: string, started: { generation: number; patched: boolean }, now: number): Letter {
  const { generation, patched } = started;
  const changed = patched ? remember(letter, now, { event: 'patched', generation, replayId }) : letter;
  return remember({ ...changed, generation, replays: letter.replays + 1 }, now, { event: 'replayed', generation, replayId });
}

/** Its Job says how that ended before it reports it. No replay waits any more; the report tells the rest. */
export const turnedOut = (letter: Letter, outcome: 'recovered' | 'died' | 'cancelled'): Letter => ({
  ...letter,
  status: outcome === 'died' ? 'dead' : outcome,
  replayId: null,
  position: null,
});

/** Its Job did not let itself be brought back. What happened to it instead is the Job's to report. */
export const letGo = (letter: Letter): Letter => ({
  ...letter,
  status: letter.status === 'replaying' ? 'dead' : letter.status,
  replayId: null,
  position: null,
});
