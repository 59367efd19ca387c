/**
 * When a delivery is tried again. One pure function says it, so that the time which is stored and shown
 * is the time at which the attempt is made. Long pauses belong here, in stored time, and never to a
 * queue, whose delays are bounded and whose messages may be lost.
 */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A pause becomes 80 to 120 % of itself, so that deliveries that failed together do not return together. */
const JITTER = 0.2;

/** Ten attempts over three days: the schedule that Standard Webhooks 1.0.0 recommends. */
export const defaultPausesMs: readonly number[] = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

export interface AttemptsMade {
  /** Attempts made of this schedule, the failed one included: at least 1. */
  readonly attempts: number;
  /** When the last one ended, in milliseconds since the epoch. */
  readonly endedAt: number;
  /** What the receiver asked for in `Retry-After`, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** The receiver said that it has too much to do: 429, 502 or 504. */
  readonly overloaded: boolean;
}

/**
 * The time of the next attempt in milliseconds since the epoch, or null when the schedule is over.
 * `random` is from [0, 1). `Retry-After` may only make a pause longer, to a day at most. An overloaded
 * receiver that does not say when gets twice the pause, to a day at most.
 */
export function nextAttemptAt(pausesMs: readonly number[], made: AttemptsMade, random: number): number | null {
  const planned = pausesMs[made.attempts - 1];
  if (planned === undefined) return null;
  const slowDown = made.overloaded && made.retryAfterMs === undefined;
  const pause = slowDown ? Math.max(planned, Math.min(2 * planned, DAY)) : planned;
  const jittered = pause * (1 - JITTER + 2 * JITTER * random);
  return Math.ceil(made.endedAt + Math.max(jittered, Math.min(made.retryAfterMs ?? 0, DAY)));
}
