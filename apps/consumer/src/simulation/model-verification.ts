/** In the place of running a connector: passes, fails, or never comes back and takes its invocation along. */
import type { Verification } from '@mcpoverflow/types';

type Real = typeof import('../verification/verify-result.ts');

let verify: (job: string) => Promise<Verification> = async () => ({ ran: false, reason: 'Nothing is simulated.' });

/** What the simulated consumer does from now on. */
export function verifyBy(model: (job: string) => Promise<Verification>): void {
  verify = model;
}

export const connectorToRun: Real['connectorToRun'] = () => ({
  kind: 'run',
  connector: { kind: 'written', files: [], language: 'typescript', runtime: 'cloudflare-workers', tools: [], skipped: [] },
});

export const runConnector: Real['runConnector'] = (_connector, { input }) => verify(input.parameters.name ?? '');

/** Kinds of jobs that are simulated validate nothing. */
export const validateConnector: Real['validateConnector'] = () => Promise.reject(new Error('Nothing is validated here.'));
