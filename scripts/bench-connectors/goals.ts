/** What the figures of this project's connectors must stay within, by the name of the specification. */
import type { Figures } from './figures.ts';

/** As wrangler counts: 1,024 bytes. */
export const KILOBYTE = 1024;

type Bounded = 'generationMs' | 'heapMegabytes' | 'typeCheckMs' | 'callMs' | 'runtimeBytes';
export type Goals = Readonly<Partial<Record<Bounded, number>>>;

const ofSpecification: Readonly<Record<string, Goals>> = {
  'github.json': { generationMs: 300, typeCheckMs: 3_000, callMs: 5 },
  'msgraph.json': { generationMs: 3_000 },
};

/** The runtime is the same whatever it serves, and so is the Worker that makes it. */
export const goalsOf = (specification: string): Goals => ({
  heapMegabytes: 128,
  runtimeBytes: 90 * KILOBYTE,
  ...ofSpecification[specification],
});

/** A figure that is beyond its goal, or that could not be had. */
export function misses(figures: Figures, goal: Goals, what: Bounded): boolean {
  const most = goal[what];
  const figure = figures[what];
  return most !== undefined && figure !== undefined && (figure === null || figure > most);
}
