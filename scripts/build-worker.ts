/**
 * `npm run build:worker [-- --minify]`: builds the three Workers into `dist/` as a deployment would and prints their sizes.
 * A deployment needs none of this: wrangler builds what it uploads. It is for looking at a bundle, and for finding out
 * before a deployment that one does not build.
 */
import { rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildWorker, workerConfigurations } from './worker-size.ts';

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const { minify = false } = parseArgs({ options: { minify: { type: 'boolean' } } }).values;
const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} KB`;

for (const configuration of workerConfigurations) {
  const folder = join(project, 'dist', configuration.split('.')[1] ?? configuration);
  // What an earlier build left would be counted.
  rmSync(folder, { recursive: true, force: true });
  try {
    const { bytes, gzippedBytes } = await buildWorker(project, configuration, folder, minify);
    console.log(`${relative(project, folder)}: ${kilobytes(bytes)}, ${kilobytes(gzippedBytes)} gzipped`);
  } catch (error) {
    console.error(error instanceof Error && 'stderr' in error ? `${configuration} does not build.${error.stderr}` : error);
    process.exitCode = 1;
  }
}
