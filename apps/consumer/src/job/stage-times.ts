/**
 * How long a job has been in each of its stages, counted where every change passes. It decides nothing: it is
 * for people who want to know where the time goes, so a row without it is a row like any other.
 */
import { isDeleted, type JobState, type Stored } from './state.ts';

/** The state that follows `before`, with the time of a stage that has ended added up. A new generation begins anew. */
export function timeStages(before: Stored | null | undefined, next: Stored, now: number): Stored {
  if (isDeleted(next)) return next;
  const known = before == null || isDeleted(before) || before.generation !== next.generation ? null : before;
  if (known === null) return { ...next, stageTimes: { since: now, spent: {} } };
  if (known.stage === next.stage) return next;
  return { ...next, stageTimes: { since: now, spent: { ...known.stageTimes?.spent, [known.stage]: spentIn(known, now) } } };
}

/** Milliseconds in the present stage, earlier stays in it included; 0 for a row of a release that did not count. */
export function spentIn({ stage, stageTimes }: JobState, now: number): number {
  if (stageTimes === undefined) return 0;
  // A clock that was set back makes no negative time.
  return (stageTimes.spent[stage] ?? 0) + Math.max(0, now - stageTimes.since);
}
