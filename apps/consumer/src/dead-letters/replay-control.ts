/** Transitions that an operator asks for. Asking twice is as good as once; what a state does not allow is refused. */
import type { ReplayRow } from './replay-store.ts';

/** @returns the same replay when it is already so */
export function controlReplay(replay: ReplayRow, action: 'pause' | 'resume' | 'abort', now: number): ReplayRow | 'refused' {
  const { state } = replay;
  switch (action) {
    case 'pause':
      if (state === 'paused') return replay;
      return state === 'running' ? { ...replay, state: 'paused' } : 'refused';
    case 'resume':
      if (state === 'running') return replay;
      return state === 'paused' ? { ...replay, state: 'running' } : 'refused';
    case 'abort':
      if (state === 'aborted') return replay;
      return state === 'completed' || state === 'stopped' ? 'refused' : { ...replay, state: 'aborted', endedAt: now };
  }
}

/** Starts a plan; one that has been started is left as it is, one that was aborted before is never started. */
export function executePlan(replay: ReplayRow, now: number): ReplayRow | 'refused' {
  if (replay.state === 'planned') return { ...replay, state: 'running', startedAt: now, nextStartAt: now };
  return replay.startedAt === null ? 'refused' : replay;
}
