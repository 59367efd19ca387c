/**
 * Generates a connector from a text, reading it included, and prints three times in milliseconds: of the first round on
 * the clock, and of later ones, their medians, on the clock and of processor time: `node generate.ts URL MODE`. The rounds
 * between warm the process up: half of the first is spent on compiling this code, which an engine that runs does once.
 */
import { readFileSync } from 'node:fs';
import { connectorOf, modelOf } from '../../tests/support/specifications.ts';

const WARMING_ROUNDS = 4;
const ROUNDS = 9;

const [address = '', mode = 'auto'] = process.argv.slice(2);
const specification = new URL(address);
const text = readFileSync(specification, 'utf8');
const [first, ...later] = Array.from({ length: WARMING_ROUNDS + ROUNDS }, generate);
const warm = later.slice(WARMING_ROUNDS - 1);
console.log([first?.ms, median(warm.map(({ ms }) => ms)), median(warm.map(({ cpuMs }) => cpuMs))].join(' '));

function generate(): { readonly ms: number; readonly cpuMs: number } {
  const started = performance.now();
  const before = process.cpuUsage();
  connectorOf(modelOf(specification, text), { runtime: 'cloudflare-workers', customizations: { mode } });
  const ms = performance.now() - started;
  const { user, system } = process.cpuUsage(before);
  return { ms, cpuMs: (user + system) / 1000 };
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}
