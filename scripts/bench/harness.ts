/** The real Workers for a benchmark: their wrangler files, with `main` or variables changed where a benchmark says so. */
import { fileURLToPath } from 'node:url';
import { createTestHarness, unstable_readConfig as readConfig } from 'wrangler';

export const project = fileURLToPath(new URL('../..', import.meta.url));

interface Changes {
  readonly main?: string;
  readonly vars?: Readonly<Record<string, string>>;
}

/** A Worker of the engine, as its wrangler file says. */
export function engineWorker(name: 'api' | 'consumer' | 'embedded-agent', changes: Changes = {}) {
  // As it is read, the absence of cron triggers does not pass validation again.
  const { triggers: _, ...config } = readConfig({ config: `${project}/wrangler.${name}.toml` }, { hideWarnings: true });
  return { config: { ...config, ...changes, vars: { ...config.vars, ...changes.vars } } };
}

/** Starts the Workers; the first one answers HTTP. */
export async function startWorkers(workers: NonNullable<NonNullable<Parameters<typeof createTestHarness>[0]>['workers']>) {
  const harness = createTestHarness({ root: project, workers });
  const { url } = await harness.listen();
  return { harness, url: url.origin };
}
