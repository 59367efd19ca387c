/**
 * What the Job owes, and when: the single alarm is the earliest of it all.
 *
 * A pure reading of the state. `dueDuties` says what to do now; `nextAlarm` when to look again. The
 * adapter first stores the next alarm and then acts, so a crash in the middle repeats a duty instead
 * of losing it: every duty is idempotent.
 */
import { isTerminal } from '@mcpoverflow/types';
import { expiresAt } from './control.ts';
import { doublingMs, type Policy } from './policy.ts';
import { type Duty, isDeleted, type JobState, type Stop, type Stored } from './state.ts';

export type DutyAction =
  | { readonly kind: 'send'; readonly turn: number }
  | { readonly kind: 'check-in' }
  | { readonly kind: 'stop'; readonly stop: Stop }
  | { readonly kind: 'publish' }
  | { readonly kind: 'index' }
  | { readonly kind: 'cleanup' }
  | { readonly kind: 'forget' };

/** The first pause of a stop or a removal that failed; it doubles to five minutes. */
const DUTY_RETRY_MS = 1_000;

/** What is due now. */
export function dueDuties(stored: Stored, now: number, policy: Policy): readonly DutyAction[] {
  const actions: DutyAction[] = [];
  for (const stop of stored.stops) if (stop.at <= now) actions.push({ kind: 'stop', stop });
  if (isDeleted(stored)) {
    if (stored.cleanup !== null && stored.cleanup.at <= now) actions.push({ kind: 'cleanup' });
    return actions;
  }
  const { expected } = stored;
  if (expected !== null && expected.resendAt !== null && expected.resendAt <= now) actions.push({ kind: 'send', turn: expected.turn });
  if (stored.checkInAt !== null && stored.checkInAt <= now) actions.push({ kind: 'check-in' });
  if (stored.publish !== null && stored.publish.at <= now) actions.push({ kind: 'publish' });
  if (stored.index !== null && stored.index.at <= now) actions.push({ kind: 'index' });
  if (actions.length === 0 && retentionEnd(stored, policy) <= now) actions.push({ kind: 'forget' });
  return actions;
}

/** When the next duty is due; null when there is none left. */
export function nextAlarm(stored: Stored, policy: Policy): number | null {
  const times = stored.stops.map((stop) => stop.at);
  if (isDeleted(stored)) {
    if (stored.cleanup !== null) times.push(stored.cleanup.at);
  } else {
    for (const time of [stored.expected?.resendAt, stored.checkInAt, stored.publish?.at, stored.index?.at, expiresAt(stored, policy)]) {
      if (time !== null && time !== undefined) times.push(time);
    }
    const forget = retentionEnd(stored, policy);
    if (forget !== Number.POSITIVE_INFINITY) times.push(forget);
  }
  return times.length === 0 ? null : Math.min(...times);
}

/** Retention counts from the end; a job that still owes something is kept. */
const retentionEnd = (state: JobState, policy: Policy): number =>
  isTerminal(state.status) && state.completedAt !== null ? state.completedAt + policy.retentionMs : Number.POSITIVE_INFINITY;

/**
 * Moves everything that is due now to its next try. Stored before acting: what then succeeds is
 * struck off, what fails or is cut short comes again by itself.
 */
export function postponeDue(stored: Stored, now: number, policy: Policy): Stored {
  const stops = stored.stops.map((stop) => (stop.at <= now ? { ...stop, attempts: stop.attempts + 1, at: nextStopTry(stop, now) } : stop));
  if (isDeleted(stored)) return { ...stored, stops, cleanup: postponeDuty(stored.cleanup, now, DUTY_RETRY_MS) };
  const { expected } = stored;
  const overdue = expected !== null && expected.resendAt !== null && expected.resendAt <= now;
  return {
    ...stored,
    stops,
    checkInAt: stored.checkInAt !== null && stored.checkInAt <= now ? now + policy.checkInMs : stored.checkInAt,
    publish: postponeDuty(stored.publish, now, policy.resendMs),
    index: postponeDuty(stored.index, now, policy.resendMs),
    expected: overdue
      ? { ...expected, resends: expected.resends + 1, resendAt: now + doublingMs(policy.resendMs, expected.resends) }
      : expected,
  };
}

/** While a create may still arrive, a stop is repeated at least every ten seconds: no run may live for a minute. */
const nextStopTry = (stop: Stop, now: number): number => {
  const pause = doublingMs(DUTY_RETRY_MS, stop.attempts);
  return now + (now < stop.confirmAfter ? Math.min(pause, 10_000, Math.max(1, stop.confirmAfter - now)) : pause);
};

const postponeDuty = (duty: Duty | null, now: number, firstMs: number): Duty | null =>
  duty === null || duty.at > now ? duty : { attempts: duty.attempts + 1, at: now + doublingMs(firstMs, duty.attempts) };

/** What came of one duty. */
export type Discharged =
  | { readonly kind: 'stopped'; readonly conversationId: string }
  | { readonly kind: 'published'; readonly generation: number }
  | { readonly kind: 'indexed'; readonly version: number }
  | { readonly kind: 'cleaned' };

/**
 * Strikes off what was done. A duty that a later transition renewed in the meantime stays.
 * @returns the new state, and whether it must be stored now: an index row that was written needs no
 * row of its own to remember that, the next write will
 */
export function strikeOff(stored: Stored, done: readonly Discharged[], now: number): { stored: Stored; mustStore: boolean } {
  let next = stored;
  let mustStore = false;
  for (const each of done) {
    if (each.kind === 'stopped') {
      next = { ...next, stops: next.stops.filter((stop) => stop.conversationId !== each.conversationId || now < stop.confirmAfter) };
      mustStore = true;
    } else if (each.kind === 'cleaned') {
      if (isDeleted(next)) next = { ...next, cleanup: null };
      mustStore = true;
    } else if (isDeleted(next)) {
      // The job was deleted while its copy was being written: removed again by the tombstone's own duty.
      next = { ...next, cleanup: next.cleanup ?? { attempts: 0, at: now } };
      mustStore = true;
    } else if (each.kind === 'published' && next.generation === each.generation) {
      next = { ...next, publish: null, published: true };
      mustStore = true;
    } else if (each.kind === 'indexed' && next.lastEventId === each.version) {
      next = { ...next, index: null };
      mustStore ||= isTerminal(next.status);
    }
  }
  if (
    !isDeleted(next) &&
    next.stops.length === 0 &&
    stored.stops.length > 0 &&
    next.expected?.kind === 'start' &&
    next.expected.plannedAt !== null
  ) {
    // The next run waited for the old one's end.
    next = { ...next, expected: { ...next.expected, resends: 0, resendAt: Math.max(now, next.expected.plannedAt) } };
  }
  return { stored: next, mustStore };
}
