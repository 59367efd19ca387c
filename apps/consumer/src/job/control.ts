/** Transitions that a caller asks for: cancel, retry as a new generation, delete. And the one that time asks for: expire. */
import type { Engine, JobError } from '@mcpoverflow/types';
import { isTerminal, jobError } from '@mcpoverflow/types';
import { hasNoRoom } from '../webhooks/announce.ts';
import { record } from './history.ts';
import { nextGeneration } from './next-generation.ts';
import type { Policy } from './policy.ts';
import { reportRetry, reportsOfDeleted } from './reports.ts';
import { type JobState, SCHEMA_VERSION, type Tombstone } from './state.ts';
import { endJob, failJob } from './terminal.ts';
import { untoldCost } from './usage.ts';

export type ControlOutcome = { readonly state: JobState; readonly done: boolean };

/** Cancels a job that has not ended. Idempotent: a cancelled job stays cancelled; one that ended otherwise refuses. */
export function cancelJob(state: JobState, now: number): ControlOutcome {
  if (isTerminal(state.status)) return { state, done: state.status === 'cancelled' };
  return { state: endJob(state, { status: 'cancelled' }, now), done: true };
}

/** Starts a failed job again: its owner asks for it. Not while too many of its webhook calls wait to be sent. */
export function retryJob(state: JobState, now: number): ControlOutcome {
  if (state.status !== 'failed' || hasNoRoom(state)) return { state, done: false };
  return { state: reportRetry(record(nextGeneration(state, now), 'job.retried', now), now), done: true };
}

/** Longer than the write of a copy can be on its way. Its caller gives up after 15 s, the call itself may hang on. */
const CLEANUP_AGAIN_MS = 300_000;

/**
 * What must outlive a deleted job: the runs to stop, the copies to remove, the dead letters to take back and
 * what it has cost. Its webhook calls do not: all of it was to go. One that has not ended is cancelled by it.
 */
export function deleteJob(job: JobState, now: number): Tombstone {
  const { state } = cancelJob(job, now);
  const reports = reportsOfDeleted(state, now);
  return {
    schemaVersion: SCHEMA_VERSION,
    deleted: true,
    jobId: state.jobId,
    tenant: state.tenant,
    stops: state.stops,
    cleanups: [...state.cleanups, { createdAt: state.createdAt, attempts: 0, at: now, until: now + CLEANUP_AGAIN_MS }],
    costs: [...state.costs, ...untoldCost(state, now)],
    reports,
    reportDuty: reports.length === 0 ? null : { attempts: 0, at: now },
    lastReport: state.lastReport + reports.length,
  };
}

/** When the job runs out of time; null once it has ended. */
export function expiresAt(state: JobState, policy: Policy): number | null {
  if (isTerminal(state.status)) return null;
  const startedAt = state.run?.startedAt ?? null;
  return startedAt === null ? state.queuedAt + policy.queueTimeoutMs : startedAt + policy.jobTimeoutMs;
}

/** Fails a job whose time is over; the same state otherwise. `engine`: where it would run now. */
export function expireJob(state: JobState, now: number, policy: Policy, engine: Engine): JobState {
  const at = expiresAt(state, policy);
  if (at === null || now < at) return state;
  return failJob(state, timeoutError(state, policy), now, state.engine ?? engine);
}

function timeoutError(state: JobState, policy: Policy): JobError {
  return (state.run?.startedAt ?? null) === null
    ? jobError('queue-timeout', `The job did not get to start within ${inWords(policy.queueTimeoutMs)}; the agent may be down or busy.`)
    : jobError('deadline-exceeded', `The agent did not finish within ${inWords(policy.jobTimeoutMs)} and was stopped.`);
}

const inWords = (durationMs: number): string =>
  durationMs < 60_000 ? counted(durationMs / 1000, 'second') : counted(Math.round(durationMs / 60_000), 'minute');
const counted = (amount: number, unit: string): string => `${amount} ${unit}${amount === 1 ? '' : 's'}`;

/**
 * A message of this turn was given up by the queue: the job fails if, and only if, that turn is still the expected one.
 * @param engine where it would run now
 */
export function giveUpTurn(
  state: JobState,
  message: { readonly generation: number; readonly turn: number },
  now: number,
  engine: Engine,
): JobState {
  const { expected } = state;
  if (isTerminal(state.status) || expected?.turn !== message.turn || state.generation !== message.generation) return state;
  if (expected.lease !== null && now < expected.lease.until) return state;
  const error = jobError(
    'attempts-exhausted',
    'The queue delivered this step again and again and nobody could do it; the engine gave up.',
    expected.attempts,
  );
  return failJob(state, expected.lastError ?? error, now, state.engine ?? engine);
}
