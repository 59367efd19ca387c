/** What happens right now, in a sentence for people. An ended job's status says it all. */
import type { JobStage } from '@mcpoverflow/types';
import type { JobState } from './state.ts';

const sentences: Readonly<Record<JobStage, string | null>> = {
  queued: 'Waiting in the queue.',
  waiting: 'Waiting for a free place at the agent.',
  starting: 'Handing the work to the agent.',
  running: 'The agent is at work.',
  collecting: 'Fetching the result.',
  verifying: 'Running the connector against a mock of its API.',
  done: null,
};

/** The `message` of a job, or of an event of it: what the agent itself is seen to do, or what the stage means. */
export function messageOf(state: JobState): { readonly message?: string } {
  const activity = activityOf(state);
  if (activity !== null) return { message: activity.message };
  if (state.stage === 'queued' && state.fallback !== null) return { message: 'OpenHands failed. The embedded engine takes over.' };
  const message = sentences[state.stage];
  return message === null ? {} : { message };
}

/** What the agent does; null when it is not at work, or nothing is known yet. */
export const activityOf = ({ stage, run }: JobState) => (stage === 'running' ? (run?.activity ?? null) : null);
