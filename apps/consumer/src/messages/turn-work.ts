/**
 * What both kinds of turns owe their lease: the work ends in time, and whatever goes wrong in it is
 * reported. A worker that simply died would hold the job up until its lease ends.
 */
import { jobError } from '@mcpoverflow/types';
import type { Outcome } from '../job/finish.ts';
import { describeError, log } from '../log.ts';

/**
 * Aborts at half the lease, so that no call leaves when somebody else may take over. It counts from the
 * begin itself: its answer, or any call since, may have taken long.
 * @param until when the lease ends
 */
export const turnSignal = (until: number, leaseMs: number): AbortSignal =>
  AbortSignal.timeout(Math.max(0, until - leaseMs / 2 - Date.now()));

/**
 * How long a connector may be run, so that it ends before the turn's calls do and its failures can still
 * go back to the agent. Null when too little is left for a verdict that would be fair.
 * @param until when the lease ends
 */
export function verificationMs(until: number, leaseMs: number, now: number): number | null {
  const left = until - leaseMs / 2 - leaseMs / 8 - now;
  return left < leaseMs / 8 ? null : left;
}

/** The outcome of a turn whose work threw: a call between our own objects failed, or we made a mistake. Nothing was created. */
export function outcomeOfThrown(
  error: unknown,
  { jobId, tenant }: { readonly jobId: string; readonly tenant: string },
): Outcome & { readonly kind: 'retry' } {
  log('error', 'a turn met a fault of the engine', { jobId, tenant, error: describeError(error) });
  return { kind: 'retry', error: jobError('internal', 'The engine met a fault of its own and tries again.') };
}
