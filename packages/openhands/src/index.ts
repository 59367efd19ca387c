/** The OpenHands client: one interface, its drivers, and the rules for recovering a run. */
export * from './agent.ts';
export { type AgentServerOptions, createAgentServer } from './agent-server.ts';
export { type CloudOptions, createCloud } from './cloud.ts';
export type { Fetch } from './exchange.ts';
export { type CreateKnowledge, ensureFirstMessage, ensureRun, type RunAnswer } from './recovery.ts';
export { withoutSecrets } from './secrets.ts';
export type { LanguageModel } from './wire.ts';
