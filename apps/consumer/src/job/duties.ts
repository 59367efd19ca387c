/**
 * What the Job owes, and when: the single alarm is the earliest of it all.
 *
 * A pure reading of the state. `dueDuties` says what to do now; `nextAlarm` when to look again. The
 * adapter first stores the next alarm and then acts, so a crash in the middle repeats a duty instead
 * of losing it: every duty is idempotent.
 */
import { isTerminal } from '@mcpoverflow/types';
import type { DeliveryState } from '../webhooks/delivery-state.ts';
import { expiresAt } from './control.ts';
import { doublingMs, type Policy } from './policy.ts';
import { type Cleanup, type Cost, type Duty, isDeleted, type JobState, type Stop, type Stored } from './state.ts';
import { blockingStop } from './stops.ts';

export type DutyAction =
  | { readonly kind: 'send'; readonly turn: number }
  | { readonly kind: 'check-in' }
  | { readonly kind: 'stop'; readonly stop: Stop }
  | { readonly kind: 'publish' }
  | { readonly kind: 'index' }
  | { readonly kind: 'report' }
  | { readonly kind: 'cost'; readonly cost: Cost }
  | { readonly kind: 'deliver'; readonly deliveryId: string; readonly attempt: number }
  | { readonly kind: 'cleanup'; readonly createdAt: number }
  | { readonly kind: 'forget' };

/** The first pause of a stop or a removal that failed; it doubles. */
const DUTY_RETRY_MS = 1_000;
/** The first pause before a directory is tried to be removed again; it doubles as those of stops do. */
const DIRECTORY_RETRY_MS = 5_000;
/** A run that nobody wants must not outlive the agent's return by a minute, a call that hangs included. */
const MAX_STOP_PAUSE_MS = 20_000;
/** After an hour of that the agent is hardly coming back soon: every five minutes. */
const STOPS_BEFORE_SLOWING = 180;
const SLOW_STOP_PAUSE_MS = 300_000;
/** After nine days of that it is gone, and its runs with it. */
export const MAX_STOP_ATTEMPTS = 2_750;
/** How often a directory that would not go is tried again: a leftover costs space on a disk, and nothing waits for it. */
export const MAX_DIRECTORY_ATTEMPTS = 5;
/** While a create may still take effect. */
const MAX_STOP_PAUSE_BEFORE_CREATE_MS = 10_000;

/** What is due now. */
export function dueDuties(stored: Stored, now: number, policy: Policy): readonly DutyAction[] {
  const actions: DutyAction[] = [];
  for (const stop of stored.stops) if (stop.at <= now) actions.push({ kind: 'stop', stop });
  for (const { at, createdAt } of stored.cleanups) if (at <= now) actions.push({ kind: 'cleanup', createdAt });
  for (const cost of stored.costs) if (cost.at <= now) actions.push({ kind: 'cost', cost });
  if (stored.reportDuty !== null && stored.reportDuty.at <= now) actions.push({ kind: 'report' });
  if (isDeleted(stored)) return actions;
  const { expected } = stored;
  if (expected !== null && expected.resendAt !== null && expected.resendAt <= now) actions.push({ kind: 'send', turn: expected.turn });
  if (stored.checkInAt !== null && stored.checkInAt <= now) actions.push({ kind: 'check-in' });
  if (stored.publish !== null && stored.publish.at <= now) actions.push({ kind: 'publish' });
  if (stored.index !== null && stored.index.at <= now) actions.push({ kind: 'index' });
  for (const { id, attempt, resendAt } of stored.deliveries) {
    if (resendAt !== null && resendAt <= now) actions.push({ kind: 'deliver', deliveryId: id, attempt });
  }
  if (actions.length === 0 && retentionEnd(stored, policy) <= now) actions.push({ kind: 'forget' });
  return actions;
}

/** When the next duty is due; null when there is none left. */
export function nextAlarm(stored: Stored, policy: Policy): number | null {
  const times = [...stored.stops, ...stored.cleanups, ...stored.costs].map(({ at }) => at);
  if (stored.reportDuty !== null) times.push(stored.reportDuty.at);
  if (!isDeleted(stored)) {
    for (const time of [stored.expected?.resendAt, stored.checkInAt, stored.publish?.at, stored.index?.at, expiresAt(stored, policy)]) {
      if (time !== null && time !== undefined) times.push(time);
    }
    for (const { resendAt, lease } of stored.deliveries) {
      const time = lease?.until ?? resendAt;
      if (time !== null) times.push(time);
    }
    const forget = retentionEnd(stored, policy);
    if (forget !== Number.POSITIVE_INFINITY) times.push(forget);
  }
  return times.length === 0 ? null : Math.min(...times);
}

/** An ended job whose every duty is done is only kept; a deleted one is forgotten. */
export const owesNothing = (stored: Stored): boolean =>
  stored.stops.length + stored.cleanups.length + stored.costs.length + stored.reports.length === 0 &&
  (isDeleted(stored) ||
    (isTerminal(stored.status) && stored.publish === null && stored.index === null && !stored.deliveries.some(isPending)));

const isPending = ({ status }: DeliveryState): boolean => status === 'pending';

/** Retention counts from the end, or the last webhook attempt after it. A job that still owes a call is kept, and so is, for longer, a dead letter that nobody has dealt with. */
function retentionEnd(state: JobState, policy: Policy): number {
  if (!isTerminal(state.status) || state.completedAt === null || state.deliveries.some(isPending)) return Number.POSITIVE_INFINITY;
  const stands = (state.status === 'failed' && state.hasDied && !state.discarded) || state.deliveries.some(isStanding);
  const retentionMs = stands ? Math.max(policy.retentionMs, policy.deadLetterRetentionMs) : policy.retentionMs;
  return Math.max(state.completedAt, ...state.deliveries.map(lastAttemptAt)) + retentionMs;
}

const isStanding = ({ status, discarded }: DeliveryState): boolean => status === 'dead-letter' && !discarded;

/** A call that was given up must still be there to be seen, and sent again. */
const lastAttemptAt = ({ attempts }: DeliveryState): number => Date.parse(attempts.at(-1)?.at ?? '') || 0;

/**
 * Moves everything that is due now to its next try. Stored before acting: what then succeeds is
 * struck off, what fails or is cut short comes again by itself.
 */
export function postponeDue(stored: Stored, now: number, policy: Policy): Stored {
  const stops = stored.stops.map((stop) => (stop.at <= now ? { ...stop, attempts: stop.attempts + 1, at: nextStopTry(stop, now) } : stop));
  const cleanups = stored.cleanups.map((cleanup) => postponeDuty(cleanup, now, DUTY_RETRY_MS));
  const costs = stored.costs.map((cost) => postponeDuty(cost, now, policy.resendMs));
  const reportDuty = stored.reportDuty && postponeDuty(stored.reportDuty, now, policy.resendMs);
  if (isDeleted(stored)) return { ...stored, stops, cleanups, costs, reportDuty };
  const { expected } = stored;
  const overdue = expected !== null && expected.resendAt !== null && expected.resendAt <= now;
  return {
    ...stored,
    stops,
    cleanups,
    costs,
    reportDuty,
    checkInAt: stored.checkInAt !== null && stored.checkInAt <= now ? now + policy.checkInMs : stored.checkInAt,
    publish: stored.publish && postponeDuty(stored.publish, now, policy.resendMs),
    index: stored.index && postponeDuty(stored.index, now, policy.resendMs),
    deliveries: stored.deliveries.map((delivery) => postponeDelivery(delivery, now, policy)),
    expected: overdue
      ? { ...expected, resends: expected.resends + 1, resendAt: now + doublingMs(policy.resendMs, expected.resends) }
      : expected,
  };
}

const nextStopTry = (stop: Stop, now: number): number => {
  const longest = stop.attempts < STOPS_BEFORE_SLOWING ? MAX_STOP_PAUSE_MS : SLOW_STOP_PAUSE_MS;
  const pause = Math.min(longest, doublingMs(DUTY_RETRY_MS, stop.attempts));
  if (now >= stop.confirmAfter) return now + pause;
  return now + Math.min(pause, MAX_STOP_PAUSE_BEFORE_CREATE_MS, Math.max(1, stop.confirmAfter - now));
};

const postponeDelivery = (delivery: DeliveryState, now: number, policy: Policy): DeliveryState =>
  delivery.resendAt === null || delivery.resendAt > now
    ? delivery
    : { ...delivery, resends: delivery.resends + 1, resendAt: now + doublingMs(policy.resendMs, delivery.resends) };

const postponeDuty = <Due extends Duty>(duty: Due, now: number, firstMs: number): Due =>
  duty.at > now ? duty : { ...duty, attempts: duty.attempts + 1, at: now + doublingMs(firstMs, duty.attempts) };

/** What came of one duty. */
export type Discharged =
  | { readonly kind: 'stopped'; readonly conversationId: string }
  /** The run is confirmed gone and its place given back; its directory is still to be removed. */
  | { readonly kind: 'gone'; readonly conversationId: string }
  | { readonly kind: 'published'; readonly generation: number }
  | { readonly kind: 'indexed'; readonly version: number }
  | { readonly kind: 'counted'; readonly cost: Cost }
  /** `sequence`: of the last report that was received. */
  | { readonly kind: 'reported'; readonly sequence: number }
  /** `at`: when the removal began. */
  | { readonly kind: 'cleaned'; readonly createdAt: number; readonly at: number };

const afterCleanup = (cleanup: Cleanup, done: { readonly createdAt: number; readonly at: number }): Cleanup[] => {
  if (cleanup.createdAt !== done.createdAt) return [cleanup];
  return done.at >= cleanup.until ? [] : [{ ...cleanup, attempts: 0, at: cleanup.until }];
};

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
    } else if (each.kind === 'gone') {
      const gone = (stop: Stop): Stop => ({ ...stop, isGone: true, attempts: 1, at: now + DIRECTORY_RETRY_MS });
      next = { ...next, stops: next.stops.map((stop) => (stop.conversationId === each.conversationId ? gone(stop) : stop)) };
      mustStore = true;
    } else if (each.kind === 'cleaned') {
      next = { ...next, cleanups: next.cleanups.flatMap((cleanup) => afterCleanup(cleanup, each)) };
      mustStore = true;
    } else if (each.kind === 'counted') {
      const { createdAt, generation } = each.cost;
      next = { ...next, costs: next.costs.filter((cost) => cost.createdAt !== createdAt || cost.generation !== generation) };
      mustStore = true;
    } else if (each.kind === 'reported') {
      const reports = next.reports.filter(({ sequence }) => sequence > each.sequence);
      next = { ...next, reports, reportDuty: reports.length === 0 ? null : next.reportDuty };
      mustStore = true;
    } else if (isDeleted(next)) {
      // The job was deleted while its copy was being written: the last removal takes it away.
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
    next.expected?.kind === 'start' &&
    next.expected.plannedAt !== null &&
    blockingStop(stored.stops, next.engine ?? 'openhands') !== undefined &&
    blockingStop(next.stops, next.engine ?? 'openhands') === undefined
  ) {
    // The next run waited for the old one's end.
    next = { ...next, expected: { ...next.expected, resends: 0, resendAt: Math.max(now, next.expected.plannedAt) } };
  }
  return { stored: next, mustStore };
}
