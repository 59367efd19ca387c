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

const sources = ['apps/*/src/**/*', 'packages/*/src/**/*', 'apps/consumer/connector-libraries.mjs', 'pnpm-lock.yaml'];
const isTest = /\.test\.ts$|\/(testing|golden|wire-cases)\//;
const LENGTH = 12;

/** 12 hex digits; `publicUrl` is where callers reach the engine. */
export function releaseOf(project: string, wanted: Wanted, publicUrl: string): string {
  const hash = createHash('sha256').update(publicUrl);
  for (const role of roles) hash.update(wanted.workers[role].settled);
  for (const file of filesOf(project)) hash.update(`\0${file}\0`).update(readFileSync(join(project, file)));
  return hash.digest('hex').slice(0, LENGTH);
}

function filesOf(project: string): readonly string[] {
  return globSync(sources, { cwd: project, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(project.length + 1))
    .filter((file) => !isTest.test(file))
    .sort();
}
