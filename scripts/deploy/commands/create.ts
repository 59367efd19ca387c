/** `create`: queues and KV namespace without Workers, for who deploys by hand or looks before leaping. A deployment does it by itself. */
import { createResources } from '../resources.ts';
import type { Session } from '../session.ts';
import { stepByStep } from '../step-by-step.ts';

/** Returns the exit code. */
export async function create(session: Session): Promise<number> {
  const { terminal, invocation } = session;
  const { environment } = invocation;
  const code = await stepByStep(session, `./deploy-cloudflare.sh create ${environment}`, (done) => createResources(session, done));
  if (code === 0) terminal.print(`Queues and KV namespace of ${environment} are there.`);
  return code;
}
