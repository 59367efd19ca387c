/**
 * The `Retry-After` header (RFC 9110 section 10.2.3): seconds, or an HTTP date. The clock is passed in.
 *
 * The value comes from a server or a proxy that may be wrong or hostile, so it is bounded: waiting a
 * day is the most anyone can ask of us.
 */

const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

/** Milliseconds to wait from `nowMs`; undefined when the header is absent or not understood; 0 for a date in the past. */
export function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, MAX_RETRY_AFTER_MS);
  // Only dates with letters: Date.parse would also take a bare number such as "-5" or "1.5" for a year.
  const date = /^[A-Za-z]/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(date)) return undefined;
  return Math.min(Math.max(date - nowMs, 0), MAX_RETRY_AFTER_MS);
}
