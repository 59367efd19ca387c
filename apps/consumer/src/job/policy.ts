/** The numbers a transition needs; a part of the settings, so that tests name only what they use. */
import type { BackoffPolicy } from '../backoff.ts';

export interface Policy {
  readonly retryAttempts: number;
  readonly backoff: BackoffPolicy;
  readonly jobTimeoutMs: number;
  readonly queueTimeoutMs: number;
  readonly retentionMs: number;
  readonly leaseMs: number;
  readonly resendMs: number;
  readonly createQuietMs: number;
  readonly checkInMs: number;
  readonly lastFreezeAt: number | null;
}

/** How often a run that the server lost is replaced (design section 3, "Run identity"). */
export const MAX_REPLACED_RUNS = 2;
/** How often failures go back into the conversation. */
export const MAX_REWORKS = 2;
/** A verification that never returned this often is the connector's doing. */
export const MAX_VERIFICATION_CRASHES = 2;
/** The longest pause between two sends of one turn, and between two tries of one duty. */
export const MAX_RESEND_MS = 300_000;
/** History is for people; a job that runs for half an hour still fits. */
export const MAX_EVENTS = 200;

/** The pause before send or try number `count + 1`: doubling from `firstMs` to five minutes. */
export const doublingMs = (firstMs: number, count: number): number => Math.min(MAX_RESEND_MS, firstMs * 2 ** Math.min(count, 20));
