/**
 * `npm test`: every test but those under `tests/load`, `tests/connectors`, `tests/deploy` and `tests/openhands`, which take minutes: what is
 * left out is said. With arguments, what they say: they are vitest's (`npm test -- --project openhands`). Vitest reports as it
 * always does; after its summary stands one plain line, `N passed, N failed`, that a machine can read.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { findPython } from '../tests/support/openhands-agent-server-install.ts';

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
const reportSchema = z.object({
  success: z.boolean(),
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
});

const folder = mkdtempSync(join(tmpdir(), 'mcpoverflow-tests-'));
const reportFile = join(folder, 'report.json');
const asked = process.argv.slice(2);
const chosen = asked.length > 0 ? asked : ['--project', 'unit', '--project', 'engine'];
const child = spawn(
  process.execPath,
  [vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`, ...chosen],
  { cwd: project, stdio: 'inherit' },
);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
const [code] = await once(child, 'exit');

if (asked.length === 0) console.log(leftOut());
console.log(`\n${totals() ?? '0 passed, 1 failed'}`);
rmSync(folder, { recursive: true, force: true });
process.exitCode = code === 0 ? 0 : 1;

function leftOut(): string {
  const python = findPython() === undefined ? ' — which this machine CANNOT run: it has no Python 3.12 or newer with venv' : '';
  return `
NOT run, because they take minutes (.ci/run runs them all):
  connectors in every language  npm test -- --project connectors (Python >= 3.12, Go >= 1.25)
  under load and kills          npm test -- --project load
  the deployment script         npm test -- --project deploy
  against the real OpenHands    npm test -- --project openhands${python}`;
}

/** Undefined when vitest ended before it could report. */
function totals(): string | undefined {
  try {
    const report = reportSchema.parse(JSON.parse(readFileSync(reportFile, 'utf8')));
    // A file that cannot even be loaded has no tests, yet it failed; so did a run with errors outside of tests.
    const brokenFiles = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
    const failed = Math.max(report.numFailedTests + brokenFiles, code === 0 ? 0 : 1);
    const skipped = report.numPendingTests + report.numTodoTests;
    return `${report.numPassedTests} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
  } catch {
    return undefined;
  }
}
