/**
 * Holds the three wrangler files to each other, to the code, and their three environments to one another. They are read
 * by wrangler itself, as a deployment would read them, because what an environment inherits and what it does not is
 * wrangler's to say.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type Unstable_Config as Configuration, unstable_readConfig as readConfiguration } from 'wrangler';
import { parseSettings as parseApiSettings } from '../apps/api/src/settings.ts';
import { parseSettings as parseConsumerSettings } from '../apps/consumer/src/settings.ts';

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const environments = ['local', 'staging', 'production'] as const;
type Environment = (typeof environments)[number];

function read(worker: string, environment: Environment): Configuration {
  const config = join(project, `wrangler.${worker}.toml`);
  return readConfiguration(environment === 'local' ? { config } : { config, env: environment });
}

const workersOf = (environment: Environment) => ({
  api: read('api', environment),
  consumer: read('consumer', environment),
  agent: read('embedded-agent', environment),
});
const suffixOf = (environment: Environment): string => (environment === 'staging' ? '-staging' : '');

/** The names of the variables that a function asks an environment for. */
function variablesAskedBy(parse: (env: object) => unknown): ReadonlySet<string> {
  const asked = new Set<string>();
  const env = new Proxy(
    {},
    {
      get: (_, name) => {
        asked.add(String(name));
      },
    },
  );
  parse(env);
  return asked;
}

describe.each(environments)('%s', (environment) => {
  const { api, consumer, agent } = workersOf(environment);
  const suffix = suffixOf(environment);
  const producers = (worker: Configuration) => worker.queues.producers?.map(({ binding, queue }) => ({ binding, queue }));

  test('the Workers and the queues have the names that everybody else uses', () => {
    expect([api.name, consumer.name, agent.name]).toEqual([
      `mcpoverflow-ai-engine${suffix}`,
      `mcpoverflow-ai-engine-consumer${suffix}`,
      `mcpoverflow-embedded-agent${suffix}`,
    ]);
    expect(producers(api)).toEqual([{ binding: 'JOBS_QUEUE', queue: `mcpoverflow-jobs${suffix}` }]);
    expect(producers(consumer)).toEqual([
      { binding: 'JOBS_QUEUE', queue: `mcpoverflow-jobs${suffix}` },
      { binding: 'WEBHOOKS_QUEUE', queue: `mcpoverflow-webhooks${suffix}` },
      { binding: 'DEAD_LETTERS_QUEUE', queue: `mcpoverflow-dead-letters${suffix}` },
    ]);
  });

  test('every queue has its consumer, with every setting written out', () => {
    const deadLetters = `mcpoverflow-dead-letters${suffix}`;
    expect(consumer.queues.consumers).toEqual([
      {
        queue: `mcpoverflow-jobs${suffix}`,
        max_batch_size: 10,
        max_batch_timeout: 0,
        max_retries: 100,
        retry_delay: 5,
        max_concurrency: 250,
        dead_letter_queue: deadLetters,
      },
      {
        queue: `mcpoverflow-webhooks${suffix}`,
        max_batch_size: 10,
        max_batch_timeout: 0,
        max_retries: 100,
        retry_delay: 5,
        max_concurrency: 250,
        dead_letter_queue: deadLetters,
      },
      { queue: deadLetters, max_batch_size: 10, max_batch_timeout: 1, max_retries: 100, retry_delay: 60, max_concurrency: 5 },
    ]);
    expect([...(api.queues.consumers ?? []), ...(agent.queues.consumers ?? [])]).toEqual([]);
  });

  test('both Workers name one KV namespace', () => {
    expect(api.kv_namespaces).toEqual(consumer.kv_namespaces);
    expect(api.kv_namespaces).toEqual([{ binding: 'AI_JOBS', id: expect.stringMatching(/./) }]);
  });

  test('the api reaches the objects and the entry point of the consumer of its own environment', () => {
    const own = consumer.durable_objects.bindings;
    for (const binding of api.durable_objects.bindings) {
      expect(binding.script_name).toBe(consumer.name);
      expect(own).toContainEqual({ name: binding.name, class_name: binding.class_name });
    }
    expect(api.services).toEqual([{ binding: 'CONSUMER', service: consumer.name, entrypoint: 'Consumer' }]);
    expect(consumer.services).toEqual([{ binding: 'EMBEDDED_AGENT', service: agent.name }]);
  });

  test.each([
    { name: 'consumer', folder: 'apps/consumer/src', worker: consumer },
    { name: 'embedded agent', folder: 'apps/embedded-agent/src', worker: agent },
  ])('the $name exports and binds every Durable Object that its code defines, and no other', ({ folder, worker }) => {
    const defined = globSync(join(project, folder, '**/*.ts'))
      .filter((file) => !file.endsWith('.test.ts'))
      .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/^export class (\w+) extends DurableObject\b/gm)])
      .map((match) => match[1])
      .toSorted();
    expect(defined.length).toBeGreaterThan(0);
    expect(Object.keys(worker.exports).toSorted()).toEqual(defined);
    expect(worker.durable_objects.bindings.map((binding) => binding.class_name).toSorted()).toEqual(defined);
    expect(worker.durable_objects.bindings.filter((binding) => binding.script_name !== undefined)).toEqual([]);
    for (const settings of Object.values(worker.exports)) expect(settings).toEqual({ type: 'durable-object', storage: 'sqlite' });
    const exported = readFileSync(join(project, folder, 'worker.ts'), 'utf8');
    for (const name of defined) expect(exported).toMatch(new RegExp(`^export \\{ ${name} \\} from`, 'm'));
  });

  test('every variable is one that its Worker reads', () => {
    const asked = variablesAskedBy(parseApiSettings);
    expect(Object.keys(api.vars).filter((name) => !asked.has(name))).toEqual([]);
    const askedByConsumer = variablesAskedBy(parseConsumerSettings);
    expect(Object.keys(consumer.vars).filter((name) => !askedByConsumer.has(name))).toEqual([]);
    expect(agent.vars).toEqual({});
  });

  test('the variables that it sets are settings that the Workers accept', () => {
    expect(parseApiSettings(api.vars)).toMatchObject({
      ok: true,
      value: { ENVIRONMENT: environment, AUTH: environment === 'local' ? 'none' : 'keys' },
    });
    expect(parseConsumerSettings(consumer.vars)).toMatchObject({ ok: true, value: { environment } });
  });

  test('the secrets of OpenHands are the consumer’s alone, and no variable', () => {
    const secret = /^(OPENHANDS|LLM)_/;
    expect(Object.keys({ ...api.vars, ...consumer.vars, ...agent.vars }).filter((name) => secret.test(name))).toEqual([]);
    expect([...variablesAskedBy(parseApiSettings)].filter((name) => secret.test(name))).toEqual(['OPENHANDS_HOOK_SECRET']);
    expect(variablesAskedBy(parseConsumerSettings)).not.toContain('OPENHANDS_HOOK_SECRET');
    // Declared locally, they would keep every other variable of `npm start` from the Worker.
    expect(api.secrets).toEqual(environment === 'local' ? undefined : { required: ['OPENHANDS_HOOK_SECRET'] });
    expect([consumer.secrets, agent.secrets]).toEqual([undefined, undefined]);
  });

  test('the api alone can be reached from outside, and no version but the deployed one', () => {
    expect([api.workers_dev, consumer.workers_dev, agent.workers_dev]).toEqual([true, false, false]);
    for (const worker of [api, consumer, agent]) {
      expect(worker).toMatchObject({ preview_urls: false });
      expect([worker.routes, worker.route]).toEqual([undefined, undefined]);
    }
  });

  test('logs are whole, and no line of the platform’s holds the secret in an address', () => {
    for (const worker of [api, consumer, agent]) {
      expect(worker.observability).toMatchObject({
        enabled: true,
        logs: { enabled: true, head_sampling_rate: 1 },
        traces: { enabled: true },
      });
    }
    expect(api.observability).toMatchObject({ redact_query_string: true, logs: { invocation_logs: false } });
    expect(consumer.observability).toMatchObject({ redact_query_string: true });
  });

  test('limits and data points are bound under the names that the code asks for', () => {
    expect(api.ratelimits.map(({ name }) => name)).toEqual(['RATE_LIMIT_IP', 'RATE_LIMIT_STANDARD', 'RATE_LIMIT_HIGH']);
    const points = [{ binding: 'ANALYTICS', dataset: `mcpoverflow_ai_engine${suffix.replace('-', '_')}` }];
    expect([api.analytics_engine_datasets, consumer.analytics_engine_datasets]).toEqual([points, points]);
  });

  test('all Workers run on the same day’s platform', () => {
    expect(new Set([api, consumer, agent].map((worker) => worker.compatibility_date)).size).toBe(1);
  });

  test('settings made outside of these files outlive a deployment', () => {
    for (const worker of [api, consumer, agent]) expect(worker.keep_vars).toBe(true);
    // A var of the file would replace the secret that drains.
    expect(api.vars).not.toHaveProperty('ACCEPT_JOBS');
  });
});

test('staging and production differ from local in names, in who may enter and in their secrets, and in nothing else', () => {
  const settingsOf = (environment: Environment) =>
    Object.fromEntries(
      Object.entries(workersOf(environment)).map(([worker, configuration]) => [
        worker,
        {
          ...configuration,
          name: configuration.name?.replace(/-staging$/, ''),
          topLevelName: undefined,
          targetEnvironment: undefined,
          secrets: undefined,
          vars: Object.keys(configuration.vars),
          kv_namespaces: configuration.kv_namespaces.map(({ binding }) => binding),
          ratelimits: configuration.ratelimits.map(({ name, simple }) => ({ name, simple })),
          ...JSON.parse(
            JSON.stringify({
              analytics_engine_datasets: configuration.analytics_engine_datasets,
              durable_objects: configuration.durable_objects,
              queues: configuration.queues,
              services: configuration.services,
            }).replaceAll(/[-_]staging"/g, '"'),
          ),
        },
      ]),
    );
  expect(settingsOf('staging')).toEqual(settingsOf('local'));
  expect(settingsOf('production')).toEqual(settingsOf('local'));
});

test('no two environments share a namespace or a counter of rates', () => {
  const configurations = environments.map((environment) => workersOf(environment).api);
  const namespaces = configurations.flatMap((api) => api.kv_namespaces.map(({ id }) => id));
  const counters = configurations.flatMap((api) => api.ratelimits.map((limit) => limit.namespace_id));
  expect(namespaces).toHaveLength(3);
  expect(new Set(namespaces).size).toBe(3);
  expect(counters).toHaveLength(9);
  expect(new Set(counters).size).toBe(9);
});
