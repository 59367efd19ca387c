/**
 * `npm run bench:connectors [FILE …]`: figures of connectors on this machine, ours and those of other generators side
 * by side. Without files: some of the corpus, small to very large.
 */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { corpus } from '../../tests/support/specifications.ts';
import type { Figures } from './figures.ts';
import { measureOwn } from './own.ts';
import { peers } from './peers.ts';

const usual = ['petstore.yaml', 'stripe.json', 'github.json', 'kubernetes.swagger2.json', 'msgraph.json'].map(
  (name) => new URL(name, corpus),
);
const named = process.argv.slice(2).map((path) => pathToFileURL(path));
const files = (named.length > 0 ? named : usual).filter((file) => existsSync(file));
if (files.length === 0) {
  console.error('There is no specification to measure: name files.');
  process.exit(1);
}

const columns = ['generate ms', 'tsc ms', 'tools', 'list tokens', 'faulty tools', 'call p50 ms', 'runtime KB gz', 'data KB gz'];
console.log(
  'Goals: GitHub generated within 300 ms, tsc within 3,000 ms, a call within 5 ms, runtime within 90 KB; MS Graph within 3,000 ms.',
);
for (const file of files) {
  console.log(`\n${basename(fileURLToPath(file))}`);
  console.log(`  ${''.padEnd(36)}${columns.map((column) => column.padStart(14)).join('')}`);
  print('ours', await measureOwn(file, 'auto'));
  print('ours, as a list of tools', await measureOwn(file, 'list'));
  for (const peer of peers) print(peer.name, await peer.measure(fileURLToPath(file)));
}

function print(name: string, { generationMs, typeCheckMs, list, callMs, runtimeBytes, dataBytes, fault }: Figures): void {
  const kilobytes = (bytes: number | undefined): number | undefined => (bytes === undefined ? undefined : bytes / 1024);
  const listed = list === undefined ? [undefined, undefined, undefined] : [list?.tools ?? null, list?.tokens ?? null, list?.faults ?? null];
  const figures = [generationMs, typeCheckMs, ...listed, callMs, kilobytes(runtimeBytes), kilobytes(dataBytes)];
  console.log(`  ${name.padEnd(36)}${figures.map(written).join('')}${fault === undefined ? '' : `  ${fault.slice(0, 80)}`}`);
}

/** A figure that could not be had is a failure; one that does not exist is a dash. */
function written(figure: number | null | undefined): string {
  const text =
    figure === undefined ? '–' : figure === null ? 'fails' : figure.toLocaleString('en', { maximumFractionDigits: figure < 100 ? 1 : 0 });
  return text.padStart(14);
}
