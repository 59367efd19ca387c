/** The job's events: what SSE sends, numbered from 1, the oldest dropped beyond a bound. */
import type { JobEvent } from '@mcpoverflow/types';
import { MAX_EVENTS } from './policy.ts';
import { messageOf } from './stages.ts';
import type { JobState } from './state.ts';

/** Appends an event that describes the state as it now is. */
export function record(state: JobState, type: JobEvent['type'], now: number): JobState {
  const event: JobEvent = {
    id: state.lastEventId + 1,
    type,
    at: new Date(now).toISOString(),
    generation: state.generation,
    status: state.status,
    stage: state.stage,
    progress: state.progress,
    ...messageOf(state),
    ...(state.error === null ? {} : { error: state.error }),
  };
  return { ...state, lastEventId: event.id, events: [...state.events, event].slice(-MAX_EVENTS), updatedAt: now };
}
