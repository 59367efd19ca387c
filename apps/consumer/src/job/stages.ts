/** What a stage means, in a sentence for people. An ended job's status says it all. */
import type { JobStage } from '@mcpoverflow/types';

const sentences: Readonly<Record<JobStage, string | null>> = {
  queued: 'Waiting in the queue.',
  waiting: 'Waiting for a free place at the agent.',
  starting: 'Handing the work to the agent.',
  running: 'The agent is at work.',
  collecting: 'Fetching the result.',
  verifying: 'Running the connector against a mock of its API.',
  done: null,
};

/** The `message` of a job or event in that stage. */
export function sentenceOf(stage: JobStage): { readonly message?: string } {
  const message = sentences[stage];
  return message === null ? {} : { message };
}
