/**
 * What can be done without a mind: nothing is guessed and nothing is made up. Whatever needs judgement
 * ends with `needs-openhands` and a sentence on how to configure one.
 */
import { fail, type JobType } from '@mcpoverflow/types';
import type { Work } from './perform.ts';

/** Told by `/server_info`. */
export const VERSION = '1.0.0';

const subjects: Readonly<Record<JobType, string>> = {
  analyze: 'Analysing this specification',
  'generate-connector': 'Generating this connector',
  'generate-from-description': 'Generating a connector from a description',
  'generate-tests': 'Generating tests',
  'generate-documentation': 'Generating documentation',
  'validate-connector': 'Validating a connector',
  'fix-connector': 'Fixing a connector',
};

export const deterministicWork: Work = (task) =>
  fail({
    code: 'needs-openhands',
    message: `${subjects[task.type]} needs OpenHands. Set OPENHANDS_API_URL (and OPENHANDS_API_KEY, OPENHANDS_LLM, LLM_API_KEY as your server wants them) and retry the job.`,
  });
