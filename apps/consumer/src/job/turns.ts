/** Making the next expected turn. The number only rises, over generations too: an old message can never fit again. */
import type { TurnKind } from '@mcpoverflow/types';
import type { Expected, JobState } from './state.ts';

/**
 * Expects a new turn.
 * @param plannedAt when it is due; null when it waits for an event
 * @param resendAt when its message is sent (again) by the alarm; null when nobody should send it yet
 */
export function expectTurn(state: JobState, kind: TurnKind, plannedAt: number | null, resendAt: number | null): JobState {
  const turn = state.lastTurn + 1;
  const expected: Expected = {
    turn,
    kind,
    attempts: 0,
    plannedAt,
    resends: 0,
    resendAt,
    lease: null,
    verificationCrashes: 0,
    lastError: null,
  };
  return { ...state, lastTurn: turn, expected };
}
