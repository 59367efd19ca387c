/** A failed job from the start again, under the same id: older messages and writes no longer fit. */
import { newRun } from './run-identity.ts';
import type { JobState } from './state.ts';
import { expectTurn } from './turns.ts';
import { untoldCost } from './usage.ts';

/** Pending as the next generation, its first turn due now. */
export function nextGeneration(state: JobState, now: number): JobState {
  const generation = state.generation + 1;
  const again: JobState = {
    ...state,
    generation,
    status: 'pending',
    stage: 'queued',
    progress: 0,
    cached: false,
    error: null,
    engine: null,
    fallback: null,
    earlierUsage: null,
    queuedAt: now,
    startedAt: null,
    completedAt: null,
    result: null,
    publish: null,
    published: false,
    index: { attempts: 0, at: now },
    costs: [...state.costs, ...untoldCost(state, now)],
    // Made for the generation that died: another one did not die of it.
    amendments: [],
    run: newRun({ ...state, generation }, 1),
  };
  return expectTurn(again, 'start', now, now);
}
