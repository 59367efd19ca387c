/**
 * The agent server's JSON, as far as it is used: what we send and what we read.
 *
 * Reading is loose on purpose. The server is released weekly, so unknown fields pass, a missing figure
 * is zero, and a status word we do not know counts as `running`: a run must never be given up or
 * started again because of a new word; its deadline still ends it.
 */
import * as z from 'zod';
import { executionStatuses, type RunSnapshot, type StartRun } from './agent.ts';

/** Which model the agent server calls, and with whose key. A server has none of its own: left out, it refuses every run. */
export interface LanguageModel {
  readonly model: string;
  readonly apiKey?: string;
  readonly baseUrl?: string;
  /** What the model costs, where OpenHands does not know: without a price it counts nothing, and no bound on cost acts. */
  readonly inputUsdPerMillionTokens?: number;
  readonly outputUsdPerMillionTokens?: number;
}

/** Prices are told per million tokens; the server counts by the token. */
const TOKENS_PER_PRICE = 1_000_000;

/** Beyond any true figure, and small enough that sums of them can be told and stored exactly. */
const MAX_COUNT = 1e12;
const MAX_COST_USD = 1e6;
const MAX_MODEL_CHARACTERS = 200;

/** A number of tokens; what is none counts as zero. */
export const tokenCountSchema = z.number().int().nonnegative().max(MAX_COUNT).catch(0);
/** US dollars; what is no amount counts as zero. */
export const costSchema = z
  .number()
  .nonnegative()
  .transform((usd) => Math.min(usd, MAX_COST_USD))
  .catch(0);
export const modelNameSchema = z.string().transform((name) => name.slice(0, MAX_MODEL_CHARACTERS));

const metricsSchema = z.looseObject({
  model_name: modelNameSchema.optional().catch(undefined),
  accumulated_cost: costSchema,
  accumulated_token_usage: z.looseObject({ prompt_tokens: tokenCountSchema, completion_tokens: tokenCountSchema }).nullish().catch(null),
  response_latencies: z.array(z.unknown()).catch([]),
});

export const conversationSchema = z.looseObject({
  id: z.string().transform(dashed),
  execution_status: z.enum(executionStatuses).catch('running'),
  last_user_message_id: z.string().nullish().catch(null),
  leaf_event_id: z.string().nullish().catch(null),
  stats: z
    .looseObject({ usage_to_metrics: z.record(z.string(), metricsSchema) })
    .nullish()
    .catch(null),
});
export type Conversation = z.infer<typeof conversationSchema>;

/** One that cannot be read must not hide the others. */
export const conversationsSchema = z.array(conversationSchema.nullish().catch(undefined));
/** `exit_code` is null when the command did not end within its time. */
export const bashOutputSchema = z.looseObject({ exit_code: z.number().int().nullish(), stderr: z.string().nullish() });
export const countSchema = z.number().int().nonnegative();
export const successSchema = z.looseObject({ success: z.literal(true) });
export const finalResponseSchema = z.looseObject({ response: z.string() });
export const serverInfoSchema = z.looseObject({ version: z.string().max(100) });
export const errorEventsSchema = z.looseObject({
  items: z.array(
    z.looseObject({
      id: z.string().max(100).nullable().catch(null),
      code: z.string().catch('unknown'),
      detail: z.string().catch(''),
    }),
  ),
});

export const ACTION_KIND = 'openhands.sdk.event.llm_convertible.action.ActionEvent';
/** The filter wants the full class path; the bare class name yields an empty page. */
export const CONVERSATION_ERROR_KIND = 'openhands.sdk.event.conversation_error.ConversationErrorEvent';

/** Sums the usage of all models a run has called. */
export function snapshotOf(conversation: Conversation): RunSnapshot {
  const metrics = Object.values(conversation.stats?.usage_to_metrics ?? {});
  const sum = (read: (entry: (typeof metrics)[number]) => number, max = MAX_COUNT): number =>
    metrics.reduce((total, entry) => Math.min(total + read(entry), max), 0);
  const model = metrics.find((entry) => entry.model_name !== undefined)?.model_name;
  return {
    id: conversation.id,
    status: conversation.execution_status,
    hasUserMessage: typeof conversation.last_user_message_id === 'string',
    costUsd: sum((entry) => entry.accumulated_cost, MAX_COST_USD),
    promptTokens: sum((entry) => entry.accumulated_token_usage?.prompt_tokens ?? 0),
    completionTokens: sum((entry) => entry.accumulated_token_usage?.completion_tokens ?? 0),
    ...(model === undefined ? {} : { model }),
    // The server keeps one latency for each call of the model.
    iterations: sum((entry) => entry.response_latencies.length),
    lastEventId: conversation.leaf_event_id ?? null,
  };
}

/**
 * The body of a create. `autotitle` would cost an LLM call per job; nobody is there to confirm an
 * action, hence `NeverConfirm`. The conversation runs as soon as it has its first message.
 *
 * The condenser is what lets a long run go on: without one, a conversation that outgrows the model's
 * window ends in an error. How often and how long the server tries a model is left to its defaults
 * (5 retries with 8 to 64 s between them, 300 s a call): they outlast a rate limit, and the job's
 * deadline ends what lasts longer.
 */
export function startBody(request: StartRun, llm: LanguageModel | undefined, maxIterations: number): Record<string, unknown> {
  return {
    conversation_id: request.conversationId,
    workspace: { kind: 'LocalWorkspace', working_dir: request.workingDirectory },
    agent: {
      kind: 'Agent',
      llm: modelBody('agent', llm),
      tools: [
        // In tmux, the server's choice where there is one, a slow machine's first command "ends" with code 0 while it
        // still runs (a `sleep 20` after 1.3 s, measured on 1.58.1 and 1.58.2): an agent would believe its tests pass.
        { name: 'terminal', params: { terminal_type: 'subprocess' } },
        { name: 'file_editor', params: {} },
      ],
      include_default_tools: ['FinishTool', 'ThinkTool'],
      condenser: { kind: 'LLMSummarizingCondenser', llm: modelBody('condenser', llm) },
    },
    initial_message: userMessage(request.prompt),
    confirmation_policy: { kind: 'NeverConfirm' },
    max_iterations: maxIterations,
    stuck_detection: true,
    autotitle: false,
    tags: request.tags,
  };
}

/** The model for one use; its calls are counted under `usage_id`. The real server refuses (422) one without a name. */
function modelBody(usageId: string, llm: LanguageModel | undefined): Record<string, unknown> {
  return {
    usage_id: usageId,
    ...(llm === undefined ? {} : { model: llm.model }),
    ...(llm?.apiKey === undefined ? {} : { api_key: llm.apiKey }),
    ...(llm?.baseUrl === undefined ? {} : { base_url: llm.baseUrl }),
    ...(llm?.inputUsdPerMillionTokens === undefined ? {} : { input_cost_per_token: llm.inputUsdPerMillionTokens / TOKENS_PER_PRICE }),
    ...(llm?.outputUsdPerMillionTokens === undefined ? {} : { output_cost_per_token: llm.outputUsdPerMillionTokens / TOKENS_PER_PRICE }),
  };
}

/** A user's text as the server takes it: content items may hold `type` and `text` only. */
export function userMessage(text: string): {
  readonly role: 'user';
  readonly content: readonly [{ readonly type: 'text'; readonly text: string }];
} {
  return { role: 'user', content: [{ type: 'text', text }] };
}

/** The server answers dashed ids; older releases and its webhooks leave the dashes out. Ids are compared as text. */
export function dashed(id: string): string {
  const hex = id.replaceAll('-', '').toLowerCase();
  return hex.length === 32 ? [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-') : id;
}
