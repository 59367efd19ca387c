/**
 * Transition: the pool reports what it saw of the run, or that a place became free.
 *
 * A look decides nothing about the outcome; it only makes the expected collect turn due. What really
 * happened is found out by the collect turn, under a lease. One thing a look does decide: that the run has
 * cost too much, because nothing else would stop it.
 */
import type { Activity } from '@mcpoverflow/openhands';
import { isTerminal, type Usage } from '@mcpoverflow/types';
import type { Policy } from './policy.ts';
import type { Expected, JobState, Run } from './state.ts';
import { unconfirmedStop } from './stops.ts';
import { failJob } from './terminal.ts';
import { budgetError, isOverBudget, withUsage } from './usage.ts';

/** Whether the run's place in the pool is still needed. */
export type ObserveAnswer = { readonly kind: 'keep' } | { readonly kind: 'release' };

/** What the pool saw of a run at work. */
export interface Progress {
  /** Of this run alone. */
  readonly usage: Usage;
  /** Null when nothing new is known. */
  readonly activity: Activity | null;
}

const keep: ObserveAnswer = { kind: 'keep' };
const release: ObserveAnswer = { kind: 'release' };

/** The present run and turn if that is the run the pool means; otherwise what becomes of its place. */
function watched(state: JobState, conversationId: string): { readonly run: Run; readonly expected: Expected } | ObserveAnswer {
  // A stop duty frees the place itself, after the server has confirmed.
  if (unconfirmedStop(state.stops, conversationId) !== undefined) return keep;
  const { run, expected } = state;
  if (isTerminal(state.status) || run === null || expected === null || run.conversationId !== conversationId) return release;
  if (expected.kind === 'start' && run.created === 'no' && expected.lease === null) return release;
  return { run, expected };
}

/**
 * The run is not at work and will not be by itself, or the server no longer knows it. The pool keeps
 * the place as long as the Job may still have the run, and frees it otherwise.
 */
export function observeEnd(state: JobState, conversationId: string, now: number): { state: JobState; answer: ObserveAnswer } {
  const found = watched(state, conversationId);
  if ('kind' in found) return { state, answer: found };
  const { expected } = found;
  if (expected.kind === 'start') return { state, answer: keep };
  if (expected.lease !== null || (expected.plannedAt !== null && now < expected.plannedAt)) return { state, answer: keep };
  if (expected.resendAt !== null && now < expected.resendAt) return { state, answer: keep };
  return {
    state: { ...state, expected: { ...expected, plannedAt: expected.plannedAt ?? now, resends: 0, resendAt: now } },
    answer: keep,
  };
}

/**
 * The run is at work: what it has used, and what it does. Nothing of it need be stored, except when the run
 * has cost more than the job may: then the job ends, and its stop duty ends the run.
 */
export function observeProgress(
  state: JobState,
  conversationId: string,
  { usage, activity }: Progress,
  { now, policy }: { readonly now: number; readonly policy: Policy },
): { state: JobState; answer: ObserveAnswer; mustStore: boolean } {
  const found = watched(state, conversationId);
  if ('kind' in found) return { state, answer: found, mustStore: false };
  const { run, expected } = found;
  const seen = withUsage({ ...state, run: { ...run, activity: activity ?? run.activity } }, usage);
  // The run has ended meanwhile: a result that is there is taken, whatever it cost.
  const isCollected = expected.kind === 'collect' && (expected.lease !== null || expected.plannedAt !== null);
  if (isCollected || !isOverBudget(seen, policy)) return { state: seen, answer: keep, mustStore: false };
  return { state: failJob(seen, budgetError(seen, policy), now), answer: keep, mustStore: true };
}

/** The pool gave the job a place: the start turn is due. */
export function grantPlace(state: JobState, conversationId: string, now: number): JobState {
  const { run, expected } = state;
  if (run?.conversationId !== conversationId || expected?.kind !== 'start' || expected.plannedAt !== null) return state;
  return { ...state, checkInAt: null, expected: { ...expected, plannedAt: now, resends: 0, resendAt: now } };
}
