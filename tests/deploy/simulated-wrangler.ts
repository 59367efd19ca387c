/**
 * Wrangler as far as the API sees it: the calls of `wrangler deploy`, in its order, without building anything. So a
 * fault can be injected at every single call within seconds. That these are the real one's calls is itself tested.
 */
import { fail, ok, type Result } from '@mcpoverflow/types';
import { bindingsOf } from '../../scripts/deploy/bindings.ts';
import type { WantedWorker } from '../../scripts/deploy/wanted.ts';
import type { DeployOrder, Wrangler, WranglerSurroundings } from '../../scripts/deploy/wrangler.ts';
import { ACCOUNT } from './stand-in.ts';

class Refused extends Error {}

/** Takes the place of the real one; `apiUrl` is the stand-in's. */
export function simulatedWrangler(apiUrl: string, { access, interrupted }: WranglerSurroundings): Wrangler {
  async function call(method: string, path: string, body?: unknown): Promise<boolean> {
    const form = body instanceof FormData;
    const response = await fetch(`${apiUrl}/accounts/${ACCOUNT}/${path}`, {
      method,
      signal: interrupted,
      headers: {
        Authorization: `Bearer ${access()?.token}`,
        ...(body === undefined || form ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: form ? body : JSON.stringify(body) }),
    });
    if (response.status === 404) return false;
    if (!response.ok) throw new Refused(`${method} ${path} failed with ${response.status}`);
    return true;
  }

  /** Through the versions API for a Worker that is there already and owns no Durable Objects. */
  async function upload(order: DeployOrder, asVersion: boolean): Promise<void> {
    const { worker, release } = order;
    const form = new FormData();
    form.set(
      'metadata',
      JSON.stringify({
        bindings: uploadedBy(order),
        annotations: { 'workers/tag': release, 'workers/message': `Release ${release}` },
        keep_bindings: ['secret_text', 'plain_text'],
      }),
    );
    if (asVersion) await deployVersion(worker.name, form);
    else await call('PUT', `workers/scripts/${worker.name}`, form);
    // The real one warns and goes on.
    await call('PATCH', `workers/scripts/${worker.name}/script-settings`, { tags: [] }).catch(() => undefined);
  }

  async function deployVersion(name: string, form: FormData): Promise<void> {
    const response = await fetch(`${apiUrl}/accounts/${ACCOUNT}/workers/scripts/${name}/versions`, {
      method: 'POST',
      signal: interrupted,
      headers: { Authorization: `Bearer ${access()?.token}` },
      body: form,
    });
    if (!response.ok) throw new Refused(`the version could not be uploaded: ${response.status}`);
    const { result } = await response.json();
    await call('POST', `workers/scripts/${name}/deployments`, {
      strategy: 'percentage',
      versions: [{ version_id: result.id, percentage: 100 }],
    });
  }

  async function triggers({ name, workersDev, consumers }: WantedWorker, domain: string | undefined): Promise<void> {
    await call('GET', `workers/workers/${name}`);
    if (workersDev) await call('GET', 'workers/subdomain');
    await call('POST', `workers/scripts/${name}/subdomain`, { enabled: workersDev, previews_enabled: false });
    if (domain !== undefined) {
      await call('POST', `workers/scripts/${name}/domains/changeset`, []).catch(() => undefined);
      await call('PUT', `workers/scripts/${name}/domains/records`, { origins: [{ hostname: domain }] });
    }
    for (const consumer of consumers) await attach(name, consumer);
  }

  async function attach(script: string, consumer: WantedWorker['consumers'][number]): Promise<void> {
    const response = await fetch(`${apiUrl}/accounts/${ACCOUNT}/queues?name=${consumer.queue}`, {
      signal: interrupted,
      headers: { Authorization: `Bearer ${access()?.token}` },
    });
    if (!response.ok) throw new Refused(`the queue ${consumer.queue} cannot be read`);
    const { result } = await response.json();
    const [queue] = result;
    if (queue === undefined) throw new Refused(`there is no queue ${consumer.queue}`);
    const own = queue.consumers.find((each: { script: string }) => each.script === script);
    await call(own === undefined ? 'POST' : 'PUT', `queues/${queue.queue_id}/consumers${own === undefined ? '' : `/${own.consumer_id}`}`, {
      type: 'worker',
      script_name: script,
      dead_letter_queue: consumer.dead_letter_queue,
      settings: {
        batch_size: consumer.max_batch_size,
        max_retries: consumer.max_retries,
        max_wait_time_ms: consumer.max_batch_timeout * 1000,
        max_concurrency: consumer.max_concurrency,
        retry_delay: consumer.retry_delay,
      },
    });
  }

  return {
    deploy: async (order): Promise<Result<undefined, string>> => {
      const { worker, domain } = order;
      try {
        const isThere = await call('GET', `workers/services/${worker.name}`);
        await call('GET', `workers/scripts/${worker.name}/secrets`);
        await call('GET', `workers/scripts/${worker.name}/deployments`);
        await call('GET', `workers/scripts/${worker.name}/settings`);
        await upload(order, isThere && worker.role === 'api');
        await triggers(worker, domain);
        return ok(undefined);
      } catch (error) {
        return fail(error instanceof Error ? error.message : String(error));
      }
    },
    loggedInToken: async () => fail('Nobody is logged in.'),
    tail: async () => fail('There is nothing to follow.'),
  };
}

function uploadedBy({ worker, vars, release, secrets }: DeployOrder): readonly unknown[] {
  const text = Object.entries({ ...worker.vars, ...vars, RELEASE: release });
  return [
    ...text.map(([name, value]) => ({ type: 'plain_text', name, text: value })),
    // A Worker's own objects are uploaded without its name.
    ...bindingsOf(worker).map((binding) => (binding.script_name === worker.name ? { ...binding, script_name: undefined } : binding)),
    ...Object.entries(secrets).map(([name, value]) => ({ type: 'secret_text', name, text: value })),
    ...worker.requiredSecrets.filter((name) => !(name in secrets)).map((name) => ({ type: 'inherit', name })),
  ];
}
