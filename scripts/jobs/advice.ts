/**
 * What to do about a failed job, in agreement with its own message. "Not retryable" only says that nothing
 * will change by itself; where the cause lies outside of the submission, the same job succeeds once that
 * is mended.
 */
import type { JobError, JobErrorCode } from '@mcpoverflow/types';

/** Causes in the engine's configuration, on its agent server, or in another job. */
const outsideOfTheSubmission: ReadonlySet<JobErrorCode> = new Set([
  'needs-openhands',
  'agent-unauthorized',
  'agent-rejected',
  'connector-unavailable',
]);

/** One sentence; `retryUrl` is the address that starts the job again. */
export function adviceFor(error: JobError, retryUrl: string): string {
  const retry = `curl -X POST ${retryUrl}`;
  if (error.retryable) return `It may succeed when tried again: ${retry}`;
  if (outsideOfTheSubmission.has(error.code)) return `Once that is mended, start the same job again: ${retry}`;
  return 'Trying the same again will not help: change what the message names, then submit anew.';
}
