/**
 * `npm run bench:connectors [FILE …]`: figures of connectors on this machine, ours and those of other generators side
 * by side. Without files: some of the corpus, small to very large. A figure of ours beyond its goal has a mark and is
 * named again at the end; it fails nothing, because times are those of a machine that may have other work.
 */
import { existsSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { basename } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { corpus } from '../../tests/support/specifications.ts';
import { TIMEOUT_MS } from './child.ts';
import type { Figures } from './figures.ts';
import { type Goals, goalsOf, KILOBYTE, misses } from './goals.ts';
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

/** What is measured, in the order of the columns. `goal` names the figure that may have one. */
const columns = [
  { title: 'first ms', of: ({ firstMs }: Figures) => firstMs },
  { title: 'warm ms', goal: 'generationMs', of: ({ generationMs }: Figures) => generationMs },
  { title: 'CPU ms', of: ({ generationCpuMs }: Figures) => generationCpuMs },
  { title: 'heap MB', goal: 'heapMegabytes', of: ({ heapMegabytes }: Figures) => heapMegabytes },
  { title: 'tsc ms', goal: 'typeCheckMs', of: ({ typeCheckMs }: Figures) => typeCheckMs },
  { title: 'tools', of: ({ list }: Figures) => (list === undefined ? undefined : (list?.tools ?? null)) },
  { title: 'list tokens', of: ({ list }: Figures) => (list === undefined ? undefined : (list?.tokens ?? null)) },
  { title: 'faulty tools', of: ({ list }: Figures) => (list === undefined ? undefined : (list?.faults ?? null)) },
  { title: 'call p50 ms', goal: 'callMs', of: ({ callMs }: Figures) => callMs },
  { title: 'runtime KB gz', goal: 'runtimeBytes', of: ({ runtimeBytes }: Figures) => kilobytes(runtimeBytes) },
  { title: 'data KB gz', of: ({ dataBytes }: Figures) => kilobytes(dataBytes) },
] as const;
const missed: string[] = [];

console.log(
  'Goals: GitHub generated within 300 ms, tsc within 3,000 ms, a call within 5 ms, runtime within 90 KB; MS Graph within 3,000 ms; Workers within a heap of 128 MB.',
);
console.log('KB are 1,024 bytes, and ! marks a figure of ours that is beyond its goal.');
console.log(
  `Times are wall time: first ms and warm ms from the text to the connector, in a process that has just begun and in one that has done so before, CPU ms of the latter. This machine has ${availableParallelism()} cores and a load of ${(loadavg()[0] ?? 0).toFixed(1)}.`,
);
console.log(
  `A specification takes some minutes, most of them in other generators and their compilers; whatever needs more than ${TIMEOUT_MS / 1000} s has failed.`,
);
for (const file of files) {
  const name = basename(fileURLToPath(file));
  console.log(`\n${name}`);
  console.log(`  ${''.padEnd(36)}${columns.map(({ title }) => title.padStart(15)).join('')}`);
  const goal = goalsOf(name);
  printOwn(name, 'ours', await measureOwn(file, 'auto'), goal);
  printOwn(name, 'ours, as a list of tools', await measureOwn(file, 'list'), goal);
  for (const peer of peers) print(peer.name, await peer.measure(fileURLToPath(file)), {});
}
console.log(missed.length === 0 ? '\nAll figures are within their goals.' : `\nBeyond their goals: ${missed.join('; ')}.`);

function printOwn(specification: string, name: string, figures: Figures, goal: Goals): void {
  print(name, figures, goal);
  for (const column of columns)
    if ('goal' in column && misses(figures, goal, column.goal)) missed.push(`${specification}, ${name}: ${column.title}`);
}

function print(name: string, figures: Figures, goal: Goals): void {
  const cells = columns.map((column) => {
    const mark = 'goal' in column && misses(figures, goal, column.goal) ? '!' : ' ';
    return `${written(column.of(figures))}${mark}`;
  });
  console.log(`  ${name.padEnd(36)}${cells.join('')}${figures.fault === undefined ? '' : `  ${figures.fault.slice(0, 80)}`}`);
}

function kilobytes(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : bytes / KILOBYTE;
}

/** A figure that could not be had is a failure; one that does not exist is a dash. */
function written(figure: number | null | undefined): string {
  const text =
    figure === undefined ? '–' : figure === null ? 'fails' : figure.toLocaleString('en', { maximumFractionDigits: figure < 100 ? 1 : 0 });
  return text.padStart(14);
}
