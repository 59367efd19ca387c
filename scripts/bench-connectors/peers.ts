/**
 * Other generators, installed from npm into the user's cache when they are asked for. One writes a project,
 * which is type-checked and bundled as it would be built; the other reads the specification when it starts.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installedPackages } from '../../tests/support/npm-packages.ts';
import { run, talk } from './child.ts';
import type { Figures } from './figures.ts';
import { judgeList } from './tool-list.ts';

const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'bench', version: '1' } },
};
const conversation = [initialize, { jsonrpc: '2.0', method: 'notifications/initialized' }, { jsonrpc: '2.0', id: 3, method: 'tools/list' }];

export interface Peer {
  readonly name: string;
  measure(specification: string): Promise<Figures>;
}

/** What the generated project asks for, in versions that its manifest allows. */
const ofProject = {
  '@modelcontextprotocol/sdk': '1.32.2',
  '@types/node': '24.19.2',
  axios: '1.12.2',
  dotenv: '16.6.1',
  esbuild: '0.28.2',
  'json-schema-to-zod': '2.6.1',
  typescript: '5.9.3',
  zod: '3.25.76',
};

export const peers: readonly Peer[] = [
  {
    name: 'openapi-mcp-generator 4.0.1',
    async measure(specification) {
      const generator = join(installedPackages({ 'openapi-mcp-generator': '4.0.1' }), 'node_modules/.bin/openapi-mcp-generator');
      const packages = installedPackages(ofProject);
      const folder = mkdtempSync(join(packages, 'project-'));
      try {
        const generated = await run(generator, ['-i', specification, '-o', folder, '-b', 'http://127.0.0.1', '--force'], tmpdir());
        if (!generated.ok) return { generationMs: null, fault: generated.fault };
        const tsc = await run(join(packages, 'node_modules/.bin/tsc'), ['--noEmit', '-p', folder], folder);
        const entry = join(folder, 'build.mjs');
        const bundle = ['src/index.ts', '--bundle', '--platform=node', '--format=esm', '--packages=external', `--outfile=${entry}`];
        await run(join(packages, 'node_modules/.bin/esbuild'), bundle, folder);
        const list = judgeList(await talk(process.execPath, [entry], folder, conversation));
        return { generationMs: generated.ms, typeCheckMs: tsc.ok ? tsc.ms : null, list };
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  },
  {
    name: '@ivotoby/openapi-mcp-server 1.16.1',
    async measure(specification) {
      const server = join(
        installedPackages({ '@ivotoby/openapi-mcp-server': '1.16.1' }),
        'node_modules/@ivotoby/openapi-mcp-server/bin/mcp-server.js',
      );
      const args = [
        server,
        '--openapi-spec',
        specification,
        '--api-base-url',
        'http://127.0.0.1',
        '--transport',
        'stdio',
        '--tools',
        'all',
      ];
      const started = performance.now();
      const list = judgeList(await talk(process.execPath, args, tmpdir(), conversation));
      return { generationMs: list === null ? null : performance.now() - started, list };
    },
  },
];
