/**
 * What `/openapi.json` says, held to rules that are not ours: the recommended rules of two linters, and schemathesis,
 * which makes thousands of calls out of the document and compares every answer with it. The tools are what a stranger
 * would install; a machine without Python skips the last one, loudly.
 */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { apiKeyScopes } from '@mcpoverflow/types';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FaultyEngine, startFaultyEngine } from '../support/faulty-engine.ts';
import { environment, installedPackages } from '../support/npm-packages.ts';
import { pythonToolchain, pythonWith } from '../support/python-connector.ts';

const TOOL_MS = 10 * 60_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const schemathesisFolder = join(dirname(fileURLToPath(import.meta.url)), '../support/schemathesis');

let engine: FaultyEngine;
let folder: string;
beforeAll(async () => {
  engine = await startFaultyEngine({ AUTH: 'keys' });
  folder = mkdtempSync(join(tmpdir(), 'api-description-'));
  const key = await engine.makeKey({ tenant: 'acme', scopes: ['read'] });
  const answer = await engine.fetch('/openapi.json', { headers: { authorization: `Bearer ${key}` } });
  expect(answer.status).toBe(200);
  writeFileSync(join(folder, 'openapi.json'), await answer.text());
});
afterAll(async () => {
  await engine?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true });
});

/** What a tool said and how it ended, run in the folder that holds the document. */
async function run(program: string, ...parameters: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  const env = { ...environment, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', NO_COLOR: '1' };
  return promisify(execFile)(program, [...parameters], { cwd: folder, env, timeout: TOOL_MS, maxBuffer: MAX_OUTPUT_BYTES }).then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    (error) => ({ code: Number(error.code ?? 1), output: `${error.stdout}${error.stderr}` }),
  );
}

describe('the description of the API', () => {
  test('keeps Redocly’s recommended rules, warnings included', async () => {
    const packages = installedPackages({ '@redocly/cli': '2.77.0' });
    const { code, output } = await run(
      join(packages, 'node_modules/.bin/redocly'),
      'lint',
      '--extends=recommended',
      '--format=json',
      'openapi.json',
    );
    expect(output).toContain('"warnings": 0');
    expect(code, output).toBe(0);
  });

  test('keeps Spectral’s recommended rules, hints included', async () => {
    const packages = installedPackages({ '@stoplight/spectral-cli': '6.16.3' });
    writeFileSync(join(folder, '.spectral.yaml'), 'extends: ["spectral:oas"]\n');
    const { code, output } = await run(join(packages, 'node_modules/.bin/spectral'), 'lint', 'openapi.json', '--fail-severity=hint');
    expect(code, output).toBe(0);
  });

  const toolchain = pythonToolchain();
  if (toolchain !== true && process.env.CI) throw new Error(toolchain);
  if (toolchain !== true) console.warn(`SKIPPED: schemathesis. ${toolchain}`);
  test.skipIf(toolchain !== true)(
    'is what the engine does: schemathesis finds no server error and no answer that is not described',
    { timeout: TOOL_MS },
    async () => {
      const requirements = readFileSync(join(schemathesisFolder, 'requirements.txt'), 'utf8').trim().split('\n');
      const python = pythonWith('--no-deps', ...requirements);
      copyFileSync(join(schemathesisFolder, 'schemathesis.toml'), join(folder, 'schemathesis.toml'));
      const key = await engine.makeKey({ tenant: 'acme', scopes: [...apiKeyScopes] });
      const { code, output } = await run(
        python,
        // By its module: the command's own script names the folder in which it was installed first.
        ...['-m', 'schemathesis.cli'],
        ...['run', 'openapi.json', '--url', engine.url, '--header', `Authorization: Bearer ${key}`],
        // The same calls every time: one that finds a fault must be found again by who mends it.
        ...['--checks', 'all', '--seed', '1', '--max-examples', '10', '--continue-on-failure', '--request-timeout', '30', '--no-color'],
      );
      expect(code, output).toBe(0);
    },
  );
});
