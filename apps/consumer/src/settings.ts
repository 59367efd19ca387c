/**
 * The operator's settings, parsed once from the environment's strings. A setting that cannot be read
 * is an error that names it and says what it must be: a typo must not silently become a default.
 */
import type { LanguageModel } from '@mcpoverflow/openhands';
import { fail, ok, type Result } from '@mcpoverflow/types';
import { DEFAULT_RESOLVER_URL, defaultPausesMs } from '@mcpoverflow/webhooks';
import * as z from 'zod';
import type { Policy } from './job/policy.ts';

const quantity = (unit: string, fallback: number) => {
  const rule = `must be a number of ${unit} above 0, such as ${fallback}`;
  return z.coerce.number(rule).positive(rule).default(fallback);
};
const seconds = (fallback: number) => quantity('seconds', fallback).transform((value) => value * 1000);
const whole = (rule: string, fallback: number) => z.coerce.number(rule).int(rule).positive(rule).default(fallback);
const milliseconds = (fallback: number) => whole(`must be a whole number of milliseconds above 0, such as ${fallback}`, fallback);
const count = (fallback: number) => whole(`must be a whole number above 0, such as ${fallback}`, fallback);
const MAX_PAUSES = 100;
/** A job is kept for as long as a call waits. */
const MAX_PAUSE_MS = 30 * 86_400_000;
const pausesRule = `must be a comma list of at most ${MAX_PAUSES} numbers of seconds, each at most ${MAX_PAUSE_MS / 1000}, such as ${defaultPausesMs.map((ms) => ms / 1000).join(',')}`;
const pausesMs = z
  .string()
  .default(defaultPausesMs.map((ms) => ms / 1000).join(','))
  .transform((list) => list.split(',').map((item) => (item.trim() === '' ? Number.NaN : Number(item) * 1000)))
  .refine((pauses) => pauses.length <= MAX_PAUSES && pauses.every((pause) => pause >= 0 && pause <= MAX_PAUSE_MS), pausesRule);
const optionalText = z
  .string()
  .optional()
  .transform((text) => (text === undefined || text.trim() === '' ? undefined : text.trim()));

const priceRule = 'must be a number of US dollars, such as 2.5';
const optionalPrice = optionalText
  .transform((text) => (text === undefined ? undefined : Number(text)))
  .pipe(z.number(priceRule).nonnegative(priceRule).optional());

const workspaceRule = 'must be the absolute path of a directory below /, without . and .., such as /workspace';
/** A run's directory is a directory in this one, and nothing else may ever be removed. */
const workspace = optionalText
  .transform((path) => (path ?? '/workspace').replace(/\/+$/, ''))
  .refine((path) => /^(?:\/(?!\.{1,2}(?:\/|$))[^/\0]+)+$/.test(path), workspaceRule);

const variablesSchema = z.object({
  // One that does not say what it is counts as production: the strict reading is the safe one.
  ENVIRONMENT: z.string().default('production'),
  RETRY_ATTEMPTS: count(8),
  RETRY_BASE_SECONDS: seconds(2),
  RETRY_CAP_SECONDS: seconds(300),
  JOB_TIMEOUT_MS: milliseconds(30 * 60_000),
  QUEUE_TIMEOUT_MS: milliseconds(24 * 3_600_000),
  JOB_RETENTION_DAYS: quantity('days', 30),
  DEAD_LETTER_RETENTION_DAYS: quantity('days', 90),
  TURN_LEASE_SECONDS: seconds(120),
  RESEND_SECONDS: seconds(15),
  CREATE_QUIET_SECONDS: seconds(120),
  CHECK_IN_SECONDS: seconds(300),
  WEBHOOK_SCHEDULE_SECONDS: pausesMs,
  // Whoever waits for a test call, and the platform after a queue's batch, waits no longer than 30 s in all.
  WEBHOOK_TIMEOUT_MS: milliseconds(15_000).refine((ms) => ms <= 20_000, 'must be at most 20000'),
  DNS_RESOLVER_URL: z
    .url({ protocol: /^https?$/, error: `must be an http or https address, such as ${DEFAULT_RESOLVER_URL}` })
    .default(DEFAULT_RESOLVER_URL),
  PUBLIC_URL: optionalText.pipe(
    z.url({ protocol: /^https?$/, error: 'must be an http or https address, such as https://engine.example.com' }).optional(),
  ),
  OPENHANDS_API_URL: optionalText.pipe(
    z.url({ protocol: /^https?$/, error: 'must be an http or https address, such as https://agent.example.com' }).optional(),
  ),
  OPENHANDS_DRIVER: optionalText.pipe(z.enum(['agent-server', 'cloud'], 'must be agent-server or cloud').default('agent-server')),
  OPENHANDS_API_KEY: optionalText,
  OPENHANDS_LLM: optionalText,
  OPENHANDS_MAX_RUNS: count(10),
  OPENHANDS_MAX_COST_USD: quantity('US dollars', 5),
  OPENHANDS_TIMEOUT_MS: milliseconds(30_000),
  OPENHANDS_MAX_ITERATIONS: count(100),
  OPENHANDS_WORKSPACE: workspace,
  EMBEDDED_MAX_RUNS: count(50),
  LLM_API_KEY: optionalText,
  LLM_BASE_URL: optionalText,
  LLM_INPUT_USD_PER_MILLION_TOKENS: optionalPrice,
  LLM_OUTPUT_USD_PER_MILLION_TOKENS: optionalPrice,
  LAST_FREEZE_AT: z.coerce.number().int().nonnegative().optional(),
});

const llmVariables = ['LLM_API_KEY', 'LLM_BASE_URL', 'LLM_INPUT_USD_PER_MILLION_TOKENS', 'LLM_OUTPUT_USD_PER_MILLION_TOKENS'] as const;

/** A key without a model would be dropped, and the agent would run without it. */
const settingsSchema = variablesSchema.superRefine((variables, context) => {
  if (variables.OPENHANDS_LLM !== undefined) return;
  for (const name of llmVariables) {
    if (variables[name] === undefined) continue;
    const message = `is set without OPENHANDS_LLM, so no model would use it: set OPENHANDS_LLM to the model's name, or unset ${name}`;
    context.addIssue({ code: 'custom', path: [name], message });
  }
});

export interface Settings extends Policy {
  readonly environment: string;
  /** DNS over HTTPS (JSON form): where the hosts of webhooks are looked up before every attempt. */
  readonly dnsResolverUrl: string;
  /** By which callers reach the engine, where the operator says so. */
  readonly publicUrl: string | undefined;
  readonly openhands?: {
    readonly url: string;
    readonly driver: 'agent-server' | 'cloud';
    readonly sessionApiKey?: string;
    readonly llm?: LanguageModel;
  };
  readonly maxRuns: { readonly openhands: number; readonly embedded: number };
  readonly callTimeoutMs: number;
  readonly maxIterations: number;
  /** The folder on the agent's machine that holds one directory per run. */
  readonly workspace: string;
}

/** Reads the settings; throws what {@link parseSettings} has to say (a deployment mistake, not a caller's). */
export function readSettings(env: object): Settings {
  const settings = parseSettings(env);
  if (!settings.ok) throw new Error(`The consumer is set up wrongly: ${settings.error}`);
  return settings.value;
}

/** Reads the settings. The error is a sentence for each variable at fault: its name and what it must be, never its value. */
export function parseSettings(env: object): Result<Settings, string> {
  const parsed = settingsSchema.safeParse(env);
  if (!parsed.success) {
    const sentences = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}.`);
    return fail([...new Set(sentences)].join(' '));
  }
  return ok(settingsOf(parsed.data));
}

function settingsOf(vars: z.infer<typeof settingsSchema>): Settings {
  const llm = vars.OPENHANDS_LLM !== undefined && {
    model: vars.OPENHANDS_LLM,
    ...(vars.LLM_API_KEY === undefined ? {} : { apiKey: vars.LLM_API_KEY }),
    ...(vars.LLM_BASE_URL === undefined ? {} : { baseUrl: vars.LLM_BASE_URL }),
    ...(vars.LLM_INPUT_USD_PER_MILLION_TOKENS === undefined ? {} : { inputUsdPerMillionTokens: vars.LLM_INPUT_USD_PER_MILLION_TOKENS }),
    ...(vars.LLM_OUTPUT_USD_PER_MILLION_TOKENS === undefined ? {} : { outputUsdPerMillionTokens: vars.LLM_OUTPUT_USD_PER_MILLION_TOKENS }),
  };
  return {
    environment: vars.ENVIRONMENT,
    retryAttempts: vars.RETRY_ATTEMPTS,
    backoff: { baseMs: vars.RETRY_BASE_SECONDS, capMs: vars.RETRY_CAP_SECONDS },
    jobTimeoutMs: vars.JOB_TIMEOUT_MS,
    queueTimeoutMs: vars.QUEUE_TIMEOUT_MS,
    retentionMs: vars.JOB_RETENTION_DAYS * 86_400_000,
    deadLetterRetentionMs: vars.DEAD_LETTER_RETENTION_DAYS * 86_400_000,
    leaseMs: vars.TURN_LEASE_SECONDS,
    resendMs: vars.RESEND_SECONDS,
    createQuietMs: vars.CREATE_QUIET_SECONDS,
    checkInMs: vars.CHECK_IN_SECONDS,
    lastFreezeAt: vars.LAST_FREEZE_AT ?? null,
    webhookPausesMs: vars.WEBHOOK_SCHEDULE_SECONDS,
    webhookTimeoutMs: vars.WEBHOOK_TIMEOUT_MS,
    dnsResolverUrl: vars.DNS_RESOLVER_URL,
    publicUrl: vars.PUBLIC_URL,
    ...(vars.OPENHANDS_API_URL === undefined
      ? {}
      : {
          openhands: {
            url: vars.OPENHANDS_API_URL,
            driver: vars.OPENHANDS_DRIVER,
            ...(vars.OPENHANDS_API_KEY === undefined ? {} : { sessionApiKey: vars.OPENHANDS_API_KEY }),
            ...(llm === false ? {} : { llm }),
          },
        }),
    maxRuns: { openhands: vars.OPENHANDS_MAX_RUNS, embedded: vars.EMBEDDED_MAX_RUNS },
    maxCostUsd: vars.OPENHANDS_MAX_COST_USD,
    callTimeoutMs: vars.OPENHANDS_TIMEOUT_MS,
    maxIterations: vars.OPENHANDS_MAX_ITERATIONS,
    workspace: vars.OPENHANDS_WORKSPACE,
  };
}
