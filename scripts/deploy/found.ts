/** What is there: one look at the account, as far as an environment is concerned. Changes nothing. */
import { ok, type Result } from '@mcpoverflow/types';
import type { Account, Binding, Domain, Namespace, Queue } from './cloudflare/account.ts';
import type { Trouble } from './cloudflare/client.ts';
import type { Role, Wanted } from './wanted.ts';

/** Keys of canaries begin so; no key that a person holds does, for their ids are hex. */
export const CANARY_KEY_PREFIX = 'key:canary';

export interface Found {
  readonly queues: readonly Queue[];
  /** Those with the wanted title. */
  readonly namespaces: readonly Namespace[];
  /** Bindings of the deployed Workers; undefined where there is none. */
  readonly workers: Readonly<Record<Role, readonly Binding[] | undefined>>;
  readonly apiOnWorkersDev: boolean;
  /** The account's name below workers.dev. */
  readonly workersDevName: string | undefined;
  readonly domains: readonly Domain[];
  /** Names of API keys in the namespace, `key:` included: all of canaries, and of others as many as one call shows. */
  readonly keyNames: readonly string[];
}

/** Looks. */
export async function look(account: Account, wanted: Wanted): Promise<Result<Found, Trouble>> {
  const { agent, consumer, api } = wanted.workers;
  const [queues, namespaces, agentBindings, consumerBindings, apiBindings, apiOnWorkersDev, workersDevName, domains] = await Promise.all([
    account.queues(),
    account.namespaces(),
    account.bindings(agent.name),
    account.bindings(consumer.name),
    account.bindings(api.name),
    account.hasWorkersDev(api.name),
    account.workersDevName(),
    account.domains(),
  ]);
  if (!queues.ok) return queues;
  if (!namespaces.ok) return namespaces;
  if (!agentBindings.ok) return agentBindings;
  if (!consumerBindings.ok) return consumerBindings;
  if (!apiBindings.ok) return apiBindings;
  if (!apiOnWorkersDev.ok) return apiOnWorkersDev;
  if (!workersDevName.ok) return workersDevName;
  if (!domains.ok) return domains;
  const titled = namespaces.value.filter(({ title }) => title === wanted.namespaceTitle);
  const [namespace] = titled;
  // Apart: among more keys than a call shows a canary's would stay unseen.
  const canaries = namespace === undefined ? ok([]) : await account.keyNames(namespace.id, CANARY_KEY_PREFIX);
  if (!canaries.ok) return canaries;
  const keys = namespace === undefined ? ok([]) : await account.keyNames(namespace.id, 'key:');
  if (!keys.ok) return keys;
  return ok({
    queues: queues.value.filter((queue) => wanted.queues.includes(queue.queue_name)),
    namespaces: titled,
    workers: { agent: agentBindings.value, consumer: consumerBindings.value, api: apiBindings.value },
    apiOnWorkersDev: apiOnWorkersDev.value,
    workersDevName: workersDevName.value,
    domains: domains.value,
    keyNames: [...new Set([...canaries.value, ...keys.value])],
  });
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
