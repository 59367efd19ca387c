/**
 * Generates a connector and prints the milliseconds that took, reading included, on the clock and of processor time:
 * `node generate.ts URL MODE`. Twice, because the first warms the process up.
 */
import { connectorOf, modelOf } from '../../tests/support/specifications.ts';

const [specification = '', mode = 'auto'] = process.argv.slice(2);
let ms = 0;
let cpuMs = 0;
for (let round = 0; round < 2; round += 1) {
  const started = performance.now();
  const before = process.cpuUsage();
  connectorOf(modelOf(new URL(specification)), { runtime: 'cloudflare-workers', customizations: { mode } });
  ms = performance.now() - started;
  const { user, system } = process.cpuUsage(before);
  cpuMs = (user + system) / 1000;
}
console.log(`${ms} ${cpuMs}`);
