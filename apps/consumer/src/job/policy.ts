/** The numbers a transition needs; a part of the settings, so that tests name only what they use. */
import type { BackoffPolicy } from '../backoff.ts';

export interface Policy {
  readonly retryAttempts: number;
  readonly backoff: BackoffPolicy;
  /** Counts from the run's start. */
  readonly jobTimeoutMs: number;
  /** What a job may cost on OpenHands, in US dollars; a submission may ask for less. */
  readonly maxCostUsd: number;
  /** Counts from the submission or replay. */
  readonly queueTimeoutMs: number;
  readonly retentionMs: number;
  /** How long a dead letter that stands keeps its job, where that is longer. */
  readonly deadLetterRetentionMs: number;
  /** How long one turn may hold the job; the work inside it is aborted at half of that. */
  readonly leaseMs: number;
  /** An overdue turn or webhook call is sent again this long after its time, doubling to five minutes. */
  readonly resendMs: number;
  /** After an ambiguous create nobody POSTs again for this long. */
  readonly createQuietMs: number;
  /** How often a waiting or running job makes sure that the pool still knows it. */
  readonly checkInMs: number;
  /**
   * When the supervisor of `npm start` last ended a process that had frozen, epoch milliseconds; 0 for never,
   * null where nobody supervises.
   */
  readonly lastFreezeAt: number | null;
  /** The pauses between the attempts of one webhook call. */
  readonly webhookPausesMs: readonly number[];
  /** What one attempt may take; its lease is twice that, so that its outcome can still be stored. */
  readonly webhookTimeoutMs: number;
}

/** How often a run that the server lost is replaced (design section 3, "Run identity"). */
export const MAX_REPLACED_RUNS = 2;
/** How long a run's place for files may take to come into being. */
export const MAX_PREPARING_MS = 600_000;
/** How often failures go back into the conversation. */
export const MAX_REWORKS = 2;
/** How often a run that was found paused is set going again: a server that is stopped in good order pauses all of its runs. */
export const MAX_UNPAUSES = 3;
/** A server may go on showing what a run was before it was told to go on: about a second, longer when it is busy. */
export const MAX_STALE_MS = 10_000;
/** A verification that never returned this often is the connector's doing. */
export const MAX_VERIFICATION_CRASHES = 2;
/** The longest pause between two sends of one turn, and between two tries of one duty. */
export const MAX_RESEND_MS = 300_000;
/** History is for people; a job that runs for half an hour still fits. */
export const MAX_EVENTS = 200;

/** The pause before send or try number `count + 1`: doubling from `firstMs` to five minutes. */
export const doublingMs = (firstMs: number, count: number): number => Math.min(MAX_RESEND_MS, firstMs * 2 ** Math.min(count, 20));
