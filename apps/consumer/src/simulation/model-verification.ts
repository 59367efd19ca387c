/** In the place of running a connector: passes, fails, or never comes back and takes its invocation along. */
import { type Verification, validationSchema } from '@mcpoverflow/types';

type Real = typeof import('../verification/verify-result.ts');

let verify: (job: string) => Promise<Verification> = async () => ({ ran: false, reason: 'Nothing is simulated.' });

/** What the simulated consumer does from now on. */
export function verifyBy(model: (job: string) => Promise<Verification>): void {
  verify = model;
}

export const connectorToRun: Real['connectorToRun'] = (type) =>
  type === 'validate-connector'
    ? { kind: 'validate' }
    : {
        kind: 'run',
        connector: { kind: 'written', files: [], language: 'typescript', runtime: 'cloudflare-workers', tools: [], skipped: [] },
      };

export const runConnector: Real['runConnector'] = (_connector, { input }) => verify(input.parameters.name ?? '');

export const validateConnector: Real['validateConnector'] = async (result, { input }) => ({
  ...validationSchema.omit({ verification: true }).parse(result),
  verification: await verify(input.parameters.name ?? ''),
});
