/**
 * The JSON of OpenHands Cloud's V1 API, as far as it is used: what is asked, and what an answer means for
 * a run. Facts from its published OpenAPI and reference/openhands-api.md section 2.
 *
 * Read as loosely as the agent server's, and for the same reason: a word of a later release must neither
 * end a run nor start it again. Ids come without dashes and are compared with them.
 */
import * as z from 'zod';
import { executionStatuses, type RunSnapshot, type RunStatus, type StartRun } from './agent.ts';
import { costSchema, dashed, modelNameSchema, tokenCountSchema } from './wire.ts';

const optionalText = z.string().nullish().catch(null);

export const appConversationSchema = z.looseObject({
  id: z.string().transform(dashed),
  sandbox_id: z.string().min(1),
  sandbox_status: z.enum(['STARTING', 'RUNNING', 'PAUSED', 'ERROR', 'MISSING', 'UNKNOWN']).catch('UNKNOWN'),
  /** Null unless the sandbox runs and answered the app server in time. */
  execution_status: z.enum(executionStatuses).nullish().catch('running'),
  conversation_url: optionalText,
  session_api_key: optionalText,
  llm_model: modelNameSchema.nullish().catch(null),
  updated_at: optionalText,
  metrics: z
    .looseObject({
      accumulated_cost: costSchema,
      accumulated_token_usage: z
        .looseObject({ prompt_tokens: tokenCountSchema, completion_tokens: tokenCountSchema })
        .nullish()
        .catch(null),
    })
    .nullish()
    .catch(null),
});
export type AppConversation = z.infer<typeof appConversationSchema>;
/** One that cannot be read must not hide the others. */
export const appConversationsSchema = z.array(appConversationSchema.nullish().catch(undefined));

/** The making of a conversation. It has an id of its own; which conversation it makes is in what was asked. */
export const startTaskSchema = z.looseObject({
  status: z
    .enum([
      'WORKING',
      'WAITING_FOR_SANDBOX',
      'PREPARING_REPOSITORY',
      'RUNNING_SETUP_SCRIPT',
      'SETTING_UP_GIT_HOOKS',
      'SETTING_UP_SKILLS',
      'STARTING_CONVERSATION',
      'READY',
      'ERROR',
    ])
    .catch('WORKING'),
  detail: optionalText,
  sandbox_id: optionalText,
  agent_server_url: optionalText,
  request: z.looseObject({
    conversation_id: z.string().transform(dashed).nullish().catch(null),
  }),
});
export type StartTask = z.infer<typeof startTaskSchema>;
export const startTaskPageSchema = z.looseObject({ items: z.array(startTaskSchema), next_page_id: optionalText });

/**
 * The body of a start. No message: the files must lie in the sandbox before the agent reads of them, and a
 * conversation without one stays idle. Tools, iterations and keys are those of the account's settings.
 */
export function cloudStartBody(request: StartRun, model: string | undefined): Record<string, unknown> {
  return { conversation_id: request.conversationId, ...(model === undefined ? {} : { llm_model: model }) };
}

/**
 * A run as the app server sees it. Messages and iterations it does not tell: a run counts as having its
 * message, so that nobody sends it twice; figures are up to half a minute old.
 */
export function snapshotOfConversation(conversation: AppConversation): RunSnapshot {
  const usage = conversation.metrics?.accumulated_token_usage;
  return {
    id: conversation.id,
    status: statusOf(conversation),
    hasUserMessage: true,
    costUsd: conversation.metrics?.accumulated_cost ?? 0,
    promptTokens: usage?.prompt_tokens ?? 0,
    completionTokens: usage?.completion_tokens ?? 0,
    ...(typeof conversation.llm_model === 'string' ? { model: conversation.llm_model } : {}),
    iterations: 0,
    lastEventId: conversation.updated_at ?? null,
  };
}

function statusOf({ sandbox_status, execution_status }: AppConversation): RunStatus {
  if (sandbox_status === 'STARTING') return 'starting';
  if (sandbox_status === 'PAUSED') return 'suspended';
  if (sandbox_status === 'ERROR') return 'error';
  return execution_status ?? 'running';
}

/** A run of which there is no more than its start: under way, or failed. */
export function snapshotOfStart(id: string, status: 'starting' | 'error'): RunSnapshot {
  return { id, status, hasUserMessage: false, costUsd: 0, promptTokens: 0, completionTokens: 0, iterations: 0, lastEventId: null };
}

/**
 * Which of the starts of one conversation counts: one under way or done before one that failed, because a
 * second start of the same conversation fails on its id while the first one lives.
 */
export function decisiveStart(tasks: readonly StartTask[], conversationId: string): StartTask | null {
  const own = tasks.filter(({ request }) => request.conversation_id === conversationId);
  return own.find(({ status }) => status !== 'ERROR') ?? own[0] ?? null;
}

/**
 * A sandbox that did not come up may come up next time, so the run counts as lost and gets a successor.
 * The server's sentences on it all speak of the sandbox or of capacity; anything else (a model or a key that is
 * not set up) would only fail again.
 */
export function mayPass(task: StartTask): boolean {
  return typeof task.agent_server_url !== 'string' && /\bsandbox\b|\bcapacity\b/i.test(task.detail ?? '');
}
