/**
 * What the Jobs are told while their runs are at work: usage and activity. Pure.
 *
 * News are for people, so they may be late and must cost little: a run's events are read when a look saw
 * it do something, else every half minute, and a Job is told only what changed, at most every ten seconds.
 * A run that costs more than it may is no news: its Job is told as soon as it is seen.
 */
import type { Activity, RunSnapshot } from '@mcpoverflow/openhands';
import type { Usage } from '@mcpoverflow/types';

export const NEWS_EVERY_MS = 10_000;
export const READS_PER_ROUND = 10;
/** A run in the middle of a long step shows nothing new to a look, although the step itself can be read. */
export const READ_AGAIN_MS = 30_000;

/** What the pool remembers of a run at work; in memory only. */
export interface RunAtWork {
  readonly usage: Usage;
  readonly activity: Activity | null;
  /** The newest event that a look saw, and the newest whose activity was asked for. */
  readonly eventId: string | null;
  readonly readEventId: string | null;
  readonly readAt: number;
  readonly toldUsage: Usage | null;
  readonly toldActivity: Activity | null;
  readonly toldAt: number;
}

/** A look saw the run at work. */
export function seenAtWork(before: RunAtWork | undefined, snapshot: RunSnapshot): RunAtWork {
  const unread = { activity: null, readEventId: null, readAt: 0, toldUsage: null, toldActivity: null, toldAt: 0 };
  return { ...(before ?? unread), usage: usageOf(snapshot), eventId: snapshot.lastEventId };
}

const usageOf = ({ costUsd, promptTokens, completionTokens, iterations, model }: RunSnapshot): Usage => ({
  costUsd,
  promptTokens,
  completionTokens,
  iterations,
  ...(model === undefined ? {} : { model }),
});

/** The runs whose events are worth a read, those that waited longest first, at most {@link READS_PER_ROUND}. */
export function readsDue(runs: ReadonlyMap<string, RunAtWork>, now: number): string[] {
  return [...runs]
    .filter(
      ([, { eventId, readEventId, readAt }]) =>
        readAt + (eventId === readEventId ? READ_AGAIN_MS : NEWS_EVERY_MS) <= now && eventId !== null,
    )
    .sort(([, a], [, b]) => a.readAt - b.readAt)
    .slice(0, READS_PER_ROUND)
    .map(([id]) => id);
}

/** The run's events are being asked for; an answer that never comes is asked for again with the next one. */
export const afterRead = (run: RunAtWork, now: number): RunAtWork => ({ ...run, readEventId: run.eventId, readAt: now });

/** Whether the Job is to be told: something is new, and it was not told within the last ten seconds. */
export function isNews({ usage, activity, toldUsage, toldActivity, toldAt }: RunAtWork, now: number): boolean {
  if (toldAt + NEWS_EVERY_MS > now) return false;
  return JSON.stringify([usage, activity]) !== JSON.stringify([toldUsage, toldActivity]);
}

/** Whether the run costs more than it may and its Job was not told so within the last ten seconds. */
export function isOverspent({ usage, toldUsage, toldAt }: RunAtWork, maxCostUsd: number | null, now: number): boolean {
  const exceeds = (of: Usage | null): boolean => maxCostUsd !== null && (of?.costUsd ?? 0) > maxCostUsd;
  return exceeds(usage) && (!exceeds(toldUsage) || toldAt + NEWS_EVERY_MS <= now);
}

/** Whether the model has no known price: it works and costs nothing, so that no bound on cost acts. */
export const isUnpriced = ({ costUsd, promptTokens, completionTokens }: Usage): boolean =>
  costUsd === 0 && (promptTokens ?? 0) + (completionTokens ?? 0) > 0;

/** The Job has heard it. */
export const afterTelling = (run: RunAtWork, told: Pick<RunAtWork, 'usage' | 'activity'>, now: number): RunAtWork => ({
  ...run,
  toldUsage: told.usage,
  toldActivity: told.activity,
  toldAt: now,
});
