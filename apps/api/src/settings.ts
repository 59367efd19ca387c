/**
 * The Worker's vars, parsed from the environment's strings. `npm start` reads them with the same function
 * before it starts anything, so this file imports nothing of the platform.
 */
import { fail, ok, type Result } from '@mcpoverflow/types';
import { DEFAULT_RESOLVER_URL } from '@mcpoverflow/webhooks';
import * as z from 'zod';

const DEFAULT_MAX_BODY_BYTES = 25 * 1024 * 1024;
const DEFAULT_MAX_JOBS_IN_FLIGHT = 1_000;
const jobsRule = `must be a whole number of jobs above 0, such as ${DEFAULT_MAX_JOBS_IN_FLIGHT}`;
const dollarsRule = 'must be an amount of US dollars above 0, such as 50';
const originsRule = 'must be origins as browsers write them, such as https://app.example.com, separated by commas';
const bytesRule = `must be a whole number of bytes above 0, such as ${DEFAULT_MAX_BODY_BYTES}`;

/** Anything else would never match; but `null`, which would: it is the origin of every sandboxed frame and local file. */
const isOrigin = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text;

/** An environment that does not say what it is counts as production: the strict reading is the safe one. */
const settingsSchema = z.object({
  ENVIRONMENT: z.string().min(1, 'must not be empty').default('production'),
  AUTH: z.enum(['none', 'keys'], 'must be "none" or "keys"').default('keys'),
  /** Origins a browser may call from, separated by commas; none by default. */
  CORS_ORIGINS: z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((origin) => origin.trim())
        .filter((origin) => origin !== ''),
    )
    .refine((origins) => origins.every(isOrigin), originsRule),
  /** Limit on a body after decompression, in bytes. */
  MAX_BODY_BYTES: z.coerce.number(bytesRule).int(bytesRule).positive(bytesRule).default(DEFAULT_MAX_BODY_BYTES),
  /** False drains the engine: no job is taken, those that are there go on. */
  ACCEPT_JOBS: z
    .enum(['true', 'false'], 'must be "true" or "false"')
    .default('true')
    .transform((text) => text === 'true'),
  /** Jobs of one tenant that may be in flight at once. */
  TENANT_MAX_JOBS_IN_FLIGHT: z.coerce.number(jobsRule).int(jobsRule).positive(jobsRule).default(DEFAULT_MAX_JOBS_IN_FLIGHT),
  /** US dollars that the jobs of one tenant may cost in a day (UTC); no bound when unset. */
  TENANT_MAX_COST_USD_PER_DAY: z.coerce.number(dollarsRule).positive(dollarsRule).optional(),
  /** DNS over HTTPS (JSON form): where the hosts of webhooks are looked up. The consumer has the same variable. */
  DNS_RESOLVER_URL: z
    .url({ protocol: /^https?$/, error: `must be an http or https address, such as ${DEFAULT_RESOLVER_URL}` })
    .default(DEFAULT_RESOLVER_URL),
  /** By which callers reach the engine: links in webhook calls begin with it, and no call may go to it. */
  PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https address, such as https://engine.example.com' }).optional(),
  /** In the address to which an agent-server posts its events; unset or empty, there is no such address. */
  OPENHANDS_HOOK_SECRET: z
    .string()
    .transform((text) => (text.trim() === '' ? undefined : text))
    .pipe(
      z
        .string()
        .regex(/^[A-Za-z0-9]{24,}$/, 'must be at least 24 letters and digits')
        .optional(),
    )
    .optional(),
});
export type Settings = z.infer<typeof settingsSchema>;

/** Reads the vars. The error is a sentence for each one at fault: its name and what it must be, never its value. */
export function parseSettings(env: object): Result<Settings, string> {
  const parsed = settingsSchema.safeParse(env);
  if (parsed.success) return ok(parsed.data);
  const sentences = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}.`);
  return fail([...new Set(sentences)].join(' '));
}
