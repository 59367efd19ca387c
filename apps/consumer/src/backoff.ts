/**
 * How long to wait before trying again: exponential, full jitter, capped, and never earlier than the
 * other side asked for. One pure function, so that the stored time and the real wait cannot differ.
 *
 * Full jitter (a uniform draw from zero to the exponential bound) spreads a herd better than a fixed
 * fraction; the price is that a single retry may come early, which a queue consumer can afford.
 */
export interface BackoffPolicy {
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * @param attempt how many attempts have been made, from 1
 * @param random a draw from [0, 1)
 * @param retryAfterMs the other side's `Retry-After`; honoured as a floor, bounded to a day so that a hostile value cannot park a job for ever
 */
export function backoffMs(policy: BackoffPolicy, attempt: number, random: number, retryAfterMs = 0): number {
  const bound = Math.min(policy.capMs, policy.baseMs * 2 ** Math.min(30, Math.max(0, attempt - 1)));
  return Math.max(Math.round(random * bound), boundedMs(retryAfterMs));
}

/**
 * How long to leave a server alone that has no room: ten to thirty seconds, so that those who wait neither crowd it
 * nor miss much of the room there is.
 * @param random a draw from [0, 1)
 * @param retryAfterMs as with {@link backoffMs}
 */
export const limitPauseMs = (random: number, retryAfterMs = 0): number =>
  Math.max(10_000 + Math.round(random * 20_000), boundedMs(retryAfterMs));

const boundedMs = (retryAfterMs: number): number => Math.min(retryAfterMs, 86_400_000);
