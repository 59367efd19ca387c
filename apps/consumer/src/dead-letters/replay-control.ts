/** Transitions that an operator asks for. Asking twice is as good as once; what a state does not allow is refused. */
import type { ReplayRow } from './replay-store.ts';

/** @returns the same replay when it is already so */
export function controlReplay(replay: ReplayRow, action: 'pause' | 'resume' | 'abort', now: number): ReplayRow | 'refused' {
  const { state } = replay;
  switch (action) {
    case 'pause':
      if (state === 'paused') return replay;
      return state === 'running' ? endedIfOver({ ...replay, state: 'paused' }, now) : 'refused';
    case 'resume':
      if (state === 'running') return replay;
      return state === 'paused' ? { ...replay, state: 'running' } : 'refused';
    case 'abort':
      if (state === 'aborted') return replay;
      return state === 'completed' || state === 'stopped' ? 'refused' : { ...replay, state: 'aborted', endedAt: now };
  }
}

/** A paused replay of which nothing is left has nothing to be resumed for. */
export const endedIfOver = (replay: ReplayRow, now: number): ReplayRow =>
  replay.state === 'paused' && replay.waiting + replay.starting + replay.running === 0
    ? { ...replay, state: 'completed', endedAt: now }
    : replay;

/**
 * Starts a plan; one that has been started is left as it is, unless it was stopped or aborted. A change of the
 * submission is stored for the replay it was ordered with, so a plan that had one is never started.
 */
export function executePlan(replay: ReplayRow, now: number): ReplayRow | 'refused' {
  switch (replay.state) {
    case 'planned':
      return replay.patched === 1 ? 'refused' : { ...replay, state: 'running', startedAt: now, nextStartAt: now };
    case 'stopped':
    case 'aborted':
      return 'refused';
    case 'running':
    case 'paused':
    case 'completed':
      return replay;
  }
}
