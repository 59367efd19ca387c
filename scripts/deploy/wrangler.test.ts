/** What wrangler is handed and what is left of it, with a program in its place that says what it sees. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import * as z from 'zod';
import { configurationFiles, readWanted } from './wanted.ts';
import { createWrangler, type DeployOrder } from './wrangler.ts';

const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const secrets = { LLM_API_KEY: 'sk-llm-0123456789', OPENHANDS_LLM: 'model "x" \\ $HOME' };
const program = `
  const { readFileSync, statSync, renameSync, writeFileSync } = require('node:fs');
  const file = process.argv[process.argv.indexOf('--secrets-file') + 1];
  const seen = { file, mode: statSync(file).mode & 0o777, secrets: readFileSync(file, 'utf8'), environment: process.env, process: process.pid };
  writeFileSync('seen.new', JSON.stringify(seen));
  renameSync('seen.new', 'seen.json');
  if (process.env.LANG === 'hangs') setInterval(() => undefined, 1_000);
`;
const seenSchema = z.object({
  file: z.string(),
  mode: z.number(),
  secrets: z.string(),
  environment: z.record(z.string(), z.string()),
  process: z.number(),
});

let project: string;
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'mcpoverflow-wrangler-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const file of Object.values(configurationFiles)) cpSync(join(repository, file), join(folder, file));
  writeFileSync(join(folder, 'program.cjs'), program);
  project = folder;
});

const seen = () => seenSchema.parse(JSON.parse(readFileSync(join(project, 'seen.json'), 'utf8')));
const leftOver = () => (existsSync(secretsFolder()) ? readdirSync(secretsFolder()) : []);
const secretsFolder = () => join(project, '.wrangler', 'deploy-secrets');

function wrangler(environment: Readonly<Record<string, string>> = {}) {
  const interruption = new AbortController();
  const made = createWrangler(
    {
      project,
      environment,
      access: () => ({ token: 'token-4711', accountId: 'account-1' }),
      interrupted: interruption.signal,
    },
    join(project, 'program.cjs'),
  );
  return { ...made, interruption };
}

function order(): DeployOrder {
  const wanted = readWanted(project, 'staging');
  if (!wanted.ok) throw new Error(wanted.error);
  return { environment: 'staging', worker: wanted.value.workers.consumer, release: '0123456789ab', vars: {}, domain: undefined, secrets };
}

test('secrets reach wrangler in a file that only this user can read, and that is gone when wrangler ends', async () => {
  expect(await wrangler().deploy(order())).toEqual({ ok: true, value: undefined });
  expect(JSON.parse(seen().secrets)).toEqual(secrets);
  expect(seen().mode).toBe(0o600);
  expect(leftOver()).toEqual([]);
});

test('a build is handed nothing of the engine’s secrets, nor of whatever else is set', async () => {
  const environment = { ...secrets, OPENHANDS_API_KEY: 'openhands-4711', OTHER: 'other', CLOUDFLARE_ENV: 'production', HOME: '/home' };
  await wrangler(environment).deploy(order());
  expect(seen().environment).toMatchObject({ HOME: '/home', CLOUDFLARE_API_TOKEN: 'token-4711', CLOUDFLARE_ACCOUNT_ID: 'account-1' });
  expect(Object.keys(seen().environment).filter((name) => /LLM|OPENHANDS|OTHER|CLOUDFLARE_ENV/.test(name))).toEqual([]);
});

test('a deployment that is interrupted ends wrangler and removes the secrets', async () => {
  const { deploy, interruption } = wrangler({ LANG: 'hangs' });
  const ended = deploy(order());
  await vi.waitFor(() => seen(), { timeout: 20_000 });
  expect(existsSync(seen().file)).toBe(true);
  interruption.abort();
  expect(existsSync(seen().file)).toBe(false);
  expect(await ended).toMatchObject({ ok: false });
  expect(() => process.kill(seen().process, 0)).toThrow();
  expect(await deploy(order())).toMatchObject({ ok: false });
  expect(leftOver()).toEqual([]);
});

test('secrets of a run that was killed are removed by the next run, and those of a run beside it are not', async () => {
  const killed = spawn(process.execPath, ['--eval', '']);
  await once(killed, 'exit');
  for (const name of [killed.pid, process.pid, process.ppid]) {
    mkdirSync(join(secretsFolder(), String(name)), { recursive: true });
    writeFileSync(join(secretsFolder(), String(name), 'secrets.json'), '{}');
  }
  wrangler();
  expect(leftOver()).toEqual([String(process.ppid)]);
});
