/** What a failed call to the agent means for a turn: try again later, or give the job up. */
import type { AgentFault } from '@mcpoverflow/openhands';
import { jobError } from '@mcpoverflow/types';
import type { Outcome } from '../job/finish.ts';

/** Trying again cannot help: somebody has to change the configuration or the task. */
const permanent: ReadonlySet<AgentFault['code']> = new Set(['agent-unauthorized', 'agent-rejected']);

/** The outcome of a turn whose call failed. */
export function outcomeOfFault(fault: AgentFault): Outcome {
  const error = jobError(fault.code, fault.message);
  if (permanent.has(fault.code)) return { kind: 'failed', error, ambiguous: fault.ambiguous };
  return {
    kind: 'retry',
    error,
    ambiguous: fault.ambiguous,
    ...(fault.retryAfterMs === undefined ? {} : { retryAfterMs: fault.retryAfterMs }),
  };
}
