/** The agent's bindings and variables, parsed at the edge. */
import * as z from 'zod';
import type { AgentServer } from './agent-server.ts';

export interface Env {
  readonly AGENT_SERVER: DurableObjectNamespace<AgentServer>;
  readonly SESSION_API_KEY?: string;
}

const variablesSchema = z.object({ SESSION_API_KEY: z.string().optional() });

/** The key that `/api` asks for; undefined, for an empty variable too, when it asks for none. */
export function sessionKeyOf(env: Env): string | undefined {
  const key = variablesSchema.parse({ SESSION_API_KEY: env.SESSION_API_KEY }).SESSION_API_KEY;
  return key === '' ? undefined : key;
}
