/**
 * Agents whose files need the run (OpenHands Cloud), made of the model's agent-server: what they have in common
 * with it is all that the turns see, so the rest of another protocol need not be modelled.
 */
import type { Agent, Sighting } from '@mcpoverflow/openhands';
import type * as agents from '../agent/agents.ts';

/** Whether the sandbox of a conversation is still to come; null where OpenHands has no sandboxes. */
let isStarting: ((conversationId: string) => boolean) | null = null;

/** Says which sandboxes there are, for the scenario that is played. */
export function sandboxesBy(answer: typeof isStarting): void {
  isStarting = answer;
}

/** `agents.ts` with OpenHands behind sandboxes, where the scenario has them. */
export const withSandboxes = (original: typeof agents): typeof agents => ({
  ...original,
  agentOf: (engine, settings, embedded) => {
    const agent = original.agentOf(engine, settings, embedded);
    return agent === null || engine === 'embedded' || isStarting === null ? agent : behindSandboxes(agent, isStarting);
  },
});

function behindSandboxes(agent: Agent, starting: (conversationId: string) => boolean): Agent {
  const seen = <Run extends Sighting>(run: Run): Run => (run && starting(run.id) ? { ...run, status: 'starting' } : run);
  return {
    ...agent,
    filesNeedRun: true,
    start: async (request, signal) => {
      const started = await agent.start(request, signal);
      return started.ok ? { ok: true, value: seen(started.value) } : started;
    },
    get: async (conversationId, signal) => {
      const found = await agent.get(conversationId, signal);
      return found.ok ? { ok: true, value: seen(found.value) } : found;
    },
    getMany: async (ids, signal) => {
      const found = await agent.getMany(ids, signal);
      return found.ok ? { ok: true, value: found.value.map(seen) } : found;
    },
  };
}
