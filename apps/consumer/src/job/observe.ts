/**
 * Transition: the pool reports what it saw of the run, or that a place became free.
 *
 * A look decides nothing about the outcome; it only makes the expected collect turn due. What really
 * happened is found out by the collect turn, under a lease.
 */
import type { Usage } from '@mcpoverflow/types';
import { isTerminal } from '@mcpoverflow/types';
import { record } from './history.ts';
import type { JobState } from './state.ts';

export interface Observation {
  readonly conversationId: string;
  /** `running`: at work. `ended`: anything that is not at work and will not be by itself, a lost run included. */
  readonly kind: 'running' | 'ended' | 'unknown';
  readonly usage?: Usage;
}

/** Whether the run's place in the pool is still needed. */
export type ObserveAnswer = { readonly kind: 'keep' } | { readonly kind: 'release' };

/** Applies an observation. The pool keeps the place as long as the Job may still have the run, and frees it otherwise. */
export function observeRun(state: JobState, observation: Observation, now: number): { state: JobState; answer: ObserveAnswer } {
  const keep = { kind: 'keep' } as const;
  // A stop duty frees the place itself, after the server has confirmed.
  if (state.stops.some((stop) => stop.conversationId === observation.conversationId)) return { state, answer: keep };
  const { run, expected } = state;
  if (isTerminal(state.status) || run === null || expected === null || run.conversationId !== observation.conversationId) {
    return { state, answer: { kind: 'release' } };
  }
  if (expected.kind === 'start') return { state, answer: run.created === 'no' && expected.lease === null ? { kind: 'release' } : keep };
  if (observation.kind === 'running') return { state, answer: keep };
  if (expected.lease !== null || (expected.plannedAt !== null && now < expected.plannedAt)) return { state, answer: keep };
  if (expected.resendAt !== null && now < expected.resendAt) return { state, answer: keep };
  return {
    state: { ...state, expected: { ...expected, plannedAt: expected.plannedAt ?? now, resends: 0, resendAt: now } },
    answer: keep,
  };
}

/** The pool gave the job a place: the start turn is due. */
export function grantPlace(state: JobState, conversationId: string, now: number): JobState {
  const { run, expected } = state;
  if (run?.conversationId !== conversationId || expected?.kind !== 'start' || expected.plannedAt !== null) return state;
  return { ...state, checkInAt: null, expected: { ...expected, plannedAt: now, resends: 0, resendAt: now } };
}

/** Progress for people: a stage and a sentence; never goes down. */
export function noteProgress(state: JobState, conversationId: string, progress: number, message: string, now: number): JobState {
  if (state.run?.conversationId !== conversationId || state.status !== 'processing') return state;
  return record({ ...state, progress: Math.max(state.progress, progress), message }, 'job.progress', now);
}
