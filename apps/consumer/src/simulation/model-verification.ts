/** In the place of running a connector: passes, fails, or never comes back and takes its invocation along. */
import type { Verification } from '@mcpoverflow/types';
import type { Work } from '../job/begin.ts';

let verify: (jobId: string) => Promise<Verification> = async () => ({ ran: false, reason: 'Nothing is simulated.' });

/** What the simulated consumer does from now on. */
export function verifyBy(model: (jobId: string) => Promise<Verification>): void {
  verify = model;
}

export const verifyResult = (work: Work): Promise<Verification> => verify(work.jobId);
