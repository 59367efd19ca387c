/**
 * `unit` lies beside the code and runs in plain Node. `engine` starts the real
 * Workers from the real wrangler files; each of its files may run an engine of its own (two workerd
 * processes and a bundler), mostly waiting for leases and looks, so one per core runs at once, and only
 * after the units. `load` does the same for minutes on end, with hundreds of jobs and with kills: too heavy
 * for `npm test`, which leaves them to `.ci/run`, and one file at a time. `connectors` installs, builds and calls
 * generated connectors of every language as strangers would, and `openhands` holds the whole engine to the real
 * OpenHands; both want toolchains and minutes, so the same holds. `deploy` runs the deployment script and the real
 * wrangler against a stand-in of Cloudflare's API, fault by fault: minutes, too.
 */
import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';

const MINUTE_MS = 60_000;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/**/*.test.ts', 'apps/**/*.test.ts', 'scripts/**/*.test.ts'],
          testTimeout: 30_000,
          // A core more than by default, which leaves one to whoever watches.
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'engine',
          include: ['tests/**/*.test.ts'],
          exclude: [...configDefaults.exclude, 'tests/load/**', 'tests/connectors/**', 'tests/deploy/**', 'tests/openhands/**'],
          testTimeout: 5 * MINUTE_MS,
          hookTimeout: 3 * MINUTE_MS,
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'connectors',
          include: ['tests/connectors/**/*.test.ts'],
          testTimeout: 5 * MINUTE_MS,
          hookTimeout: 5 * MINUTE_MS,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'load',
          include: ['tests/load/**/*.test.ts'],
          testTimeout: 5 * MINUTE_MS,
          hookTimeout: 3 * MINUTE_MS,
          // What they hold to moments must not wait for a neighbour's hundreds of jobs.
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: 'deploy',
          include: ['tests/deploy/**/*.test.ts'],
          testTimeout: 10 * MINUTE_MS,
          hookTimeout: 10 * MINUTE_MS,
          // Each has a wrangler that bundles.
          maxWorkers: 2,
          sequence: { groupOrder: 4 },
        },
      },
      {
        test: {
          name: 'openhands',
          include: ['tests/openhands/**/*.test.ts'],
          globalSetup: ['tests/openhands/setup.ts'],
          testTimeout: 10 * MINUTE_MS,
          hookTimeout: 10 * MINUTE_MS,
          // Each has an engine, a server of 350 MB and its agents' terminals.
          maxWorkers: 1,
          sequence: { groupOrder: 5 },
        },
      },
    ],
  },
});
