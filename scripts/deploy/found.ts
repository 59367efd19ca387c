/** What is there: one look at the account, as far as an environment is concerned. Changes nothing. */
import { apiKeyRecordSchema, fail, isApiKeyLive, ok, type Result } from '@mcpoverflow/types';
import {
  type Account,
  type Binding,
  type Domain,
  type Namespace,
  type Queue,
  type Running,
  VALUES_PER_CALL,
} from './cloudflare/account.ts';
import type { Trouble } from './cloudflare/client.ts';
import { type Role, roles, type Wanted } from './wanted.ts';

/** Keys of canaries begin so; no key that a person holds does, for their ids are hex. */
const CANARY_KEY_PREFIX = 'key:canary';

export interface Found {
  readonly queues: readonly Queue[];
  /** Those with the wanted title. */
  readonly namespaces: readonly Namespace[];
  /** The one that the Workers are bound to, else the one whose id is in the wrangler files, whatever its title is now; else the only one. */
  readonly namespaceInUse: Namespace | undefined;
  /** Bindings of the deployed Workers; undefined where there is none. */
  readonly workers: Readonly<Record<Role, readonly Binding[] | undefined>>;
  /** Those of which another version gets traffic, too. */
  readonly split: readonly Role[];
  readonly apiOnWorkersDev: boolean;
  /** The account's name below workers.dev. */
  readonly workersDevName: string | undefined;
  readonly domains: readonly Domain[];
  /** There is an API key of a person with which the engine can be called: neither revoked nor expired. */
  readonly hasLiveKey: boolean;
  /** Names of canaries' keys in the namespace: of deployments that are under way, or broke off. */
  readonly canaryKeys: readonly string[];
}

/** Looks; `now` in epoch milliseconds. */
export async function look(account: Account, wanted: Wanted, now: number): Promise<Result<Found, Trouble>> {
  const { agent, consumer, api } = wanted.workers;
  const [queues, namespaces, agentRunning, consumerRunning, apiRunning, apiOnWorkersDev, workersDevName, domains] = await Promise.all([
    account.queues(),
    account.namespaces(),
    account.running(agent.name),
    account.running(consumer.name),
    account.running(api.name),
    account.hasWorkersDev(api.name),
    account.workersDevName(),
    account.domains(),
  ]);
  if (!queues.ok) return queues;
  if (!namespaces.ok) return namespaces;
  if (!agentRunning.ok) return agentRunning;
  if (!consumerRunning.ok) return consumerRunning;
  if (!apiRunning.ok) return apiRunning;
  if (!apiOnWorkersDev.ok) return apiOnWorkersDev;
  if (!workersDevName.ok) return workersDevName;
  if (!domains.ok) return domains;
  const titled = namespaces.value.filter(({ title }) => title === wanted.namespaceTitle);
  const [namespace] = titled;
  const keys = namespace === undefined ? ok({ hasLiveKey: false, canaryKeys: [] }) : await keysIn(account, namespace.id, now);
  if (!keys.ok) return fail(keys.error);
  const running = { agent: agentRunning.value, consumer: consumerRunning.value, api: apiRunning.value };
  return ok({
    queues: queues.value.filter((queue) => wanted.queues.includes(queue.queue_name)),
    namespaces: titled,
    namespaceInUse:
      inUse(wanted, namespaces.value, [apiRunning.value, consumerRunning.value]) ?? (titled.length === 1 ? namespace : undefined),
    workers: { agent: agentRunning.value?.bindings, consumer: consumerRunning.value?.bindings, api: apiRunning.value?.bindings },
    split: roles.filter((role) => (running[role]?.percentage ?? 100) < 100),
    apiOnWorkersDev: apiOnWorkersDev.value,
    workersDevName: workersDevName.value,
    domains: domains.value,
    ...keys.value,
  });
}

function inUse(wanted: Wanted, namespaces: readonly Namespace[], running: readonly (Running | undefined)[]): Namespace | undefined {
  const [written] = wanted.workers.api.namespaces;
  const bound = running.map((worker) => worker?.bindings.find(({ name }) => name === written?.binding)?.namespace_id);
  return [...bound, written?.id].flatMap((id) => namespaces.find((each) => each.id === id) ?? [])[0];
}

async function keysIn(
  account: Account,
  namespaceId: string,
  now: number,
): Promise<Result<Pick<Found, 'hasLiveKey' | 'canaryKeys'>, Trouble>> {
  // Apart: among more keys than are read a canary's would stay unseen.
  const canaryKeys = await account.keyNames(namespaceId, CANARY_KEY_PREFIX);
  if (!canaryKeys.ok) return canaryKeys;
  const names = await account.keyNames(namespaceId, 'key:');
  if (!names.ok) return names;
  const others = names.value.filter((name) => !name.startsWith(CANARY_KEY_PREFIX));
  const hasLiveKey = await isAnyLive(account, namespaceId, others, now);
  return hasLiveKey.ok ? ok({ hasLiveKey: hasLiveKey.value, canaryKeys: canaryKeys.value }) : hasLiveKey;
}

/** A revoked key keeps its record, so the names alone do not tell whether anybody can call. Most often the first call does. */
async function isAnyLive(account: Account, namespaceId: string, names: readonly string[], now: number): Promise<Result<boolean, Trouble>> {
  for (let start = 0; start < names.length; start += VALUES_PER_CALL) {
    const values = await account.values(namespaceId, names.slice(start, start + VALUES_PER_CALL));
    if (!values.ok) return values;
    if (Object.values(values.value).some((value) => isLive(value, now))) return ok(true);
  }
  return ok(false);
}

function isLive(value: string | null, now: number): boolean {
  try {
    const record = apiKeyRecordSchema.safeParse(JSON.parse(value ?? 'null'));
    return record.success && isApiKeyLive(record.data, now);
  } catch {
    return false;
  }
}

/** The release that a deployed Worker says it is. */
export const releaseIn = (bindings: readonly Binding[] | undefined): string | undefined => textOf(bindings, 'RELEASE');

/** The value of a var. */
export const textOf = (bindings: readonly Binding[] | undefined, name: string): string | undefined =>
  bindings?.find((binding) => binding.type === 'plain_text' && binding.name === name)?.text;

/** What drains the api: a secret, whose value nobody can read and which is there for this alone, or a var. */
export const DRAIN = 'ACCEPT_JOBS';

/** Whether the deployed api takes no jobs, as far as its bindings tell. */
export const isDrained = (bindings: readonly Binding[] | undefined): boolean =>
  secretNames(bindings).has(DRAIN) || textOf(bindings, DRAIN) === 'false';

/** The names of a deployed Worker's secrets. */
export const secretNames = (bindings: readonly Binding[] | undefined): ReadonlySet<string> =>
  new Set((bindings ?? []).filter(({ type }) => type === 'secret_text').map(({ name }) => name));
