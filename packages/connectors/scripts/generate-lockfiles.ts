/**
 * Writes `src/languages/typescript/lockfiles.generated.ts`: what npm installs for a connector, per runtime.
 *
 * A lockfile depends on the dependencies alone, so npm is asked once, here, and every connector gets its
 * answer. Where a package comes from is left out: npm then takes it from the registry of whoever installs,
 * and the integrity hash says whether it is the same. A registry may lack the binaries of other platforms;
 * npm refuses a lockfile without them, so they are named without a hash. `--check` needs no network: it fails when a target
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
const packageSchema = z.looseObject({
  resolved: z.string().optional(),
  dev: z.boolean().optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
});
type LockedPackage = z.infer<typeof packageSchema>;
const lockSchema = z.looseObject({ packages: z.record(z.string(), packageSchema) });

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
  const packages = Object.entries({ ...lock.packages, ...missingPlatforms(lock.packages) })
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([path, { resolved: _where, ...entry }]) => [path, path === '' ? withoutName(entry) : entry]);
  return { ...lock, packages: Object.fromEntries(packages) };
}

/** Optional binaries that npm did not find, told apart by the platform in their names, such as `workerd-darwin-arm64`. */
function missingPlatforms(packages: Readonly<Record<string, LockedPackage>>): Record<string, LockedPackage> {
  const missing = Object.values(packages).flatMap(({ dev, optionalDependencies = {} }) =>
    Object.entries(optionalDependencies).flatMap(([name, version]): [string, LockedPackage][] => {
      const path = `node_modules/${name}`;
      if (Object.hasOwn(packages, path)) return [];
      const [, os, cpu] = /-(darwin|windows)-(arm64|64)$/.exec(name) ?? [];
      if (os === undefined || cpu === undefined) throw new Error(`npm locked no ${name}.`);
      const platform = { os: [os === 'windows' ? 'win32' : os], cpu: [cpu === '64' ? 'x64' : cpu] };
      return [[path, { version, ...(dev === undefined ? {} : { dev }), optional: true, ...platform }]];
    }),
  );
  return Object.fromEntries(missing);
}

function withoutName(entry: unknown): unknown {
  const { name: _, ...rest } = z.looseObject({ name: z.string() }).parse(entry);
  return rest;
}
