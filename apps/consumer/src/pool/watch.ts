/**
 * When a run is looked at next, and what a look means. Pure.
 *
 * The first look comes half a second after the start, then the pause doubles to thirty seconds. A
 * `finished` is believed at the second sight only, half a second later: an agent-server reports it
 * once too early when stop hooks are set (reference, section 1.5, rule 5). A run that was seen and is
 * gone is looked at again too, before it counts as lost. One that stands still although it has work
 * gets a few seconds to begin by itself.
 *
 * A hint brings the next look forward. The server may show a run at work for a moment after it told of
 * its end, so a look that still finds it at work is followed by one more; then it keeps the schedule it
 * had, so that hints cost two looks each and never more.
 */
import { type AgentFault, MAX_IDS_PER_LOOK, type RunSnapshot } from '@mcpoverflow/openhands';

export const FIRST_LOOK_MS = 500;
export const CONFIRM_LOOK_MS = 500;
export const MAX_LOOK_MS = 30_000;
/** A run whose end was reported and not yet collected is reported again at this pace, doubling. */
export const REPORT_AGAIN_MS = 15_000;
/** Looks that come due this close together are always taken together. */
export const COALESCE_MS = 200;
/** A run has its message a moment before it is at work; one that is idle for longer stands still. */
export const STANDSTILL_MS = 5_000;
/** After a hint the server's own snapshot is up to a second late. */
export const SECOND_WOKEN_LOOK_MS = 1_000;
/** However many hints come, a run is looked at for one of them in this time. */
export const WOKEN_LOOK_MS = 1_000;
/** The size of a call by how many looks in a row failed: one run that the server cannot show must be told from its neighbours. */
const IDS_PER_CALL = [MAX_IDS_PER_LOOK, 10, 1] as const;

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
  /** Since when every look saw it stand still; null while it is at work. */
  readonly standsStillSince: number | null;
  /** When it would be looked at but for a hint; null when no hint moved the next look. */
  readonly scheduledAt: number | null;
  /** When the last look for a hint was due, or is; 0 before the first. */
  readonly wokenAt: number;
  /** Whether the next look is the second one for a hint. */
  readonly isSecondLook: boolean;
  /** How many looks in a row failed in a way that may be about one run alone. */
  readonly failures: number;
}

/** A run that just started. */
export const watchFromStart = (now: number): Watch => ({
  nextLookAt: now + FIRST_LOOK_MS,
  pauseMs: FIRST_LOOK_MS * 2,
  seen: false,
  endedSightings: 0,
  reports: 0,
  standsStillSince: null,
  scheduledAt: null,
  wokenAt: 0,
  isSecondLook: false,
  failures: 0,
});

/** A run that has a place but has not been reported as started: looked at late, in case that report was lost. */
export const watchFromGrant = (now: number, graceMs: number): Watch => ({ ...watchFromStart(now), nextLookAt: now + graceMs });

export type Sight = 'running' | 'standing' | 'ended' | 'absent';

/**
 * `absent` is an id the server does not know; `standing` a run that has work and does none, and may be told
 * to go on. Everything else that will not go on by itself has ended.
 */
export function sightOf(snapshot: RunSnapshot | null): Sight {
  if (snapshot === null) return 'absent';
  const { status, hasUserMessage } = snapshot;
  if (status === 'running' || status === 'starting') return 'running';
  return status === 'suspended' || (status === 'idle' && hasUserMessage) ? 'standing' : 'ended';
}

/**
 * @returns the next watch, and whether the Job is told that its run does not go on by itself
 */
export function afterLook(before: Watch, sight: Sight, now: number): { watch: Watch; report: boolean } {
  const watch = { ...before, scheduledAt: null, isSecondLook: false, failures: 0, seen: before.seen || sight !== 'absent' };
  if (sight === 'running') {
    return { watch: { ...watch, ...schedule(before, now), endedSightings: 0, reports: 0, standsStillSince: null }, report: false };
  }
  if (sight === 'standing') {
    const standsStillSince = before.standsStillSince ?? now;
    const standing = { ...watch, endedSightings: 0, standsStillSince };
    const reportAt = standsStillSince + STANDSTILL_MS;
    if (now >= reportAt) return reported(standing, now);
    const next = schedule(before, now);
    return { watch: { ...standing, ...next, nextLookAt: Math.min(next.nextLookAt, reportAt) }, report: false };
  }
  const ended = { ...watch, endedSightings: before.endedSightings + 1, standsStillSince: null };
  if (ended.endedSightings === 1) return { watch: { ...ended, nextLookAt: now + CONFIRM_LOOK_MS }, report: false };
  return reported(ended, now);
}

/** The look after this one. One that a hint brought forward does not count. */
function schedule(
  { scheduledAt, pauseMs, isSecondLook }: Watch,
  now: number,
): Pick<Watch, 'nextLookAt' | 'pauseMs'> & Partial<Pick<Watch, 'scheduledAt' | 'wokenAt' | 'isSecondLook'>> {
  if (scheduledAt !== null && scheduledAt > now) {
    const again = now + SECOND_WOKEN_LOOK_MS;
    if (isSecondLook || again >= scheduledAt) return { nextLookAt: scheduledAt, pauseMs };
    return { nextLookAt: again, pauseMs, scheduledAt, wokenAt: again, isSecondLook: true };
  }
  return { nextLookAt: now + pauseMs, pauseMs: Math.min(MAX_LOOK_MS, pauseMs * 2) };
}

function reported(watch: Watch, now: number): { watch: Watch; report: true } {
  const again = Math.min(300_000, REPORT_AGAIN_MS * 2 ** Math.min(watch.reports, 10));
  return { watch: { ...watch, reports: watch.reports + 1, nextLookAt: now + again }, report: true };
}

/**
 * A hint that the run may have ended: looked at `at`, or a second after the last look that a hint asked for.
 * Not before the server was seen to know the run, because its first look is near or it has not begun; and
 * an end that was seen already is confirmed in its own time.
 */
export function wake(watch: Watch, at: number): Watch {
  if (!watch.seen || watch.endedSightings > 0) return watch;
  const lookAt = Math.max(at, watch.wokenAt + WOKEN_LOOK_MS);
  // A second look that another hint asks for is its first.
  if (lookAt >= watch.nextLookAt) return watch.isSecondLook ? { ...watch, isSecondLook: false } : watch;
  return { ...watch, nextLookAt: lookAt, wokenAt: lookAt, isSecondLook: false, scheduledAt: watch.scheduledAt ?? watch.nextLookAt };
}

/** A call that failed for whatever it was about: its runs are looked at again at their own pace, or when the server asked. */
export function afterRefusal(watch: Watch, now: number, retryAfterMs = 0): Watch {
  return {
    ...watch,
    pauseMs: Math.min(MAX_LOOK_MS, watch.pauseMs * 2),
    nextLookAt: now + Math.max(watch.pauseMs, Math.min(retryAfterMs, 300_000)),
    scheduledAt: null,
    failures: 0,
  };
}

/**
 * Whether one of the runs may be why a look at all of them failed: a server that hangs on a conversation, or
 * cannot read one that it stored, fails the whole call (500 from 1.58.2). Not so when it cannot be reached, or
 * says itself when to come back.
 */
export function mayBeOneRun({ code, httpStatus, retryAfterMs }: AgentFault): boolean {
  if (code === 'agent-timeout') return true;
  const failed = code === 'agent-unavailable' || code === 'agent-answer-unreadable';
  return failed && httpStatus !== undefined && retryAfterMs === undefined;
}

/** A call that one of its runs may have failed: all are looked at again at once with fewer others, until only the one at fault waits. */
export function afterDoubt(watch: Watch, now: number): Watch {
  const failures = watch.failures + 1;
  return {
    ...afterRefusal(watch, now),
    ...(failures < IDS_PER_CALL.length ? { pauseMs: watch.pauseMs, nextLookAt: now } : {}),
    failures,
  };
}

/**
 * The looks to take now: none when none is due; otherwise the due ones and those that would be due
 * soon, within a quarter of their own pause. Runs that started apart so drift into common rounds, and a
 * round of n runs takes ceil(n / 99) calls. An end that awaits its second sight is not hurried.
 */
export function dueLooks(watches: ReadonlyMap<string, Watch>, now: number): string[] {
  const dueBefore = (slackMs: (watch: Watch) => number): string[] =>
    [...watches].filter(([, watch]) => watch.nextLookAt <= now + slackMs(watch)).map(([id]) => id);
  if (dueBefore(() => 0).length === 0) return [];
  return dueBefore((watch) => (watch.endedSightings + watch.reports > 0 ? COALESCE_MS : Math.max(COALESCE_MS, watch.pauseMs / 4)));
}

/** The looks as calls: `together` those of a server that answers, `doubtful` those whose last look one of them may have failed, in smaller calls. */
export function callsOf(
  ids: readonly string[],
  watches: ReadonlyMap<string, Watch>,
): { readonly together: readonly string[][]; readonly doubtful: readonly string[][] } {
  const [together = [], ...doubtful] = IDS_PER_CALL.map((size, failures) =>
    chunks(
      ids.filter((id) => Math.min(watches.get(id)?.failures ?? 0, IDS_PER_CALL.length - 1) === failures),
      size,
    ),
  );
  return { together, doubtful: doubtful.flat() };
}

const chunks = (ids: readonly string[], size: number): string[][] =>
  Array.from({ length: Math.ceil(ids.length / size) }, (_, index) => ids.slice(index * size, (index + 1) * size));
