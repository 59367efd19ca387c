/**
 * Why the deterministic generator gives up. Two codes only, both job error codes, so that a fault
 * becomes the job's error without translation: the document cannot be used at all, or the work needs a mind.
 */
import { fail } from '@mcpoverflow/types';

export interface SpecificationFault {
  readonly code: 'specification-unusable' | 'needs-openhands';
  readonly message: string;
}

/** The document cannot be used, whoever does the work. `message` says what to mend. */
export const unusable = (message: string) => fail<SpecificationFault>({ code: 'specification-unusable', message });

/** The work is possible, but not without an agent. `what` is a full sentence; how to get an agent follows it. */
export const needsOpenHands = (what: string) =>
  fail<SpecificationFault>({ code: 'needs-openhands', message: `${what} Configure OpenHands (OPENHANDS_API_URL) and retry the job.` });
