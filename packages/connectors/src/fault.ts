/**
 * Why the deterministic generator gives up: the document cannot be used, whoever does the work. The code is a job's
 * error code, so that a fault becomes the job's error without translation.
 */
import { fail } from '@mcpoverflow/types';

export interface SpecificationFault {
  readonly code: 'specification-unusable';
  readonly message: string;
}

/** The document cannot be used, whoever does the work. `message` says what to mend. */
export const unusable = (message: string) => fail<SpecificationFault>({ code: 'specification-unusable', message });
