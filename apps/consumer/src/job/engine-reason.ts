/** Why a job runs, or ran, on its engine: always a sentence once the engine is known, so that nobody takes one's work for the other's. */
import type { Engine } from '@mcpoverflow/types';
import type { JobState } from './state.ts';

const names: Readonly<Record<Engine, string>> = { openhands: 'OpenHands', embedded: 'the embedded engine' };
const chosen: Readonly<Record<Engine, string>> = {
  openhands: 'OpenHands is configured.',
  embedded: 'OpenHands is not configured, so the embedded engine does the work.',
};

/** The sentence; null while nobody has decided. */
export function engineReason({ engine, cached, fallback, options }: JobState): string | null {
  if (engine === null) return null;
  if (cached) return `The same work was done before by ${names[engine]}, and its result was kept.`;
  if (fallback !== null) return 'OpenHands failed, and the submission lets the embedded engine take over.';
  return options.engine === engine ? `The submission asks for ${names[engine]}.` : chosen[engine];
}
