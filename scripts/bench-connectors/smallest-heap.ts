/**
 * How much heap the engine's Workers need for a specification, where they really run: in workerd. It tells nobody what
 * its heap holds, so some bounds are tried, each in a fresh process, and halved between the one that is too small and the
 * one that is not.
 */
import { join } from 'node:path';
import { run } from './child.ts';

/** Where wrangler's build commands are at home. */
const project = join(import.meta.dirname, '../..');
/** On a busy machine a Worker that has hardly any room left is slow, but not too small. */
const TIMEOUT_MS = 300_000;
/** Of V8's heap, young and old; Cloudflare's bound is the last. */
const tried = [32, 48, 64, 80, 96, 112, 128];

/** Megabytes for each Worker of a whole job, analysed, generated and verified; null when it does not fit at all. */
export async function smallestHeap(specification: URL): Promise<number | null> {
  let [tooSmall, fits] = [-1, tried.length];
  while (fits - tooSmall > 1) {
    const middle = Math.floor((tooSmall + fits) / 2);
    const job = [join(import.meta.dirname, 'job-in-heap.ts'), specification.href, String(tried[middle])];
    if ((await run(process.execPath, job, project, TIMEOUT_MS)).ok) fits = middle;
    else tooSmall = middle;
  }
  return tried[fits] ?? null;
}
