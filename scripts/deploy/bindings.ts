/**
 * What a Worker is to be bound to, in the words in which Cloudflare takes and shows it: the resources of its wrangler
 * file. Vars and secrets are looked at elsewhere. That this is every binding which the real wrangler uploads is itself
 * tested: a kind that nobody looks at could be missing for ever. Pure.
 */
import type { Binding } from './cloudflare/account.ts';
import type { WantedWorker } from './wanted.ts';

/** The bindings of that Worker, in no order that matters. */
export const bindingsOf = (worker: WantedWorker): readonly Binding[] => [
  ...worker.namespaces.map(({ binding, id }) => ({ type: 'kv_namespace', name: binding, namespace_id: id })),
  ...worker.producers.map(({ binding, queue }) => ({ type: 'queue', name: binding, queue_name: queue })),
  ...worker.objects.map(({ name, class_name, script_name }) => ({
    type: 'durable_object_namespace',
    name,
    class_name,
    script_name: script_name ?? worker.name,
  })),
  ...worker.services.map(({ binding, service, entrypoint }) => ({ type: 'service', name: binding, service, entrypoint })),
  ...worker.rateLimits.map(({ name, namespace_id, simple }) => ({ type: 'ratelimit', name, namespace_id, simple })),
  ...worker.datasets.map(({ binding, dataset }) => ({ type: 'analytics_engine', name: binding, dataset })),
  ...worker.loaders.map(({ binding }) => ({ type: 'worker_loader', name: binding })),
];

/** How the bindings differ from what that Worker is to be bound to; each a sentence. */
export const bindingFaults = (worker: WantedWorker, bindings: readonly Binding[]): readonly string[] =>
  bindingsOf(worker).flatMap((wanted) => {
    const found = bindings.find(({ name }) => name === wanted.name);
    if (found === undefined) return [`${worker.name} has no binding ${wanted.name}.`];
    const shown = targetOf(found);
    const different = Object.entries(targetOf(wanted)).find(([field, value]) => shown[field] !== undefined && shown[field] !== value);
    if (different === undefined) return [];
    const [field, value] = different;
    return [`${wanted.name} of ${worker.name} is bound to ${shown[field]} and not to ${value}.`];
  });

/** What can differ, in words. What Cloudflare does not show is left out. */
function targetOf({ name: _, text: _text, simple, ...target }: Binding): Readonly<Record<string, string | undefined>> {
  return { ...target, simple: simple && `${simple.limit} calls in ${simple.period} s` };
}
