/**
 * Transition: the pool reports what it saw of the run, or that a place became free.
 *
 * A look decides nothing about the outcome; it only makes the expected collect turn due. What really
 * happened is found out by the collect turn, under a lease.
 */
import { isTerminal } from '@mcpoverflow/types';
import type { JobState } from './state.ts';

/** Whether the run's place in the pool is still needed. */
export type ObserveAnswer = { readonly kind: 'keep' } | { readonly kind: 'release' };

/**
 * The run is not at work and will not be by itself, or the server no longer knows it. The pool keeps
 * the place as long as the Job may still have the run, and frees it otherwise.
 */
export function observeEnd(state: JobState, conversationId: string, now: number): { state: JobState; answer: ObserveAnswer } {
  const keep = { kind: 'keep' } as const;
  // A stop duty frees the place itself, after the server has confirmed.
  if (state.stops.some((stop) => stop.conversationId === conversationId)) return { state, answer: keep };
  const { run, expected } = state;
  if (isTerminal(state.status) || run === null || expected === null || run.conversationId !== conversationId) {
    return { state, answer: { kind: 'release' } };
  }
  if (expected.kind === 'start') return { state, answer: run.created === 'no' && expected.lease === null ? { kind: 'release' } : keep };
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
