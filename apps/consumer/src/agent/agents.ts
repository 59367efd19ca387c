/** Which agent does the work, and how it is reached. The only place that knows both addresses. */
import { type Agent, createAgentServer } from '@mcpoverflow/openhands';
import type { Engine } from '@mcpoverflow/types';
import type { Settings } from '../settings.ts';

/** What a submission may ask for. */
export type EngineChoice = 'auto' | Engine;

/** `auto` is OpenHands when it is configured, else the embedded agent. */
export function resolveEngine(choice: EngineChoice, settings: Settings): Engine {
  if (choice !== 'auto') return choice;
  return settings.openhands === undefined ? 'embedded' : 'openhands';
}

/** The agent of an engine; null when the job asks for OpenHands and none is configured. */
export function agentOf(engine: Engine, settings: Settings, embedded: Fetcher): Agent | null {
  const shared = {
    now: Date.now,
    timeoutMs: settings.callTimeoutMs,
    // Half the lease: whoever takes the turn over must know that no POST is still on its way out.
    createTimeoutMs: settings.leaseMs / 2,
    maxIterations: settings.maxIterations,
    retries: 2,
  };
  if (engine === 'embedded') {
    return createAgentServer({ ...shared, baseUrl: 'http://embedded-agent', fetch: (input, init) => embedded.fetch(input, init) });
  }
  if (settings.openhands === undefined) return null;
  const { url, sessionApiKey, llm } = settings.openhands;
  return createAgentServer({
    ...shared,
    baseUrl: url,
    fetch: (input, init) => fetch(input, init),
    ...(sessionApiKey === undefined ? {} : { sessionApiKey }),
    ...(llm === undefined ? {} : { llm }),
  });
}

/** The directory of one run on the agent's machine. */
export const workingDirectory = (settings: Settings, conversationId: string): string => `${settings.workspace}/${conversationId}`;
