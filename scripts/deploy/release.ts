/**
 * Which release a checkout is: a hash of everything that the three Workers are made of. The same sources and settings
 * are the same release on every machine, so a deployment knows what is there already.
 *
 * Sources are hashed, not bundles: building three bundles to learn that nothing changed takes longer than anything else
 * a second run does. The price: a changed comment is another release.
 */
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { roles, type Wanted } from './wanted.ts';

const sources = [
  '{apps,packages}/*/src/**/*',
  // Bundlers read them, too: which file a package's name leads to, and how TypeScript is to be taken.
  '{apps,packages}/*/{package,tsconfig}.json',
  'tsconfig.base.json',
  'apps/consumer/connector-libraries.mjs',
  'pnpm-lock.yaml',
];
const isTest = /\.test\.ts$|\/testing\//;
const LENGTH = 12;

/** 12 hex digits; `publicUrl` is where callers reach the engine. */
export function releaseOf(project: string, wanted: Wanted, publicUrl: string): string {
  const hash = createHash('sha256').update(publicUrl);
  for (const role of roles) hash.update(wanted.workers[role].settled);
  for (const file of sourcesOf(project)) hash.update(`\0${file}\0`).update(readFileSync(join(project, file)));
  return hash.digest('hex').slice(0, LENGTH);
}

/** What the Workers are bundled from, libraries apart; relative to the project. The lockfile stands for those. */
export function sourcesOf(project: string): readonly string[] {
  return globSync(sources, { cwd: project, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(project.length + 1))
    .filter((file) => !isTest.test(file))
    .sort();
}
