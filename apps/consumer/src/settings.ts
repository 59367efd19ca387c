/**
 * The operator's settings, parsed once from the environment's strings. A setting that cannot be read
 * is an error that names it and says what it must be: a typo must not silently become a default.
 */
import type { LanguageModel } from '@mcpoverflow/openhands';
import { fail, ok, type Result } from '@mcpoverflow/types';
import * as z from 'zod';

const quantity = (unit: string, fallback: number) => {
  const rule = `must be a number of ${unit} above 0, such as ${fallback}`;
  return z.coerce.number(rule).positive(rule).default(fallback);
};
const seconds = (fallback: number) => quantity('seconds', fallback).transform((value) => value * 1000);
const whole = (rule: string, fallback: number) => z.coerce.number(rule).int(rule).positive(rule).default(fallback);
const milliseconds = (fallback: number) => whole(`must be a whole number of milliseconds above 0, such as ${fallback}`, fallback);
const count = (fallback: number) => whole(`must be a whole number above 0, such as ${fallback}`, fallback);
const optionalText = z
  .string()
  .optional()
  .transform((text) => (text === undefined || text.trim() === '' ? undefined : text.trim()));

const variablesSchema = z.object({
  ENVIRONMENT: z.string().default('local'),
  RETRY_ATTEMPTS: count(8),
  RETRY_BASE_SECONDS: seconds(2),
  RETRY_CAP_SECONDS: seconds(300),
  JOB_TIMEOUT_MS: milliseconds(30 * 60_000),
  QUEUE_TIMEOUT_MS: milliseconds(24 * 3_600_000),
  JOB_RETENTION_DAYS: quantity('days', 30),
  TURN_LEASE_SECONDS: seconds(120),
  RESEND_SECONDS: seconds(15),
  CREATE_QUIET_SECONDS: seconds(120),
  CHECK_IN_SECONDS: seconds(300),
  OPENHANDS_API_URL: optionalText.pipe(
    z.url({ protocol: /^https?$/, error: 'must be an http or https address, such as https://agent.example.com' }).optional(),
  ),
  OPENHANDS_API_KEY: optionalText,
  OPENHANDS_LLM: optionalText,
  OPENHANDS_MAX_RUNS: count(10),
  OPENHANDS_TIMEOUT_MS: milliseconds(30_000),
  OPENHANDS_MAX_ITERATIONS: count(100),
  OPENHANDS_WORKSPACE: z.string().startsWith('/', 'must be an absolute path, such as /workspace').default('/workspace'),
  EMBEDDED_MAX_RUNS: count(50),
  LLM_API_KEY: optionalText,
  LLM_BASE_URL: optionalText,
  LAST_FREEZE_AT: z.coerce.number().int().nonnegative().optional(),
});

/** A key without a model would be dropped, and the agent would run without it. */
const settingsSchema = variablesSchema.superRefine((variables, context) => {
  if (variables.OPENHANDS_LLM !== undefined) return;
  for (const name of ['LLM_API_KEY', 'LLM_BASE_URL'] as const) {
    if (variables[name] === undefined) continue;
    const message = `is set without OPENHANDS_LLM, so no model would use it: set OPENHANDS_LLM to the model's name, or unset ${name}`;
    context.addIssue({ code: 'custom', path: [name], message });
  }
});

export interface Settings {
  readonly environment: string;
  readonly retryAttempts: number;
  readonly backoff: { readonly baseMs: number; readonly capMs: number };
  /** Counts from the run's start. */
  readonly jobTimeoutMs: number;
  /** Counts from the submission or replay. */
  readonly queueTimeoutMs: number;
  readonly retentionMs: number;
  /** How long one turn may hold the job; the work inside it is aborted at half of that. */
  readonly leaseMs: number;
  /** An overdue turn is sent again this long after its time, doubling to five minutes. */
  readonly resendMs: number;
  /** After an ambiguous create nobody POSTs again for this long. */
  readonly createQuietMs: number;
  /** How often a waiting or running job makes sure that the pool still knows it. */
  readonly checkInMs: number;
  /**
   * When the supervisor of `npm start` last ended a process that had frozen, epoch milliseconds; 0 for never,
   * null where nobody supervises.
   */
  readonly lastFreezeAt: number | null;
  readonly openhands?: {
    readonly url: string;
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
  };
  return {
    environment: vars.ENVIRONMENT,
    retryAttempts: vars.RETRY_ATTEMPTS,
    backoff: { baseMs: vars.RETRY_BASE_SECONDS, capMs: vars.RETRY_CAP_SECONDS },
    jobTimeoutMs: vars.JOB_TIMEOUT_MS,
    queueTimeoutMs: vars.QUEUE_TIMEOUT_MS,
    retentionMs: vars.JOB_RETENTION_DAYS * 86_400_000,
    leaseMs: vars.TURN_LEASE_SECONDS,
    resendMs: vars.RESEND_SECONDS,
    createQuietMs: vars.CREATE_QUIET_SECONDS,
    checkInMs: vars.CHECK_IN_SECONDS,
    lastFreezeAt: vars.LAST_FREEZE_AT ?? null,
    ...(vars.OPENHANDS_API_URL === undefined
      ? {}
      : {
          openhands: {
            url: vars.OPENHANDS_API_URL,
            ...(vars.OPENHANDS_API_KEY === undefined ? {} : { sessionApiKey: vars.OPENHANDS_API_KEY }),
            ...(llm === false ? {} : { llm }),
          },
        }),
    maxRuns: { openhands: vars.OPENHANDS_MAX_RUNS, embedded: vars.EMBEDDED_MAX_RUNS },
    callTimeoutMs: vars.OPENHANDS_TIMEOUT_MS,
    maxIterations: vars.OPENHANDS_MAX_ITERATIONS,
    workspace: vars.OPENHANDS_WORKSPACE.replace(/\/+$/, ''),
  };
}
