/**
 * Does every document of the corpus go through in the memory of a Worker?
 *
 * Each runs in a Node of its own with a heap of 100 MB (an isolate has 128 MB for everything): read,
 * model, analysis, connector. Prints a table; fails when one of them did not make it.
 *
 *   node scripts/memory-check.ts [FILE …]
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { analyze, generateConnector, readModel } from '../src/index.ts';

const HEAP_MEGABYTES = 100;
const corpus = new URL('../../../../shared/corpus/', import.meta.url);
const [mode, file] = process.argv.slice(2);

if (mode === '--one' && file !== undefined) runOne(file);
else runAll(process.argv.slice(2));

function runAll(named: readonly string[]): void {
  if (named.length === 0 && !existsSync(corpus)) {
    console.error(`The corpus is missing: ${fileURLToPath(corpus)}`);
    process.exitCode = 1;
    return;
  }
  const files =
    named.length > 0
      ? named
      : readdirSync(corpus)
          .filter((name) => /\.(json|yaml|graphql)$/.test(name))
          .map((name) => fileURLToPath(new URL(name, corpus)));
  console.log('specification                     tools   analysis kB  connector kB   ms   heap at end MB');
  for (const path of files) {
    const child = spawnSync(process.execPath, [`--max-old-space-size=${HEAP_MEGABYTES}`, fileURLToPath(import.meta.url), '--one', path], {
      encoding: 'utf8',
    });
    console.log(`${basename(path).padEnd(32)} ${child.status === 0 ? child.stdout.trim() : 'OUT OF MEMORY'}`);
    if (child.status !== 0) process.exitCode = 1;
  }
}

/** The steps one after the other, as two jobs would run them: nothing of the analysis is kept for the connector. */
function runOne(path: string): void {
  const started = performance.now();
  const model = modelOf(path);
  if (model === null) return;
  const analysisLength = JSON.stringify(analyze(model)).length;
  const connector = generateConnector(model, { name: 'memory check', language: 'typescript', runtime: 'cloudflare-workers' });
  const length = connector.ok ? JSON.stringify(connector.value).length : 0;
  const tools = connector.ok ? connector.value.tools.length : 0;
  const heap = process.memoryUsage().heapUsed / 1024 / 1024;
  const columns = [
    tools,
    Math.round(analysisLength / 1024),
    Math.round(length / 1024),
    Math.round(performance.now() - started),
    Math.round(heap),
  ];
  console.log(columns.map((column, index) => String(column).padStart([6, 14, 13, 6, 10][index] ?? 8)).join(' '));
}

function modelOf(path: string): Parameters<typeof analyze>[0] | null {
  const format = path.endsWith('.json') ? 'json' : path.endsWith('.yaml') ? 'yaml' : 'graphql';
  const model = readModel({ text: readFileSync(path, 'utf8'), specType: format === 'graphql' ? 'graphql' : 'openapi', format });
  if (model.ok) return model.value;
  console.log(model.error.message);
  return null;
}
