/**
 * What a running replay does next: start so many, wait, stop itself, or be done. A pure function of what
 * is stored and the clock, so a replay that was interrupted goes on as if nothing had happened.
 *
 * The rate is held by one number, the time of the next start. A replay that was held up catches up with
 * at most one second's worth, so that an hour's pause is no burst afterwards.
 */

const MAX_ARREARS_MS = 1_000;
/** No rate that may be asked for leads further ahead, and no number that was stored is believed to. */
const MAX_AHEAD_MS = 3_600_000;

/** How many items may be on their way to their Jobs at once: more calls than that an object should not hold open. */
export const MAX_STARTING = 20;
/** The share of failures says little before so many have ended. */
export const ENDED_BEFORE_RATIO = 10;

/** Of the items of one replay; together they are all of them. */
export interface Counts {
  readonly waiting: number;
  readonly skipped: number;
  /** Asked for, and not yet confirmed by the Job. */
  readonly starting: number;
  readonly running: number;
  readonly recovered: number;
  readonly died: number;
  readonly cancelled: number;
}

export interface Pace {
  readonly ratePerSecond: number;
  /** So many must recover before the rest starts. */
  readonly canary: number;
  readonly stopOnFailureRatio: number | null;
  /** Epoch milliseconds. */
  readonly nextStartAt: number;
}

export type Decision =
  | { readonly kind: 'start'; readonly count: number }
  /** `until` is null when only an outcome, or a Job's answer, can change anything. */
  | { readonly kind: 'wait'; readonly until: number | null }
  | { readonly kind: 'stop'; readonly reason: string }
  | { readonly kind: 'done' };

/**
 * What a running replay does at `now`.
 * @param free how many more items may be on their way to their Jobs, of all replays together
 */
export function decide(counts: Counts, pace: Pace, free: number, now: number): Decision {
  const { waiting, starting, running, recovered, died, cancelled } = counts;
  const live = starting + running;
  if (waiting === 0) return live === 0 ? { kind: 'done' } : { kind: 'wait', until: null };
  const reason = whyStop(counts, pace);
  if (reason !== null) return { kind: 'stop', reason };

  const begun = live + recovered + died + cancelled;
  const allowed = recovered >= pace.canary ? waiting : pace.canary - begun;
  const room = Math.min(allowed, waiting, free);
  if (room <= 0) return { kind: 'wait', until: null };
  if (now < pace.nextStartAt) return { kind: 'wait', until: Math.min(pace.nextStartAt, now + MAX_AHEAD_MS) };
  const due = Math.floor(((now - reckonedFrom(pace, now)) * pace.ratePerSecond) / 1000) + 1;
  return { kind: 'start', count: Math.min(room, due) };
}

/** When the next item may start, `started` of them having started at `now`: at most an hour later. */
export const nextStartAt = (pace: Pace, now: number, started: number): number =>
  started === 0 ? pace.nextStartAt : Math.min(reckonedFrom(pace, now) + (started * 1000) / pace.ratePerSecond, now + MAX_AHEAD_MS);

const reckonedFrom = (pace: Pace, now: number): number => Math.max(pace.nextStartAt, now - MAX_ARREARS_MS);

function whyStop({ waiting, starting, running, recovered, died, cancelled }: Counts, pace: Pace): string | null {
  const ended = recovered + died + cancelled;
  if (recovered < pace.canary && died + cancelled > 0) {
    const first = pace.canary === 1 ? 'The canary' : `One of the first ${pace.canary}`;
    return `${first} ${died > 0 ? 'died again' : 'was cancelled'}, so nothing else was started.`;
  }
  if (pace.stopOnFailureRatio === null) return null;
  const total = waiting + starting + running + ended;
  if (ended < Math.min(ENDED_BEFORE_RATIO, total) || died / ended <= pace.stopOnFailureRatio) return null;
  return `${died} of the ${ended} that ended died again, more than the share of ${pace.stopOnFailureRatio} it was to bear.`;
}
