/** The embedded agent: every request goes to its one Durable Object. */
import type { Env } from './env.ts';

export { AgentServer } from './agent-server.ts';

export default {
  fetch: (request, env) => env.AGENT_SERVER.getByName('server').fetch(request),
} satisfies ExportedHandler<Env>;
