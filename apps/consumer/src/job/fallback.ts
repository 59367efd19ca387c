/**
 * Transition: OpenHands failed, and the embedded engine takes over within the same generation, because the
 * submission allows it (`fallback: "embedded"`). To its caller the job goes on: no end is told, no dead
 * letter is written, unless the embedded engine fails too. Then the job's error is that of OpenHands,
 * which was asked for; how the substitute failed is only added to it.
 */
import type { JobError } from '@mcpoverflow/types';
import { isTerminal, jobError } from '@mcpoverflow/types';
import { record } from './history.ts';
import { newRun } from './run-identity.ts';
import type { JobState } from './state.ts';
import { stopFor } from './stops.ts';
import { expectTurn } from './turns.ts';
import { usageOf } from './usage.ts';

/** Whether a failure now is the embedded engine's turn instead of the job's end. */
export const mayFallBack = ({ status, engine, fallback, options }: JobState): boolean =>
  !isTerminal(status) && options.fallback === 'embedded' && fallback === null && engine === 'openhands';

/** A new run on the embedded engine, with all clocks and attempts from the start. The run that failed is stopped meanwhile. */
export function fallBack(state: JobState, error: JobError, now: number): JobState {
  const stop = stopFor(state, false, now);
  const again: JobState = {
    ...state,
    engine: 'embedded',
    fallback: { from: 'openhands', error },
    earlierUsage: usageOf(state),
    stage: 'queued',
    queuedAt: now,
    checkInAt: null,
    stops: stop === null ? state.stops : [...state.stops, stop],
    run: newRun(state, (state.run?.number ?? 0) + 1),
  };
  return expectTurn(record(again, 'job.progress', now), 'start', now, now);
}

/** The error to end with: where the job had fallen back, the one that made it, and why that did not help. */
export function withFormerError({ fallback }: JobState, error: JobError): JobError {
  if (fallback === null) return error;
  const { code, message, attempts } = fallback.error;
  // Its own sentence tells how to configure OpenHands.
  const why = error.code === 'needs-openhands' ? 'this work needs a language model.' : error.message;
  return jobError(code, `${message} The embedded engine could not do it either: ${why}`, attempts);
}
