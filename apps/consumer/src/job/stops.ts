/** Runs that nobody wants any more: the duty to stop one, and what it keeps from beginning. */
import type { Engine } from '@mcpoverflow/types';
import type { JobState, Stop } from './state.ts';

/** The stop duty for the present run; null when the job never had one. */
export function stopFor(state: JobState, runHasEnded: boolean, now: number): Stop | null {
  const { run, expected, engine } = state;
  if (run === null) return null;
  const startLease = expected?.kind === 'start' ? expected.lease : null;
  const earlierCreatesUntil = run.created === 'maybe' ? run.createAfter : 0;
  const mayExist = run.created !== 'no' || startLease !== null;
  return {
    conversationId: run.conversationId,
    engine,
    mayExist,
    live: mayExist && !runHasEnded,
    isGone: false,
    confirmAfter: Math.max(now, startLease?.createsUntil ?? 0, earlierCreatesUntil),
    holder: startLease?.token ?? null,
    earlierCreatesUntil,
    attempts: 0,
    at: now,
  };
}

/** The duty for that run, as long as the server has not confirmed its end. */
export const unconfirmedStop = (stops: readonly Stop[], conversationId: string): Stop | undefined =>
  stops.find((stop) => stop.conversationId === conversationId && !stop.isGone);

/**
 * The stop that a run on `engine` has to wait for: an older run that is not confirmed dead would be a second
 * live one. The embedded engine does not wait for OpenHands: its work has no side effects and costs nothing,
 * and it is asked precisely when OpenHands may not answer for long.
 */
export const blockingStop = (stops: readonly Stop[], engine: Engine): Stop | undefined =>
  stops.find((stop) => !stop.isGone && (engine === 'openhands' || stop.engine !== 'openhands'));
