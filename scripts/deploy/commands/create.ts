/** `create`: what an environment needs beside its Workers, as a deployment makes it, and no deployment (`npm run cf:create-kv`). */
import { exitCodes, type Session } from '../session.ts';
import { createResources } from './deploy.ts';

/** Returns the exit code. */
export async function create(session: Session): Promise<number> {
  const { terminal, invocation } = session;
  const outcome = await createResources(session, (what) => terminal.tell(`  ${what}`));
  terminal.tell(outcome.ok ? `The queues and the KV namespace of ${invocation.environment} are there.` : outcome.error);
  return outcome.ok ? exitCodes.done : exitCodes.wrong;
}
