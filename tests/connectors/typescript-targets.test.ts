/**
 * TypeScript connectors as each platform runs them, without the platform: the Worker's bundle as wrangler makes
 * it, the Node server of the container, Vercel's web-standard function, and the Lambda handler as SAM bundles it.
 * Each is installed from its own lockfile.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import { mockUpstream, sampleCalls } from '@mcpoverflow/connectors';
import { type Runtime, runtimes } from '@mcpoverflow/types';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type RunningConnector,
  serveUpstream,
  startConnector,
  startFunctionUrl,
  startNodeServer,
  typeCheck,
  writeConnector,
} from '../support/connector-process.ts';
import { clientV1, clientV2, textOf } from '../support/mcp-clients.ts';
import { environment, installedConnector } from '../support/npm-packages.ts';
import { bookshop, connectorOf, modelOf } from '../support/specifications.ts';

const MAX_RUNTIME_BYTES = 90 * 1024;
const model = modelOf(bookshop);

type Start = (folder: string, variables: Readonly<Record<string, string>>) => Promise<RunningConnector>;

const starts: Readonly<Record<Runtime, Start>> = {
  'cloudflare-workers': (folder, variables) => {
    run(folder, 'wrangler', ['deploy', '--dry-run', '--outdir', 'bundle']);
    return startConnector(folder, { ENTRY: './bundle/worker.js', ...variables });
  },
  docker: startNodeServer,
  vercel: (folder, variables) => startConnector(folder, { ENTRY: './api/mcp.ts', ...variables }),
  lambda: (folder, variables) => {
    run(folder, 'esbuild', [
      'src/lambda.ts',
      '--bundle',
      '--platform=node',
      '--format=esm',
      '--target=es2024',
      '--outfile=bundle/lambda.mjs',
    ]);
    return startFunctionUrl(folder, './bundle/lambda.mjs', variables);
  },
};

/** Runs a tool that the connector's own lockfile brought. */
function run(folder: string, tool: string, args: readonly string[]): void {
  const result = spawnSync(join(folder, 'node_modules/.bin', tool), args, { cwd: folder, env: environment, encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`${tool}: ${result.stdout}${result.stderr}`);
}

describe.each(runtimes)('a connector for %s', (runtime) => {
  const start = starts[runtime];
  const connector = connectorOf(model, { runtime });
  let folder = '';
  let running: RunningConnector;
  let upstream: Awaited<ReturnType<typeof serveUpstream>>;
  let variables: Readonly<Record<string, string>>;

  beforeAll(async () => {
    const written = writeConnector(connector.files, join(installedConnector(connector.files), 'node_modules'));
    folder = written.folder;
    upstream = await serveUpstream(mockUpstream(model));
    variables = { BASE_URL: upstream.url, API_KEY_KEY: 'secret' };
    running = await start(folder, variables);
  });
  afterAll(async () => {
    await running?.stop();
    await upstream?.stop();
    if (folder !== '') rmSync(folder, { recursive: true });
  });

  test('type-checks', async () => {
    expect(await typeCheck(folder)).toBe('');
  });

  test('names no registry, and locks every package it asks for by a hash', () => {
    const lockfile = connector.files.find(({ path }) => path === 'package-lock.json')?.content ?? '';
    const { '': root, ...packages } = JSON.parse(lockfile).packages;
    expect(lockfile).not.toMatch(/"resolved"|registry/);
    for (const [path, { os, integrity }] of Object.entries<{ os?: string[]; integrity?: string }>(packages)) {
      // Binaries of other platforms may be unknown to the registry that the lockfile was made with.
      if (os === undefined || os.includes(process.platform)) expect(integrity, path).toMatch(/^sha512-/);
    }
    for (const version of Object.values({ ...root.dependencies, ...root.devDependencies })) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  test.each([
    ['v1', clientV1],
    ['v2', clientV2],
  ] as const)('is listed and called by the client SDK %s', async (_version, connect) => {
    const client = await connect(running.url);
    expect((await client.listTools()).map(({ name }) => name)).toEqual(connector.tools.map(({ name }) => name));
    for (const { tool, arguments: args } of sampleCalls(connector.tools)) {
      const before = upstream.requests.length;
      const result = await client.callTool(tool, args);
      expect(result.isError, `${tool}: ${textOf(result)}`).toBeFalsy();
      expect(upstream.requests.length).toBe(before + 1);
    }
    await client.close();
  });

  test('turns away web pages of other hosts, and callers without its token', async () => {
    const call = (url: string, headers: Record<string, string>) =>
      fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: '{}' });
    expect((await call(running.url, { Origin: 'https://evil.example' })).status).toBe(403);
    const guarded = await start(folder, { ...variables, CONNECTOR_TOKEN: 'token' });
    expect((await call(guarded.url, {})).status).toBe(401);
    expect((await call(guarded.url, { Authorization: 'Bearer token' })).status).not.toBe(401);
    await guarded.stop();
  });

  test.runIf(runtime === 'cloudflare-workers')('has a runtime of at most 90 KB gzipped, its data aside', () => {
    const bytes = (path: string): number => gzipSync(readFileSync(join(folder, path)), { level: constants.Z_BEST_COMPRESSION }).length;
    expect(bytes('bundle/worker.js') - bytes('src/operations.ts')).toBeLessThanOrEqual(MAX_RUNTIME_BYTES);
  });
});
