/** In the place of running a connector: passes, fails, or never comes back and takes its invocation along. */
import { type Verification, validationSchema } from '@mcpoverflow/types';
import type { VerificationPort } from '../verification/verify-connector.ts';

type Real = typeof import('../verification/verify-result.ts');

/** `port`: what the platform lends to the run. */
type Model = (job: string, port: VerificationPort) => Promise<Verification>;

let verify: Model = async () => ({ ran: false, reason: 'Nothing is simulated.' });

/** What the simulated consumer does from now on. */
export function verifyBy(model: Model): void {
  verify = model;
}

export const connectorToRun: Real['connectorToRun'] = (type) =>
  type === 'validate-connector'
    ? { kind: 'validate' }
    : {
        kind: 'run',
        connector: { kind: 'written', files: [], language: 'typescript', runtime: 'cloudflare-workers', tools: [], skipped: [] },
      };

export const runConnector: Real['runConnector'] = (_connector, { input, port }) => verify(input.parameters.name ?? '', port);

export const validateConnector: Real['validateConnector'] = async (result, { input, port }) => ({
  ...validationSchema.omit({ verification: true }).parse(result),
  verification: await verify(input.parameters.name ?? '', port),
});
