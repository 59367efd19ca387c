/** `npm run bench [sizes] [operations] [looks] [wakeups] [submit]`: the figures of the design, measured on this machine. All of them when none is named. */
import { workerConfigurations, workerSize } from '../worker-size.ts';
import { project } from './harness.ts';
import { benchLooks } from './looks.ts';
import { benchOperations } from './operations.ts';
import { benchSubmit } from './submit.ts';
import { benchWakeups } from './wakeups.ts';

process.env.WRANGLER_SEND_METRICS = 'false';
process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false';

async function benchSizes(): Promise<void> {
  console.log('\nWorkers, minified and gzipped');
  for (const configuration of workerConfigurations) {
    const { gzippedBytes } = await workerSize(project, configuration);
    const goal = configuration === 'wrangler.api.toml' ? '   goal ≤ 150.0 KB' : '';
    console.log(`  ${configuration.padEnd(32)} ${(gzippedBytes / 1000).toFixed(1).padStart(8)} KB${goal}`);
  }
}

const benchmarks = { sizes: benchSizes, operations: benchOperations, looks: benchLooks, wakeups: benchWakeups, submit: benchSubmit };
const isBenchmark = (name: string): name is keyof typeof benchmarks => Object.hasOwn(benchmarks, name);

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !isBenchmark(name));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}. There are: ${Object.keys(benchmarks).join(', ')}.`);
  process.exit(2);
}
const names = asked.length === 0 ? Object.keys(benchmarks) : asked;
for (const name of names) if (isBenchmark(name)) await benchmarks[name]();
