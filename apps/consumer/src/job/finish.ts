/**
 * Transition: the worker that holds a turn reports what came of it.
 *
 * The outcome and the next expected turn are stored together; only then is the next message sent. A
 * worker whose token was superseded is refused, and learns whether to stop what it started.
 */
import type { JobError, Usage } from '@mcpoverflow/types';
import { jobError } from '@mcpoverflow/types';
import { backoffMs, limitPauseMs } from '../backoff.ts';
import { announce } from '../webhooks/announce.ts';
import { exhausted, quietMs } from './begin.ts';
import { record } from './history.ts';
import { MAX_PREPARING_MS, MAX_REPLACED_RUNS, type Policy } from './policy.ts';
import { newRun } from './run-identity.ts';
import type { Expected, JobState, Run, Stop, Stored } from './state.ts';
import { stopFor } from './stops.ts';
import { endJob, failJob } from './terminal.ts';
import { expectTurn } from './turns.ts';
import { budgetError, costLeft, usageOf, withUsage } from './usage.ts';

export type Outcome =
  /** start: no place in the pool yet; the pool sends the turn when there is one. */
  | { readonly kind: 'waiting' }
  /** start: the conversation exists and has its message. */
  | { readonly kind: 'started' }
  /** start: the conversation exists and its place for files does not yet; asked again after `retryInMs`, not an attempt. */
  | { readonly kind: 'preparing'; readonly retryInMs: number }
  /** start: the conversation is unknown but an earlier create may still arrive; not an attempt. */
  | { readonly kind: 'quiet' }
  /** collect: the run goes on after all. */
  | { readonly kind: 'running'; readonly usage?: Usage }
  /**
   * collect: the failures went back into the conversation, or it goes on after one that may pass, which is
   * `failureId`. `lastEventId`: what had happened until then.
   */
  | { readonly kind: 'reworked'; readonly lastEventId: string | null; readonly failureId?: string | null; readonly usage?: Usage }
  /** collect: the run was paused, and was told to go on. */
  | { readonly kind: 'unpaused'; readonly lastEventId: string | null; readonly usage?: Usage }
  /** collect: the server no longer has the run, or was restarted in the middle of it. */
  | { readonly kind: 'lost'; readonly usage?: Usage }
  | { readonly kind: 'completed'; readonly usage?: Usage }
  /** Either: try again later. `ambiguous` when a create may have happened. */
  | { readonly kind: 'retry'; readonly error: JobError; readonly retryAfterMs?: number; readonly ambiguous?: boolean }
  /** Either: trying again cannot help. `ambiguous` as with `retry`: the run is stopped then. */
  | { readonly kind: 'failed'; readonly error: JobError; readonly usage?: Usage; readonly ambiguous?: boolean };

/** Whether a create may have happened, or may still happen, that nobody has seen. */
export const mayStillCreate = (outcome: Outcome): boolean =>
  (outcome.kind === 'retry' || outcome.kind === 'failed') && outcome.ambiguous === true;

export type FinishAnswer =
  | { readonly kind: 'accepted' }
  /** `stopRun`: the job no longer wants this conversation; who is refused stops what it started. */
  | { readonly kind: 'refused'; readonly stopRun: boolean };

export interface FinishContext {
  readonly now: number;
  readonly policy: Policy;
  /** A draw from [0, 1). */
  readonly random: number;
}

/** Applies the outcome if the token still holds the turn. */
export function finishTurn(
  state: JobState,
  holder: { readonly token: string; readonly conversationId: string },
  outcome: Outcome,
  context: FinishContext,
): { state: JobState; answer: FinishAnswer } {
  const { expected, run } = state;
  if (expected === null || run === null || expected.lease?.token !== holder.token) {
    const stopRun = run?.conversationId !== holder.conversationId || expected === null;
    return { state: releaseStop(state, holder.token, outcome, context), answer: { kind: 'refused', stopRun } };
  }
  const released = { ...state, updatedAt: context.now, expected: { ...expected, lease: null } };
  return {
    state: apply(withUsage(released, 'usage' in outcome ? outcome.usage : undefined), holder.token, outcome, context),
    answer: { kind: 'accepted' },
  };
}

function apply(state: JobState, token: string, outcome: Outcome, { now, policy, random }: FinishContext): JobState {
  const { expected, run } = state;
  if (expected === null || run === null) return state;
  switch (outcome.kind) {
    case 'waiting':
      return {
        ...state,
        stage: 'waiting',
        // Asked once more at once: the place may have been given before the Job listened for it.
        checkInAt: now,
        expected: { ...expected, attempts: expected.attempts - 1, plannedAt: null, resendAt: null },
      };
    case 'started': {
      const started: JobState = {
        ...state,
        status: 'processing',
        stage: 'running',
        progress: Math.max(state.progress, 10),
        startedAt: state.startedAt ?? now,
        checkInAt: now + policy.checkInMs,
        run: { ...run, created: 'yes', startedAt: now },
      };
      return announce(record(expectTurn(started, 'collect', null, null), 'job.started', now), 'job.started', now);
    }
    case 'preparing':
      return prepare(state, expected, run, outcome.retryInMs, { now, policy });
    case 'quiet':
      // It was seen, and nothing of it can be on its way any more.
      if (run.created === 'yes' && now >= run.createAfter) return replaceLost(state, run, { now, policy });
      return notBefore(state, expected, run.createAfter);
    case 'running':
      return goOn(state, run, { now, policy });
    case 'reworked': {
      const { lastEventId, failureId } = outcome;
      const told = { toldToGoOn: { at: now, lastEventId }, failureId: failureId ?? run.failureId };
      return goOn(state, { ...run, ...told, reworks: run.reworks + 1, activity: null }, { now, policy });
    }
    case 'unpaused': {
      const told = { toldToGoOn: { at: now, lastEventId: outcome.lastEventId } };
      return goOn(state, { ...run, ...told, unpauses: run.unpauses + 1 }, { now, policy });
    }
    case 'lost':
      return replaceLost(state, run, { now, policy });
    case 'completed':
      return endJob(state, { status: 'completed', token }, now);
    case 'failed':
      return failJob(afterCall(state, run, outcome, { now, policy }), outcome.error, now);
    case 'retry': {
      const called = afterCall(state, run, outcome, { now, policy });
      const failed: Expected = { ...expected, lastError: outcome.error };
      if (outcome.error.code === 'agent-rate-limited') {
        // A server without room can stay so for as long as other runs take: the job's time bounds the wait.
        return notBefore(called, failed, now + limitPauseMs(random, outcome.retryAfterMs));
      }
      if (expected.attempts >= policy.retryAttempts) return failJob(called, exhausted(failed), now);
      const at = now + backoffMs(policy.backoff, expected.attempts, random, outcome.retryAfterMs);
      return { ...called, expected: { ...failed, plannedAt: at, resends: 0, resendAt: at } };
    }
  }
}

/** After a call that failed: a run that it may have created is looked for, and stopped, as one that exists. */
const afterCall = (state: JobState, run: Run, outcome: Outcome, { now, policy }: Pick<FinishContext, 'now' | 'policy'>): JobState =>
  mayStillCreate(outcome) && run.created !== 'yes'
    ? { ...state, run: { ...run, created: 'maybe', createAfter: now + quietMs(state.engine ?? 'openhands', policy) } }
    : state;

/** The run is at work, and its end is expected. */
const goOn = (state: JobState, run: Run, { now, policy }: Pick<FinishContext, 'now' | 'policy'>): JobState =>
  expectTurn({ ...state, stage: 'running', checkInAt: now + policy.checkInMs, run }, 'collect', null, null);

/** The same turn later; what was done was no attempt. */
const notBefore = (state: JobState, expected: Expected, at: number): JobState => ({
  ...state,
  expected: { ...expected, attempts: expected.attempts - 1, plannedAt: at, resends: 0, resendAt: at },
});

/** The run is there, so that nobody creates it again, and its sandbox is still to come. */
function prepare(
  state: JobState,
  expected: Expected,
  run: Run,
  retryInMs: number,
  { now, policy }: Pick<FinishContext, 'now' | 'policy'>,
): JobState {
  const since = run.preparingSince ?? now;
  // A server that has just made it may deny it for a moment.
  const createAfter = now + quietMs(state.engine ?? 'openhands', policy);
  const prepared: JobState = { ...state, run: { ...run, created: 'yes', createAfter, preparingSince: since } };
  if (now < since + MAX_PREPARING_MS) return notBefore(prepared, expected, now + retryInMs);
  const minutes = MAX_PREPARING_MS / 60_000;
  return failJob(prepared, jobError('agent-unavailable', `The agent's sandbox did not start within ${minutes} minutes.`), now);
}

/** The next run in the place of one that the server lost, if there may be one. */
function replaceLost(state: JobState, run: Run, { now, policy }: Pick<FinishContext, 'now' | 'policy'>): JobState {
  const losses = run.lossesBefore + 1;
  if (losses > MAX_REPLACED_RUNS) {
    const error = jobError('agent-lost', `The agent server lost the run ${losses} times; it may be restarting again and again.`);
    return failJob(state, error, now);
  }
  const earlierUsage = usageOf(state);
  if (costLeft({ ...state, earlierUsage }, state.engine ?? 'openhands', policy) === 0)
    return failJob(state, budgetError(state, policy), now);
  const stop = stopFor(state, false, now);
  const replaced: JobState = {
    ...state,
    stage: 'queued',
    checkInAt: null,
    earlierUsage,
    stops: stop === null ? state.stops : [...state.stops, stop],
    run: newRun(state, run.number + 1, losses),
  };
  return expectTurn(replaced, 'start', now, now);
}

/**
 * The holder of a create that a stop waits for has spoken: unless its answer was lost, nothing of it is on its way
 * any more. That counts for a deleted job too, or its id would have to wait for the longest create there could be.
 */
export function releaseStop<Owner extends Pick<Stored, 'stops'>>(
  owner: Owner,
  token: string,
  outcome: Outcome,
  { now, policy }: FinishContext,
): Owner {
  if (!owner.stops.some((stop) => stop.holder === token)) return owner;
  const released = (stop: Stop): Stop => {
    const createsUntil = mayStillCreate(outcome) ? now + quietMs(stop.engine ?? 'openhands', policy) : now;
    return { ...stop, holder: null, confirmAfter: Math.max(createsUntil, stop.earlierCreatesUntil), at: now };
  };
  return { ...owner, stops: owner.stops.map((stop) => (stop.holder === token ? released(stop) : stop)) };
}

/** Marks that the connector is about to run under this lease, or which of its tools is; false when the lease is no longer held. */
export function markVerifying(state: JobState, token: string, now: number, tool?: string): { state: JobState; held: boolean } {
  const { expected } = state;
  if (expected?.lease?.token !== token) return { state, held: false };
  if (tool !== undefined)
    return { state: { ...state, expected: { ...expected, lease: { ...expected.lease, calling: tool } } }, held: true };
  const marked: JobState = { ...state, stage: 'verifying', expected: { ...expected, lease: { ...expected.lease, verifying: true } } };
  return { state: record(marked, 'job.progress', now), held: true };
}
