/**
 * Transition: a job ends. Every way to end goes through here, so that the duties which follow an end
 * (stop the run, publish, index, call the webhook, tell DeadLetters) are written in the same transaction as the end itself.
 *
 * A job that is about to fail on OpenHands may be allowed to fall back: then it does not end, and the embedded
 * engine has a go. That is decided here and nowhere else.
 */
import type { Engine, JobError } from '@mcpoverflow/types';
import { isTerminal } from '@mcpoverflow/types';
import { announce } from '../webhooks/announce.ts';
import { fallBack, mayFallBack, withFormerError } from './fallback.ts';
import { record } from './history.ts';
import { reportEnd } from './reports.ts';
import type { JobState } from './state.ts';
import { stopFor } from './stops.ts';

type Ending =
  | { readonly status: 'completed'; readonly token: string }
  | { readonly status: 'failed'; readonly error: JobError }
  | { readonly status: 'cancelled' };

/**
 * Ends a job that has not ended.
 * @throws when it has: a second terminal state is the one thing that must never be written
 */
export const endJob = (state: JobState, ending: Exclude<Ending, { status: 'failed' }>, now: number): JobState => end(state, ending, now);

/**
 * The work failed: the job ends so, unless it may fall back to the embedded engine.
 * @param engine where the job that never began would have begun
 * @throws when it has ended already
 */
export const failJob = (state: JobState, error: JobError, now: number, engine: Engine | null = state.engine): JobState =>
  mayFallBack({ ...state, engine })
    ? fallBack(state, error, now)
    : end(state, { status: 'failed', error: withFormerError(state, error) }, now);

function end(state: JobState, ending: Ending, now: number): JobState {
  if (isTerminal(state.status)) throw new Error(`job ${state.jobId} has already ended as ${state.status}`);
  const stop = stopFor(state, ending.status === 'completed', now);
  const ended: JobState = {
    ...state,
    status: ending.status,
    stage: 'done',
    progress: ending.status === 'completed' ? 100 : state.progress,
    error: ending.status === 'failed' ? ending.error : null,
    completedAt: now,
    expected: null,
    stops: stop === null ? state.stops : [...state.stops, stop],
    checkInAt: null,
    result: ending.status === 'completed' ? { generation: state.generation, token: ending.token } : null,
    publish: { attempts: 0, at: now },
    published: false,
    index: { attempts: 0, at: now },
  };
  const event = `job.${ending.status}` as const;
  return reportEnd(state, announce(record(ended, event, now), event, now), now);
}
