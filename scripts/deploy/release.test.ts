import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { releaseOf, sourcesOf } from './release.ts';
import { configurationFiles, readWanted, roles, type Wanted } from './wanted.ts';

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = mkdtempSync(join(tmpdir(), 'mcpoverflow-release-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const folders = { agent: 'embedded-agent', consumer: 'consumer', api: 'api' } as const;

/** The release of a checkout in a folder of its own. */
function releaseIn(name: string, files: Readonly<Record<string, string>>, url = 'https://engine.example.com'): string {
  const place = join(folder, name);
  for (const file of Object.values(configurationFiles)) cpSync(join(project, file), join(place, file));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(place, file)), { recursive: true });
    writeFileSync(join(place, file), text);
  }
  return releaseOf(place, wantedIn(place), url);
}

function wantedIn(place: string): Wanted {
  const wanted = readWanted(place, 'staging');
  if (!wanted.ok) throw new Error(wanted.error);
  return wanted.value;
}

test('the same sources and settings are the same release, wherever they lie', () => {
  const files = { 'apps/api/src/worker.ts': 'export {};\n' };
  const release = releaseIn('one', files);
  expect(release).toMatch(/^[0-9a-f]{12}$/);
  expect(releaseIn('another-place', files)).toBe(release);
  expect(releaseIn('with-tests', { ...files, 'apps/api/src/worker.test.ts': 'test();\n' })).toBe(release);
});

test('the release is the same wherever one stands', () => {
  const files = { 'apps/api/src/worker.ts': 'export {};\n' };
  const release = releaseIn('stood-in', files);
  const stoodIn = process.cwd();
  process.chdir(join(folder, 'stood-in', 'apps'));
  onTestFinished(() => process.chdir(stoodIn));
  expect(releaseIn('stood-in', files)).toBe(release);
});

test('another source, dependency or address is another release', () => {
  const files = { 'apps/api/src/worker.ts': 'export {};\n' };
  const release = releaseIn('base', files);
  const others = [
    releaseIn('source', { 'apps/api/src/worker.ts': 'export const changed = true;\n' }),
    releaseIn('wire-case', { ...files, 'packages/connectors/src/wire-cases/slots.ts': 'export {};\n' }),
    releaseIn('package', { ...files, 'apps/api/package.json': '{ "version": "2" }\n' }),
    releaseIn('compiler', { ...files, 'tsconfig.base.json': '{}\n' }),
    releaseIn('dependency', { ...files, 'pnpm-lock.yaml': 'lockfileVersion: 9\n' }),
    releaseIn('address', files, 'https://other.example.com'),
  ];
  expect(new Set([release, ...others]).size).toBe(others.length + 1);
});

test.each(roles)('everything that the %s is bundled from is part of the release', async (role) => {
  const { metafile } = await build({
    absWorkingDir: project,
    entryPoints: [`apps/${folders[role]}/src/worker.ts`],
    bundle: true,
    write: false,
    outdir: folder,
    metafile: true,
    format: 'esm',
    conditions: ['workerd', 'worker', 'browser'],
    // The text is made from the lockfile by a script that is part of the release.
    external: ['node:*', 'cloudflare:*', '*.txt'],
  });
  const bundled = Object.values(metafile.outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([file, { bytesInOutput }]) => bytesInOutput > 0 && !file.includes('node_modules/'))
    .map(([file]) => file);
  expect(bundled.length).toBeGreaterThan(0);
  const hashed = new Set(sourcesOf(project));
  expect(bundled.filter((file) => !hashed.has(file))).toEqual([]);
});
