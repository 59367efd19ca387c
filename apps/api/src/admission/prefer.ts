/**
 * `Prefer` (RFC 7240): how long the caller would like to wait for the end of the job. A preference we
 * do not understand is ignored, as the RFC demands, and so are the parameters of one we do.
 */

/** Longest wait granted, in seconds (design section 5). */
const MAX_WAIT_SECONDS = 60;

export interface Preference {
  readonly waitMs: number;
  /** Value of `Preference-Applied`; absent when nothing that was asked for is honoured. */
  readonly applied?: string;
}

/** `unaskedMs` is the wait of a call that expresses no preference. An explicit wait outranks `respond-async`. */
export function parsePreference(header: string | undefined, unaskedMs: number): Preference {
  // RFC 7240 section 2: `preference[=value] *( ; parameter )`, separated by commas.
  const preferences = (header ?? '').split(',').map((part) => part.replace(/;.*$/s, '').trim().toLowerCase());
  const asked = preferences.map((part) => /^wait\s*=\s*"?(\d{1,6})"?$/.exec(part)?.[1]).find((seconds) => seconds !== undefined);
  if (asked !== undefined) {
    const seconds = Math.min(Number(asked), MAX_WAIT_SECONDS);
    return { waitMs: seconds * 1000, applied: `wait=${seconds}` };
  }
  return preferences.includes('respond-async') ? { waitMs: 0, applied: 'respond-async' } : { waitMs: unaskedMs };
}
