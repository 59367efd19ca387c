/**
 * Writes `src/languages/typescript/lockfiles.generated.ts`: what npm installs for a connector, per runtime.
 *
 * A lockfile depends on the dependencies alone, so npm is asked once, here, and every connector gets its
 * answer. Where a package comes from is left out: npm then takes it from the registry of whoever installs,
 * and the integrity hash says whether it is the same. `--check` needs no network: it fails when a target
 * asks for other packages than its lockfile was made for.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { runtimes } from '@mcpoverflow/types';
import * as z from 'zod';
import { manifest } from '../src/languages/typescript/manifest.ts';
import { targets } from '../src/languages/typescript/targets.ts';

const output = new URL('../src/languages/typescript/lockfiles.generated.ts', import.meta.url);
const lockSchema = z.looseObject({ packages: z.record(z.string(), z.looseObject({ resolved: z.string().optional() })) });

if (process.argv.includes('--check')) await check();
else writeFileSync(output, moduleText());

async function check(): Promise<void> {
  const { lockfiles } = await import(output.href);
  for (const runtime of runtimes) {
    const { dependencies, devDependencies } = targets[runtime];
    const locked = lockSchema.parse(lockfiles[runtime]).packages[''];
    if (isDeepStrictEqual(locked?.dependencies, dependencies) && isDeepStrictEqual(locked?.devDependencies, devDependencies)) continue;
    console.error(`The lockfile for ${runtime} has drifted: run node scripts/generate-lockfiles.ts in packages/connectors.`);
    process.exitCode = 1;
  }
}

function moduleText(): string {
  const lockfiles = Object.fromEntries(runtimes.map((runtime) => [runtime, lockfileOf(runtime)]));
  return `// Written by scripts/generate-lockfiles.ts; do not edit.
import type { Runtime } from '@mcpoverflow/types';

type Packages = { readonly '': object; readonly [path: string]: object };
type Lockfile = { readonly version: string; readonly lockfileVersion: number; readonly requires: boolean; readonly packages: Packages };

export const lockfiles: Readonly<Record<Runtime, Lockfile>> = ${JSON.stringify(lockfiles)};
`;
}

function lockfileOf(runtime: (typeof runtimes)[number]): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'lockfile-'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest('connector', targets[runtime])));
  const npm = spawnSync('npm', ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (npm.status !== 0) throw new Error(`npm made no lockfile for ${runtime}.`);
  const { name: _, ...lock } = lockSchema.parse(JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')));
  rmSync(folder, { recursive: true });
  const packages = Object.entries(lock.packages).map(([path, { resolved: _where, ...entry }]) => [path, entry]);
  return { ...lock, packages: Object.fromEntries(packages.map(([path, entry]) => [path, path === '' ? withoutName(entry) : entry])) };
}

function withoutName(entry: unknown): unknown {
  const { name: _, ...rest } = z.looseObject({ name: z.string() }).parse(entry);
  return rest;
}
