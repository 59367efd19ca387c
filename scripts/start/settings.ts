/**
 * What an operator asked of `npm start`, read once from the environment and checked before anything starts:
 * its own settings here, those of the Workers by the Workers' own schemas. A Worker that met a broken one
 * later could only fail every job.
 */
import { join, resolve } from 'node:path';
import { fail, ok, type Result } from '@mcpoverflow/types';
import * as z from 'zod';
import { parseSettings as parseApiSettings } from '../../apps/api/src/settings.ts';
import { parseSettings as parseConsumerSettings } from '../../apps/consumer/src/settings.ts';
import { workerVariables } from './operator-variables.ts';

export interface Settings {
  readonly port: number;
  readonly url: string;
  readonly watchdogSeconds: number;
  /** Where wrangler keeps queues, KV and Durable Objects; inside the state folder, as `wrangler kv --local` expects it. */
  readonly persistDirectory: string;
  /** What this supervisor itself writes: lock, registry, temporary files. */
  readonly engineDirectory: string;
  /** What is handed to the Workers, checked by them. */
  readonly workerVariables: Readonly<Record<string, string>>;
}

const schema = z.object({
  PORT: z.coerce
    .number('must be a number')
    .int('must be a whole number')
    .min(1, 'must be 1 or more')
    .max(65_535, 'must be 65535 or less')
    .default(8787),
  WATCHDOG_SECONDS: z.coerce
    .number('must be a number of seconds')
    .min(1, 'must be 1 or more')
    .max(3600, 'must be 3600 or less')
    .default(15),
  MCPOVERFLOW_STATE_DIR: z.string().optional(),
});

/** Reads the settings. The error is a sentence for each variable at fault: its name and what it must be. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>, project: string): Result<Settings, string> {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  const variables = workerVariables(environment);
  const faults = [
    ...(parsed.error?.issues ?? []).map((issue) => `${issue.path.join('.')} ${issue.message}.`),
    ...[parseApiSettings(variables), parseConsumerSettings(variables)].flatMap((workers) => (workers.ok ? [] : [workers.error])),
  ];
  if (!parsed.success || faults.length > 0) return fail(faults.join('\n'));
  const stateDirectory = resolve(project, parsed.data.MCPOVERFLOW_STATE_DIR ?? '.wrangler');
  return ok({
    port: parsed.data.PORT,
    url: `http://127.0.0.1:${parsed.data.PORT}`,
    watchdogSeconds: parsed.data.WATCHDOG_SECONDS,
    persistDirectory: join(stateDirectory, 'state'),
    engineDirectory: join(stateDirectory, 'engine'),
    workerVariables: { PUBLIC_URL: `http://127.0.0.1:${parsed.data.PORT}`, ...variables },
  });
}
