/**
 * The operator's settings, parsed once from the environment's strings. A setting that cannot be read
 * is an error that names it: a typo must not silently become a default.
 */
import type { LanguageModel } from '@mcpoverflow/openhands';
import * as z from 'zod';

const seconds = (fallback: number) =>
  z.coerce
    .number()
    .positive()
    .default(fallback)
    .transform((value) => value * 1000);
const milliseconds = (fallback: number) => z.coerce.number().int().positive().default(fallback);
const count = (fallback: number) => z.coerce.number().int().positive().default(fallback);
const optionalText = z
  .string()
  .optional()
  .transform((text) => (text === undefined || text.trim() === '' ? undefined : text.trim()));

const settingsSchema = z.object({
  ENVIRONMENT: z.string().default('local'),
  RETRY_ATTEMPTS: count(8),
  RETRY_BASE_SECONDS: seconds(2),
  RETRY_CAP_SECONDS: seconds(300),
  JOB_TIMEOUT_MS: milliseconds(30 * 60_000),
  QUEUE_TIMEOUT_MS: milliseconds(24 * 3_600_000),
  JOB_RETENTION_DAYS: z.coerce.number().positive().default(30),
  TURN_LEASE_SECONDS: seconds(120),
  RESEND_SECONDS: seconds(15),
  CREATE_QUIET_SECONDS: seconds(120),
  CHECK_IN_SECONDS: seconds(300),
  OPENHANDS_API_URL: optionalText.pipe(z.url({ protocol: /^https?$/ }).optional()),
  OPENHANDS_API_KEY: optionalText,
  OPENHANDS_LLM: optionalText,
  OPENHANDS_MAX_RUNS: count(10),
  OPENHANDS_TIMEOUT_MS: milliseconds(30_000),
  OPENHANDS_MAX_ITERATIONS: count(100),
  OPENHANDS_WORKSPACE: z.string().startsWith('/').default('/workspace'),
  EMBEDDED_MAX_RUNS: count(50),
  LLM_API_KEY: optionalText,
  LLM_BASE_URL: optionalText,
  LAST_FREEZE_AT: z.coerce.number().int().nonnegative().optional(),
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

/** Reads the settings; throws one error that names every variable it could not read (a deployment mistake, not a caller's). */
export function readSettings(env: object): Settings {
  const parsed = settingsSchema.safeParse(env);
  if (!parsed.success) {
    const what = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    throw new Error(`The consumer's configuration cannot be read: ${what}`);
  }
  const vars = parsed.data;
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
