/** Which agent does the work, and how it is reached. The only place that knows both addresses. */
import { type Agent, createAgentServer, createCloud, type Fetch } from '@mcpoverflow/openhands';
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
    retries: 2,
  };
  const { maxIterations } = settings;
  if (engine === 'embedded') {
    const toEmbedded: Fetch = (input, init) => embedded.fetch(input, init);
    return createAgentServer({ ...shared, maxIterations, baseUrl: 'http://embedded-agent', fetch: toEmbedded });
  }
  if (settings.openhands === undefined) return null;
  const { driver, url, sessionApiKey, llm } = settings.openhands;
  const reached = { ...shared, baseUrl: url, fetch: (input: string, init: RequestInit) => fetch(input, init) };
  if (driver === 'cloud') {
    // Without a key the Cloud refuses every call, and says so.
    return createCloud({ ...reached, apiKey: sessionApiKey ?? '', ...(llm === undefined ? {} : { model: llm.model }) });
  }
  return createAgentServer({
    ...reached,
    maxIterations,
    ...(sessionApiKey === undefined ? {} : { sessionApiKey }),
    ...(llm === undefined ? {} : { llm }),
  });
}

/** The directory of one run on the agent's machine. */
export const workingDirectory = (settings: Settings, conversationId: string): string => `${settings.workspace}/${conversationId}`;
