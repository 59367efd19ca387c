/** Builds the three Workers, prints their sizes, and fails when the api has outgrown its goal (design section 12). */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { workerConfigurations, workerSize } from '../worker-size.ts';

/** Gzipped bytes. The api starts cold on the path of every submission; the others are woken by the queue. */
const goals: ReadonlyMap<string, number> = new Map([['wrangler.api.toml', 150_000]]);

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} KB`;

for (const configuration of workerConfigurations) {
  const size = await workerSize(project, configuration);
  console.log(`${configuration}: ${kilobytes(size.bytes)} minified, ${kilobytes(size.gzippedBytes)} gzipped`);
  const goal = goals.get(configuration) ?? Number.POSITIVE_INFINITY;
  if (size.gzippedBytes > goal) {
    console.error(`${configuration} is larger than its goal of ${kilobytes(goal)} gzipped.`);
    process.exitCode = 1;
  }
}
