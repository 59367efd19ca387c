/** The real Workers for a benchmark: their wrangler files, with `main` or variables changed where a benchmark says so. */
import { fileURLToPath } from 'node:url';
import { createTestHarness, unstable_readConfig as readConfig } from 'wrangler';

export const project = fileURLToPath(new URL('../..', import.meta.url));

interface Changes {
  readonly main?: string;
  readonly vars?: Readonly<Record<string, string>>;
  /** False leaves the Worker's queues without a consumer: messages are sent and go nowhere. */
  readonly consumesQueues?: boolean;
}

/** A Worker of the engine, as its wrangler file says. */
export function engineWorker(name: 'api' | 'consumer' | 'embedded-agent', changes: Changes = {}) {
  // As it is read, the absence of cron triggers does not pass validation again.
  const { triggers: _, ...config } = readConfig({ config: `${project}/wrangler.${name}.toml` }, { hideWarnings: true });
  const { consumesQueues = true, vars, ...rest } = changes;
  const queues = consumesQueues ? config.queues : { ...config.queues, consumers: [] };
  return { config: { ...config, ...rest, queues, vars: { ...config.vars, ...vars } } };
}

/** Starts the Workers; the first one answers HTTP. */
export async function startWorkers(workers: NonNullable<NonNullable<Parameters<typeof createTestHarness>[0]>['workers']>) {
  const harness = createTestHarness({ root: project, workers });
  const { url } = await harness.listen();
  return { harness, url: url.origin };
}
