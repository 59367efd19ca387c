/**
 * Other generators, installed from npm into the user's cache when they are asked for. Two write a project, which is
 * type-checked and bundled as it would be built; the third reads the specification when it starts. What crashes, takes
 * too long or wants too much memory has failed.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installedPackages } from '../../tests/support/npm-packages.ts';
import { type Run, run, talk } from './child.ts';
import type { Figures } from './figures.ts';
import { judgeList, type ToolList } from './tool-list.ts';

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

/** What the generated projects ask for, in versions that their manifests or their documentation allow. */
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
const ofOrvalProject = {
  '@modelcontextprotocol/sdk': '1.32.2',
  '@types/node': '24.19.2',
  esbuild: '0.28.2',
  orval: '8.38.0',
  typescript: '5.9.3',
  zod: '4.6.7',
};

/** orval would take 4 GB for Stripe, and with them the machine from whatever else is measured. */
const MAX_MEGABYTES = 2048;

/** orval makes no project around its sources: these are its documentation's settings, as strict as ours. */
const orvalCompiler = {
  compilerOptions: { target: 'ES2024', module: 'ESNext', moduleResolution: 'bundler', strict: true, skipLibCheck: true, noEmit: true },
  include: ['src'],
};

export const peers: readonly Peer[] = [
  {
    name: 'openapi-mcp-generator 4.0.1',
    async measure(specification) {
      const generator = join(installedPackages({ 'openapi-mcp-generator': '4.0.1' }), 'node_modules/.bin/openapi-mcp-generator');
      return measureProject(installedPackages(ofProject), 'src/index.ts', (folder) =>
        run(generator, ['-i', specification, '-o', folder, '-b', 'http://127.0.0.1', '--force'], tmpdir()),
      );
    },
  },
  {
    name: 'orval 8.38.0 (mcp)',
    async measure(specification) {
      const packages = installedPackages(ofOrvalProject);
      const orval = join(packages, 'node_modules/orval/dist/bin/orval.mjs');
      return measureProject(packages, 'src/server.ts', (folder) => {
        const output = { mode: 'single', client: 'mcp', target: './src/handlers.ts', baseUrl: 'http://127.0.0.1' };
        const settings = { api: { input: { target: specification }, output } };
        writeFileSync(join(folder, 'orval.config.mjs'), `export default ${JSON.stringify(settings)};\n`);
        writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(orvalCompiler));
        return run(process.execPath, [`--max-old-space-size=${MAX_MEGABYTES}`, orval, '--config', 'orval.config.mjs'], folder);
      });
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
      const fault = faultOf(list);
      return { firstMs: list === null ? null : performance.now() - started, list, ...(fault === undefined ? {} : { fault }) };
    },
  },
];

/** A server that ends, falls silent or lists what is no tool looks the same from outside. */
const faultOf = (list: ToolList | null): string | undefined => (list === null ? 'sends no list that a client would take' : undefined);

/**
 * A project that a generator writes into a new folder beside its packages: type-checked, bundled from its entry as it
 * would be built, and asked for its tools.
 */
async function measureProject(packages: string, entry: string, generate: (folder: string) => Promise<Run>): Promise<Figures> {
  const folder = mkdtempSync(join(packages, 'project-'));
  const tool = (name: string): string => join(packages, 'node_modules/.bin', name);
  try {
    const generated = await generate(folder);
    if (!generated.ok) return { firstMs: null, fault: generated.fault };
    const tsc = await run(tool('tsc'), ['--noEmit', '-p', folder], folder);
    const bundle = join(folder, 'build.mjs');
    const flags = ['--bundle', '--platform=node', '--format=esm', '--packages=external', '--log-level=error', `--outfile=${bundle}`];
    const built = await run(tool('esbuild'), [entry, ...flags], folder);
    const list = built.ok ? judgeList(await talk(process.execPath, [bundle], folder, conversation)) : null;
    const fault = [tsc, built].find(({ ok }) => !ok)?.fault ?? faultOf(list);
    return { firstMs: generated.ms, typeCheckMs: tsc.ok ? tsc.ms : null, list, ...(fault === undefined ? {} : { fault }) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
