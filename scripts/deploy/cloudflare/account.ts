/**
 * What a deployment asks of one Cloudflare account, by name. Answers are parsed loosely: only what is used must be
 * there, because the API grows.
 */
import { fail, ok, type Result } from '@mcpoverflow/types';
import * as z from 'zod';
import type { Cloudflare, Trouble } from './client.ts';

/** A Worker that is not there: of a script, and of a service. */
const WORKER_NOT_FOUND = [10007, 10090];
/** A version may not be deployed without force, for secrets were changed since it was: what wrangler's rollback asks about. */
export const SECRETS_CHANGED = 10220;
const KEYS_PER_CALL = 1000;
/** The most that Cloudflare reads at once. */
export const VALUES_PER_CALL = 100;
const VERSIONS_PER_CALL = 100;

const queueSchema = z.object({
  queue_id: z.string(),
  queue_name: z.string(),
  settings: z
    .object({
      message_retention_period: z.number().optional(),
      /** Seconds. */
      delivery_delay: z.number().optional(),
      delivery_paused: z.boolean().optional(),
    })
    .default({}),
  consumers: z
    .array(
      z.object({
        consumer_id: z.string(),
        type: z.string(),
        script: z.string().optional(),
        script_name: z.string().optional(),
        service: z.string().optional(),
        dead_letter_queue: z.string().nullish(),
        settings: z
          .object({
            batch_size: z.number().optional(),
            max_retries: z.number().optional(),
            max_wait_time_ms: z.number().optional(),
            max_concurrency: z.number().nullish(),
            retry_delay: z.number().optional(),
          })
          .default({}),
      }),
    )
    .default([]),
});
export type Queue = z.infer<typeof queueSchema>;
export type QueueConsumer = Queue['consumers'][number];

const namespaceSchema = z.object({ id: z.string(), title: z.string() });
export type Namespace = z.infer<typeof namespaceSchema>;

const bindingSchema = z.object({
  type: z.string(),
  name: z.string(),
  /** Of plain text; the API never shows a secret's. */
  text: z.string().optional(),
  namespace_id: z.string().optional(),
  queue_name: z.string().optional(),
  script_name: z.string().optional(),
  class_name: z.string().optional(),
  service: z.string().optional(),
  entrypoint: z.string().optional(),
  dataset: z.string().optional(),
  /** Of a rate limit; the period in seconds. */
  simple: z.object({ limit: z.number(), period: z.number() }).optional(),
});
export type Binding = z.infer<typeof bindingSchema>;

const deploymentSchema = z.object({
  created_on: z.string(),
  versions: z.array(z.object({ version_id: z.string(), percentage: z.number() })).min(1),
});
export type Deployment = z.infer<typeof deploymentSchema>;

const versionSchema = z.object({
  id: z.string(),
  metadata: z.object({ created_on: z.string() }),
  annotations: z.object({ 'workers/tag': z.string().optional() }).nullish(),
});
const versionDetailSchema = z.object({ resources: z.object({ bindings: z.array(bindingSchema).default([]) }) });
const valuesSchema = z.object({ values: z.record(z.string(), z.string().nullable()) });
const domainSchema = z.object({ id: z.string(), hostname: z.string(), service: z.string() });
export type Domain = z.infer<typeof domainSchema>;

/** A version of a Worker and the release it was uploaded as, where it was uploaded as one. */
export interface Version {
  readonly id: string;
  /** ISO time of its upload. */
  readonly createdOn: string;
  readonly release: string | undefined;
}

export interface Running {
  readonly bindings: readonly Binding[];
  /** Of the traffic; below 100 where somebody split it over two versions. */
  readonly percentage: number;
}

type Answer<T> = Promise<Result<T, Trouble>>;

export interface Account {
  queues(): Answer<readonly Queue[]>;
  createQueue(name: string, retentionSeconds: number): Answer<unknown>;
  removeConsumer(queueId: string, consumerId: string): Answer<unknown>;
  removeQueue(queueId: string): Answer<unknown>;
  namespaces(): Answer<readonly Namespace[]>;
  createNamespace(title: string): Answer<unknown>;
  removeNamespace(id: string): Answer<unknown>;
  /** Names of the keys that begin so, of the first 100,000. */
  keyNames(namespaceId: string, prefix: string): Answer<readonly string[]>;
  /** What the namespace holds under these names, at most 100, as text; null where there is nothing. */
  values(namespaceId: string, names: readonly string[]): Answer<Readonly<Record<string, string | null>>>;
  putValue(namespaceId: string, name: string, value: string): Answer<unknown>;
  removeValue(namespaceId: string, name: string): Answer<unknown>;
  /**
   * What the version that gets the most traffic is bound to, and how much it gets; undefined when there is no such Worker. The Worker's settings
   * would be shorter to ask for, but they are those of the version uploaded last, deployed or not.
   */
  running(worker: string): Answer<Running | undefined>;
  /** Newest first. */
  deployments(worker: string): Answer<readonly Deployment[]>;
  /** Newest first, at most 100. */
  versions(worker: string): Answer<readonly Version[]>;
  /** Sends all traffic to that version; `force`, also where that brings back other secrets. */
  deployVersion(worker: string, versionId: string, message: string, how?: { readonly force: boolean }): Answer<unknown>;
  /** Takes the Worker with its Durable Objects' data, whoever is bound to it. */
  removeWorker(worker: string): Answer<unknown>;
  /** Is the Worker reached below workers.dev? */
  hasWorkersDev(worker: string): Answer<boolean>;
  /** The account's name below workers.dev; undefined when it has none. */
  workersDevName(): Answer<string | undefined>;
  domains(): Answer<readonly Domain[]>;
}

/** The account with that id. */
export function accountOf({ call, list, listOnward }: Cloudflare, id: string): Account {
  const base = `/accounts/${id}`;
  const script = (worker: string): string => `${base}/workers/scripts/${worker}`;
  const namespace = (namespaceId: string): string => `${base}/storage/kv/namespaces/${namespaceId}`;
  const anything = z.unknown();
  const deployments: Account['deployments'] = async (worker) => {
    const answer = await call('GET', `${script(worker)}/deployments`, z.object({ deployments: z.array(deploymentSchema) }));
    return answer.ok ? ok(answer.value.deployments) : absent(answer, []);
  };
  return {
    queues: () => list(`${base}/queues`, queueSchema),
    createQueue: (name, retentionSeconds) =>
      call('POST', `${base}/queues`, anything, {
        queue_name: name,
        settings: { delivery_delay: 0, message_retention_period: retentionSeconds },
      }),
    removeConsumer: (queueId, consumerId) => gone(call('DELETE', `${base}/queues/${queueId}/consumers/${consumerId}`, anything)),
    removeQueue: (queueId) => gone(call('DELETE', `${base}/queues/${queueId}`, anything)),
    namespaces: () => list(`${base}/storage/kv/namespaces`, namespaceSchema),
    createNamespace: (title) => call('POST', `${base}/storage/kv/namespaces`, anything, { title }),
    removeNamespace: (namespaceId) => gone(call('DELETE', namespace(namespaceId), anything)),
    keyNames: async (namespaceId, prefix) => {
      const keys = await listOnward(
        `${namespace(namespaceId)}/keys`,
        { prefix, limit: String(KEYS_PER_CALL) },
        z.object({ name: z.string() }),
      );
      return keys.ok ? ok(keys.value.map(({ name }) => name)) : keys;
    },
    values: async (namespaceId, names) => {
      const answer = await call('POST', `${namespace(namespaceId)}/bulk/get`, valuesSchema, { keys: names, type: 'text' });
      return answer.ok ? ok(answer.value.values) : answer;
    },
    putValue: (namespaceId, name, value) => call('PUT', `${namespace(namespaceId)}/values/${encodeURIComponent(name)}`, anything, value),
    removeValue: (namespaceId, name) => gone(call('DELETE', `${namespace(namespaceId)}/values/${encodeURIComponent(name)}`, anything)),
    running: async (worker) => {
      const all = await deployments(worker);
      if (!all.ok) return all;
      const [deployment] = all.value;
      if (deployment === undefined) return ok(undefined);
      const answer = await call('GET', `${script(worker)}/versions/${mostUsed(deployment)}`, versionDetailSchema);
      const percentage = Math.max(...deployment.versions.map((version) => version.percentage));
      return answer.ok ? ok({ bindings: answer.value.resources.bindings, percentage }) : answer;
    },
    deployments,
    versions: async (worker) => {
      const query = new URLSearchParams({ deployable: 'true', per_page: String(VERSIONS_PER_CALL) });
      const answer = await call('GET', `${script(worker)}/versions?${query}`, z.object({ items: z.array(versionSchema) }));
      if (!answer.ok) return absent(answer, []);
      return ok(
        answer.value.items.map(({ id, metadata, annotations }) => ({
          id,
          createdOn: metadata.created_on,
          release: annotations?.['workers/tag'],
        })),
      );
    },
    deployVersion: (worker, versionId, message, { force } = { force: false }) =>
      call('POST', `${script(worker)}/deployments${force ? '?force=true' : ''}`, anything, {
        strategy: 'percentage',
        versions: [{ version_id: versionId, percentage: 100 }],
        annotations: { 'workers/message': message },
      }),
    removeWorker: (worker) => gone(call('DELETE', `${script(worker)}?force=true`, anything)),
    hasWorkersDev: async (worker) => {
      const answer = await call('GET', `${script(worker)}/subdomain`, z.object({ enabled: z.boolean() }));
      return answer.ok ? ok(answer.value.enabled) : absent(answer, false);
    },
    workersDevName: async () => {
      const answer = await call('GET', `${base}/workers/subdomain`, z.object({ subdomain: z.string().nullish() }));
      return answer.ok ? ok(answer.value.subdomain ?? undefined) : absent(answer, undefined);
    },
    domains: () => list(`${base}/workers/domains`, domainSchema),
  };
}

/** The id of the version that gets the most traffic. */
export const mostUsed = ({ versions }: Deployment): string =>
  versions.reduce((most, each) => (each.percentage > most.percentage ? each : most)).version_id;

/** What is not there is no trouble for who asks whether it is. */
function absent<T>({ error }: { readonly error: Trouble }, value: T): Result<T, Trouble> {
  return error.status === 404 || error.codes.some((code) => WORKER_NOT_FOUND.includes(code)) ? ok(value) : fail(error);
}

/** Nor for who wants it gone: a call that was repeated finds its own work done. */
async function gone(removal: Answer<unknown>): Answer<unknown> {
  const answer = await removal;
  return answer.ok ? answer : absent(answer, undefined);
}
