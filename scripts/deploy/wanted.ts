/**
 * What shall be deployed, read from the three wrangler files by wrangler's own reader: names, queues, bindings and
 * vars of an environment stand there and nowhere else.
 */
import { join } from 'node:path';
import { fail, ok, type Result } from '@mcpoverflow/types';
import { unstable_readConfig as readConfiguration } from 'wrangler';
import * as z from 'zod';

export const environmentNames = ['staging', 'production'] as const;
export type EnvironmentName = (typeof environmentNames)[number];

/** In the order in which they are deployed: each is called by the next. */
export const roles = ['agent', 'consumer', 'api'] as const;
export type Role = (typeof roles)[number];

/** For wrangler's reader. Leaving the environment out would leave it to CLOUDFLARE_ENV of whoever deploys. */
const TOP_LEVEL = '';

/** The wrangler files, relative to the project. */
export const configurationFiles: Readonly<Record<Role, string>> = {
  agent: 'wrangler.embedded-agent.toml',
  consumer: 'wrangler.consumer.toml',
  api: 'wrangler.api.toml',
};

const queueConsumerSchema = z.object({
  queue: z.string(),
  max_batch_size: z.number(),
  max_batch_timeout: z.number(),
  max_retries: z.number(),
  retry_delay: z.number(),
  max_concurrency: z.number(),
  dead_letter_queue: z.string().optional(),
});
export type WantedConsumer = z.infer<typeof queueConsumerSchema>;

const configurationSchema = z.object({
  name: z.string(),
  definedEnvironments: z.array(z.string()),
  account_id: z.string().optional(),
  workers_dev: z.boolean().optional(),
  vars: z.record(z.string(), z.unknown()),
  kv_namespaces: z.array(z.object({ binding: z.string(), id: z.string() })),
  queues: z.object({
    producers: z.array(z.object({ binding: z.string(), queue: z.string() })).default([]),
    consumers: z.array(queueConsumerSchema).default([]),
  }),
  durable_objects: z.object({
    bindings: z.array(z.object({ name: z.string(), class_name: z.string(), script_name: z.string().optional() })),
  }),
  services: z.array(z.object({ binding: z.string(), service: z.string(), entrypoint: z.string().optional() })).default([]),
  ratelimits: z
    .array(z.object({ name: z.string(), namespace_id: z.string(), simple: z.object({ limit: z.number(), period: z.number() }) }))
    .default([]),
  analytics_engine_datasets: z.array(z.object({ binding: z.string(), dataset: z.string() })).default([]),
  worker_loaders: z.array(z.object({ binding: z.string() })).default([]),
  secrets: z.object({ required: z.array(z.string()).default([]) }).optional(),
});
type Configuration = z.infer<typeof configurationSchema>;

export interface WantedWorker {
  readonly role: Role;
  readonly name: string;
  /** Where the file names one: wrangler then deploys there, whatever account it was given. */
  readonly accountId: string | undefined;
  readonly workersDev: boolean;
  readonly vars: Readonly<Record<string, string>>;
  readonly namespaces: Configuration['kv_namespaces'];
  readonly producers: Configuration['queues']['producers'];
  readonly consumers: readonly WantedConsumer[];
  readonly objects: Configuration['durable_objects']['bindings'];
  readonly services: Configuration['services'];
  readonly rateLimits: Configuration['ratelimits'];
  readonly datasets: Configuration['analytics_engine_datasets'];
  readonly loaders: Configuration['worker_loaders'];
  readonly requiredSecrets: readonly string[];
  /** Everything that wrangler reads for this environment, as text: a change of any of it makes another release. */
  readonly settled: string;
}

export interface Wanted {
  readonly environment: EnvironmentName;
  readonly workers: Readonly<Record<Role, WantedWorker>>;
  readonly queues: readonly string[];
  /** The title of the KV namespace that api and consumer share. */
  readonly namespaceTitle: string;
}

/** Reads an environment from the wrangler files in `project`. The error is a sentence. */
export function readWanted(project: string, environment: EnvironmentName): Result<Wanted, string> {
  const read: Partial<Record<Role, WantedWorker>> = {};
  for (const role of roles) {
    const worker = readWorker(project, role, environment);
    if (!worker.ok) return worker;
    read[role] = worker.value;
  }
  const { agent, consumer, api } = read;
  const local = readFile(project, 'api', TOP_LEVEL);
  const localNamespace = local.ok ? local.value.kv_namespaces[0]?.id : undefined;
  if (agent === undefined || consumer === undefined || api === undefined || localNamespace === undefined) {
    return fail(`${configurationFiles.api} names no KV namespace.`);
  }
  return ok({
    environment,
    workers: { agent, consumer, api },
    queues: consumer.consumers.map(({ queue }) => queue),
    // The id of the local namespace is a name already; a deployed one has an id that Cloudflare made.
    namespaceTitle: environment === 'production' ? localNamespace : `${localNamespace}-${environment}`,
  });
}

function readFile(
  project: string,
  role: Role,
  environment: EnvironmentName | typeof TOP_LEVEL,
): Result<Configuration & { readonly settled: string }, string> {
  const file = configurationFiles[role];
  try {
    const all = readConfiguration({ config: join(project, file), env: environment }, { hideWarnings: true });
    const parsed = configurationSchema.safeParse(all);
    if (!parsed.success)
      return fail(`${file}: ${parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ')}.`);
    // Where the project lies is no part of it, nor what a development server watches: those paths begin where one stands.
    const { configPath: _path, userConfigPath: _userPath, definedEnvironments: _environments, dev: _dev, build, ...deployed } = all;
    const settled = { ...deployed, build: build.command };
    return ok({ ...parsed.data, settled: JSON.stringify(settled).replaceAll(project, '') });
  } catch (error) {
    return fail(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readWorker(project: string, role: Role, environment: EnvironmentName): Result<WantedWorker, string> {
  const file = readFile(project, role, environment);
  if (!file.ok) return file;
  const { definedEnvironments, vars, queues, secrets, ...worker } = file.value;
  // Without it wrangler would take the local environment, open to everybody.
  if (!definedEnvironments.includes(environment)) return fail(`${configurationFiles[role]} has no [env.${environment}].`);
  return ok({
    role,
    name: worker.name,
    accountId: worker.account_id,
    workersDev: worker.workers_dev === true,
    vars: Object.fromEntries(Object.entries(vars).map(([name, value]) => [name, String(value)])),
    namespaces: worker.kv_namespaces,
    producers: queues.producers,
    consumers: queues.consumers,
    objects: worker.durable_objects.bindings,
    services: worker.services,
    rateLimits: worker.ratelimits,
    datasets: worker.analytics_engine_datasets,
    loaders: worker.worker_loaders,
    requiredSecrets: secrets?.required ?? [],
    settled: worker.settled,
  });
}
