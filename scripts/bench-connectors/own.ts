/** This project's connector: generated in a fresh process, type-checked, started, listed and called. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import { type ApiModel, mockUpstream, planCalls, planConnector, type SampleCall } from '@mcpoverflow/connectors';
import { build } from 'esbuild';
import { serveUpstream, startNodeServer, writeConnector } from '../../tests/support/connector-process.ts';
import { installedConnector } from '../../tests/support/npm-packages.ts';
import { connectorOf, modelOf } from '../../tests/support/specifications.ts';
import { run } from './child.ts';
import type { Figures } from './figures.ts';
import { smallestHeap } from './smallest-heap.ts';
import { judgeList, type ToolList } from './tool-list.ts';

const CALLS = 200;

/** `mode` as the customization: what a list would be is worth knowing where the connector itself is dynamic. */
export async function measureOwn(specification: URL, mode: 'auto' | 'list'): Promise<Figures> {
  const generated = await run(process.execPath, [join(import.meta.dirname, 'generate.ts'), specification.href, mode], import.meta.dirname);
  if (!generated.ok) return { firstMs: null, generationMs: null, fault: generated.fault };
  const [firstMs = null, generationMs = null, generationCpuMs = null] = generated.fault.split(' ').map(Number);
  const model = modelOf(specification);
  const connector = connectorOf(model, { customizations: { mode } });
  const modules = join(installedConnector(connector.files), 'node_modules');
  const written = writeConnector(connector.files, modules);
  const upstream = await serveUpstream(mockUpstream(model));
  const running = await startNodeServer(written.folder, { BASE_URL: upstream.url });
  try {
    const tsc = await run(join(modules, '.bin/tsc'), ['-p', written.folder], written.folder);
    const data = connector.files.find(({ path }) => path === 'src/operations.ts')?.content ?? '';
    const dataBytes = gzipSync(data).length;
    return {
      firstMs,
      generationMs,
      generationCpuMs,
      // A job says nothing of lists: what it makes is what `auto` makes.
      ...(mode === 'auto' ? { heapMegabytes: await smallestHeap(specification) } : {}),
      typeCheckMs: tsc.ok ? tsc.ms : null,
      list: await listOf(running.url),
      callMs: await callMedian(running.url, firstCall(model, mode)),
      runtimeBytes: await bundleBytes(written.folder),
      dataBytes,
    };
  } finally {
    await running.stop();
    await upstream.stop();
    written.remove();
  }
}

async function rpc(url: string, method: string, params: object): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const text = await response.text();
  const message = response.headers.get('Content-Type')?.includes('event-stream') ? (/^data: (.*)$/m.exec(text)?.[1] ?? '') : text;
  return JSON.parse(message).result;
}

async function listOf(url: string): Promise<ToolList | null> {
  const tools: unknown[] = [];
  let cursor: unknown;
  do {
    const result = Object(await rpc(url, 'tools/list', cursor === undefined ? {} : { cursor }));
    tools.push(...result.tools);
    cursor = result.nextCursor;
  } while (cursor !== undefined);
  return judgeList({ tools });
}

/** A call of the first operation. */
function firstCall(model: ApiModel, mode: 'auto' | 'list'): SampleCall {
  const planned = planConnector(model, { name: 'bench', language: 'typescript', runtime: 'docker', customizations: { mode } });
  const [call] = planned.ok ? planCalls(planned.value.plan) : [];
  if (call === undefined) throw new Error('The connector has no operations.');
  return call;
}

async function callMedian(url: string, call: SampleCall): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < CALLS; count += 1) {
    const started = performance.now();
    await rpc(url, 'tools/call', { name: call.tool, arguments: call.arguments });
    times.push(performance.now() - started);
  }
  return times.sort((left, right) => left - right)[CALLS / 2] ?? 0;
}

/** The Worker of this connector without its data, minified and gzipped as well as that goes, which is how the engine's own Workers are weighed. */
async function bundleBytes(folder: string): Promise<number> {
  writeFileSync(
    join(folder, 'src/operations.ts'),
    "export const api = { name: '', title: '', version: '', instructions: '', credentials: {} };\nexport const operations = {};\n",
  );
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'src/worker.ts')],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['node:*', 'cloudflare:*'],
  });
  return outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents, { level: constants.Z_BEST_COMPRESSION }).length, 0);
}
