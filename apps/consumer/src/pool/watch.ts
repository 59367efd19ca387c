/**
 * When a run is looked at next, and what a look means. Pure.
 *
 * The first look comes half a second after the start, then the pause doubles to thirty seconds. A
 * `finished` is believed at the second sight only, half a second later: an agent-server reports it
 * once too early when stop hooks are set (reference, section 1.5, rule 5). A run that was seen and is
 * gone is looked at again too, before it counts as lost.
 */
import type { RunSnapshot } from '@mcpoverflow/openhands';

export const FIRST_LOOK_MS = 500;
export const CONFIRM_LOOK_MS = 500;
export const MAX_LOOK_MS = 30_000;
/** A run whose end was reported and not yet collected is reported again at this pace, doubling. */
export const REPORT_AGAIN_MS = 15_000;
/** Looks that come due this close together are always taken together. */
export const COALESCE_MS = 200;

/** What the pool remembers of a run between looks; in memory only. */
export interface Watch {
  readonly nextLookAt: number;
  /** The pause before the look after next. */
  readonly pauseMs: number;
  /** Whether the server ever knew the run. */
  readonly seen: boolean;
  /** How often in a row the run was seen ended, or gone. */
  readonly endedSightings: number;
  readonly reports: number;
}

/** A run that just started. */
export const watchFromStart = (now: number): Watch => ({
  nextLookAt: now + FIRST_LOOK_MS,
  pauseMs: FIRST_LOOK_MS * 2,
  seen: false,
  endedSightings: 0,
  reports: 0,
});

/** A run that has a place but has not been reported as started: looked at late, in case that report was lost. */
export const watchFromGrant = (now: number, graceMs: number): Watch => ({ ...watchFromStart(now), nextLookAt: now + graceMs });

export type Sight = 'running' | 'ended' | 'absent';

/** `absent` is an id the server does not know. Everything that will not go on by itself has ended. */
export function sightOf(snapshot: RunSnapshot | null): Sight {
  if (snapshot === null) return 'absent';
  if (snapshot.status === 'running') return 'running';
  return snapshot.status === 'idle' && snapshot.hasUserMessage ? 'running' : 'ended';
}

/**
 * @returns the next watch, and whether the Job is told that its run has ended
 */
export function afterLook(watch: Watch, sight: Sight, now: number): { watch: Watch; report: boolean } {
  if (sight === 'running') {
    const pauseMs = Math.min(MAX_LOOK_MS, watch.pauseMs * 2);
    return { watch: { nextLookAt: now + watch.pauseMs, pauseMs, seen: true, endedSightings: 0, reports: 0 }, report: false };
  }
  const endedSightings = watch.endedSightings + 1;
  if (endedSightings === 1)
    return { watch: { ...watch, seen: watch.seen || sight === 'ended', endedSightings, nextLookAt: now + CONFIRM_LOOK_MS }, report: false };
  const again = Math.min(300_000, REPORT_AGAIN_MS * 2 ** Math.min(watch.reports, 10));
  return {
    watch: { ...watch, seen: watch.seen || sight === 'ended', endedSightings, reports: watch.reports + 1, nextLookAt: now + again },
    report: true,
  };
}

/**
 * The looks to take now: none when none is due; otherwise the due ones and those that would be due
 * soon, within half of their own pause. Runs that started apart so drift into common rounds, and a
 * round of n runs takes ceil(n / 99) calls. An end that awaits its second sight is not hurried.
 */
export function dueLooks(watches: ReadonlyMap<string, Watch>, now: number): string[] {
  const dueBefore = (slackMs: (watch: Watch) => number): string[] =>
    [...watches].filter(([, watch]) => watch.nextLookAt <= now + slackMs(watch)).map(([id]) => id);
  if (dueBefore(() => 0).length === 0) return [];
  return dueBefore((watch) => (watch.endedSightings > 0 ? COALESCE_MS : Math.max(COALESCE_MS, watch.pauseMs / 4)));
}
