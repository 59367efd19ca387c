/**
 * Does every document of the corpus go through in the memory of a Worker?
 *
 * Each runs in a Node of its own with a heap of 100 MB (an isolate has 128 MB for everything): read, model,
 * analysis, a connector in each language. Prints a table; fails when one of them did not make it.
 *
 *   node scripts/memory-check.ts [FILE …]
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ApiModel, analyze, generateConnector, readModel } from '../src/index.ts';
import { languages } from '../src/languages/index.ts';

const HEAP_MEGABYTES = 100;
const corpus = new URL('../../../../shared/corpus/', import.meta.url);
const columns = [
  'read ms',
  'analysis ms',
  'kB',
  ...Object.keys(languages).flatMap((language) => [`${language} ms`, 'kB']),
  'heap at end MB',
];
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
  console.log(`${'specification'.padEnd(32)}${columns.map((column) => column.padStart(widthOf(column))).join('')}`);
  for (const path of files) {
    const child = spawnSync(process.execPath, [`--max-old-space-size=${HEAP_MEGABYTES}`, fileURLToPath(import.meta.url), '--one', path], {
      encoding: 'utf8',
    });
    const fault = /heap out of memory/i.test(child.stderr)
      ? 'OUT OF MEMORY'
      : `FAILED: ${child.stderr.match(/^\w*Error.*$/m)?.[0] ?? child.signal}`;
    console.log(`${basename(path).padEnd(32)}${child.status === 0 ? child.stdout.trimEnd() : `  ${fault}`}`);
    if (child.status !== 0) process.exitCode = 1;
  }
}

/** The steps one after the other, as jobs would run them: nothing of one is kept for the next. */
function runOne(path: string): void {
  const read = timed(() => modelOf(path));
  const model = read.value;
  if (model === null) return;
  const analysis = timed(() => JSON.stringify(analyze(model)).length);
  const connectors = Object.values(languages).map(({ language }) => timed(() => connectorLength(model, language)));
  const figures = [
    read.ms,
    ...[analysis, ...connectors].flatMap(({ ms, value }) => [ms, value / 1024]),
    process.memoryUsage().heapUsed / 1024 / 1024,
  ];
  console.log(
    figures
      .map((figure, index) =>
        Math.round(figure)
          .toString()
          .padStart(widthOf(columns[index] ?? '')),
      )
      .join(''),
  );
}

function widthOf(column: string): number {
  return Math.max(column.length, 5) + 2;
}

function timed<Value>(work: () => Value): { readonly value: Value; readonly ms: number } {
  const started = performance.now();
  const value = work();
  return { value, ms: performance.now() - started };
}

function connectorLength(model: ApiModel, language: keyof typeof languages): number {
  const connector = generateConnector(model, { name: 'memory check', language, runtime: 'docker' });
  return connector.ok ? JSON.stringify(connector.value).length : 0;
}

function modelOf(path: string): ApiModel | null {
  const format = path.endsWith('.json') ? 'json' : path.endsWith('.yaml') ? 'yaml' : 'graphql';
  const model = readModel({ text: () => readFileSync(path, 'utf8'), specType: format === 'graphql' ? 'graphql' : 'openapi', format });
  if (model.ok) return model.value;
  console.log(`  ${model.error.message}`);
  return null;
}
