/**
 * Making sure that a run exists, once. A create can be cut off anywhere: before it arrives, half-way
 * through the server's own work, or after it, on the way back. The server's create is safe to repeat
 * one after the other, but not with every release at the same time (the newest say so by a capability),
 * so a second POST needs proof that the first is over.
 *
 * A run that stands idle with its message is left alone here: for a moment, a fresh create looks just the
 * same. Whoever watches the run sees it stand still and lets it go on (`Agent.resume`).
 *
 * Rules after reference/openhands-api.md section 1.5 (1 to 4) and design section 3, "Creating a
 * conversation". The clock is the caller's: it says whether the quiet time is over.
 */
import { fail, ok, type Result } from '@mcpoverflow/types';
import type { Agent, AgentFault, RunSnapshot, StartRun } from './agent.ts';

export interface CreateKnowledge {
  /** An earlier create of this run may have reached the server: look before anything else. */
  readonly mayExist: boolean;
  /** No create is under way any more: none was sent, or the quiet time (120 s) after the last ambiguous one is over. */
  readonly mayCreate: boolean;
}

export type RunAnswer =
  | { readonly kind: 'started'; readonly run: RunSnapshot }
  /** Not there now, but an earlier create may still be under way: nobody may POST yet. */
  | { readonly kind: 'must-wait' }
  /** `ambiguous` means that the run may exist from now on: look first next time, and let the quiet time pass before a create. */
  | { readonly kind: 'fault'; readonly fault: AgentFault };

/**
 * Finds, heals or creates the run. At most one create is sent. `signal` bounds all calls together.
 * A run that exists is answered as it is, ended or not: judging it is the caller's business.
 */
export async function ensureRun(agent: Agent, request: StartRun, knowledge: CreateKnowledge, signal?: AbortSignal): Promise<RunAnswer> {
  if (knowledge.mayExist) {
    const found = await agent.get(request.conversationId, signal);
    if (!found.ok) return { kind: 'fault', fault: found.error };
    if (found.value !== null) return answerOf(await heal(agent, request, found.value, signal));
  }
  if (!knowledge.mayCreate) return { kind: 'must-wait' };

  const created = await agent.start(request, signal);
  if (created.ok) return answerOf(await heal(agent, request, created.value, signal));
  if (!created.error.ambiguous) return { kind: 'fault', fault: created.error };

  const found = await agent.get(request.conversationId, signal);
  if (!found.ok || found.value === null) return { kind: 'fault', fault: created.error };
  return answerOf(await heal(agent, request, found.value, signal));
}

/**
 * Gives an idle run its first message, once: a create whose agent failed to initialise leaves it without,
 * and an agent whose files need the run creates it so. `last_user_message_id` alone is not trusted: a
 * message counted by the event log means that the run is merely about to begin. Any other run is left as it is.
 */
export async function ensureFirstMessage(
  agent: Agent,
  prompt: string,
  run: RunSnapshot,
  signal?: AbortSignal,
): Promise<Result<RunSnapshot, AgentFault>> {
  if (run.status !== 'idle' || run.hasUserMessage) return ok(run);
  const messages = await agent.userMessageCount(run.id, signal);
  if (!messages.ok) return messages;
  if (messages.value > 0) return ok({ ...run, hasUserMessage: true });
  const sent = await agent.send(run.id, prompt, signal);
  return sent.ok ? ok({ ...run, status: 'running', hasUserMessage: true }) : fail(sent.error);
}

/** Where files need the run, the message has to wait for them: giving it is the caller's business then. */
function heal(agent: Agent, request: StartRun, run: RunSnapshot, signal?: AbortSignal): Promise<Result<RunSnapshot, AgentFault>> {
  return agent.filesNeedRun ? Promise.resolve(ok(run)) : ensureFirstMessage(agent, request.prompt, run, signal);
}

/** Whatever went wrong while healing, the run is there. */
function answerOf(healed: Result<RunSnapshot, AgentFault>): RunAnswer {
  return healed.ok ? { kind: 'started', run: healed.value } : { kind: 'fault', fault: { ...healed.error, ambiguous: true } };
}
