import { DurableObject } from 'cloudflare:workers';
export class AgentServer extends DurableObject {}
export default { fetch: async () => new Response('agent') };
