/**
 * Transition: a job ends. Every way to end goes through here, so that the duties which follow an end
 * (stop the run, publish, index, call the webhook, tell DeadLetters) are written in the same transaction as the end itself.
 */
import type { JobError, Usage } from '@mcpoverflow/types';
import { isTerminal } from '@mcpoverflow/types';
import { announce } from '../webhooks/announce.ts';
import { record } from './history.ts';
import { reportEnd } from './reports.ts';
import type { JobState, Stop } from './state.ts';

export type Ending =
  | { readonly status: 'completed'; readonly token: string; readonly usage?: Usage }
  | { readonly status: 'failed'; readonly error: JobError; readonly usage?: Usage }
  | { readonly status: 'cancelled' };

/**
 * Ends a job that has not ended.
 * @throws when it has: a second terminal state is the one thing that must never be written
 */
export function endJob(state: JobState, ending: Ending, now: number): JobState {
  if (isTerminal(state.status)) throw new Error(`job ${state.jobId} has already ended as ${state.status}`);
  const stop = stopFor(state, ending.status === 'completed', now);
  const usage = 'usage' in ending ? ending.usage : undefined;
  const ended: JobState = {
    ...state,
    status: ending.status,
    stage: 'done',
    progress: ending.status === 'completed' ? 100 : state.progress,
    error: ending.status === 'failed' ? ending.error : null,
    completedAt: now,
    usage: usage ?? state.usage,
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
    confirmAfter: Math.max(now, startLease?.createsUntil ?? 0, earlierCreatesUntil),
    holder: startLease?.token ?? null,
    earlierCreatesUntil,
    attempts: 0,
    at: now,
  };
}
