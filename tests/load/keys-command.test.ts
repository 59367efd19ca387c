/**
 * `npm run keys` as an operator types it, beside a running engine that wants keys: the real wrangler writes
 * into the state that the engine reads. What the command says and refuses is tried in scripts/keys.
 */
import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { type Engine, startEngine } from '../support/engine.ts';

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** What the engine promises of a revocation. */
const REVOKED_WITHIN_MS = 60_000;

/** Runs the command; rejects unless it ends with 0. */
async function keysOf(engine: Engine, ...typed: string[]): Promise<{ readonly out: string; readonly err: string }> {
  const env = { ...process.env, PORT: String(engine.port), MCPOVERFLOW_STATE_DIR: engine.stateDir };
  const { stdout, stderr } = await promisify(execFile)('npm', ['run', '--silent', 'keys', '--', ...typed], { cwd: project, env });
  return { out: stdout.trim(), err: stderr };
}

const statusWith = async (engine: Engine, key: string, path = '/api/jobs'): Promise<number> =>
  (await engine.fetch(path, { headers: { Authorization: `Bearer ${key}` } })).status;

const idOf = (key: string): string => key.split('_')[1] ?? '';

test('keys are made, listed, rotated and revoked beside a running engine, and a revoked one stops within a minute', async () => {
  const engine = await startEngine({ env: { AUTH: 'keys' } });
  onTestFinished(() => engine.stop());
  expect((await engine.fetch('/health')).status).toBe(200);
  for (const path of ['/api/jobs', '/docs', '/openapi.json', '/metrics']) expect((await engine.fetch(path)).status).toBe(401);

  const { out: key } = await keysOf(engine, 'create', '--tenant', 'acme', '--name', 'CI', '--expires', '90d');
  expect(await statusWith(engine, key)).toBe(200);
  expect(await statusWith(engine, key, '/api/dead-letters')).toBe(403);
  const { out: operator } = await keysOf(engine, 'create', '--tenant', '*');
  expect(await statusWith(engine, operator, '/api/dead-letters')).toBe(200);

  const { out: fresh } = await keysOf(engine, 'rotate', idOf(key), '--overlap', '1h');
  expect(await statusWith(engine, fresh)).toBe(200);
  expect(await statusWith(engine, key)).toBe(200);

  expect((await keysOf(engine, 'revoke', idOf(key))).err).toContain('within 30 seconds');
  await expect.poll(() => statusWith(engine, key), { timeout: REVOKED_WITHIN_MS, interval: 500 }).toBe(401);
  expect(await statusWith(engine, fresh)).toBe(200);

  const shown = z.array(
    z.looseObject({ id: z.string(), tenant: z.string(), name: z.string().optional(), revokedAt: z.string().optional() }),
  );
  const keys = shown.parse(JSON.parse((await keysOf(engine, 'list', '--tenant', 'acme', '--json')).out));
  // The revocation was told with a key of its own, which lives on for two minutes.
  const lasting = keys.filter(({ name }) => name !== 'tells of a revocation');
  expect(keys).toHaveLength(lasting.length + 1);
  expect(new Map(lasting.map(({ id, revokedAt }) => [id, revokedAt !== undefined]))).toEqual(
    new Map([
      [idOf(key), true],
      [idOf(fresh), false],
    ]),
  );
});
