/**
 * Packages that tests run but that are not this project's: tools of others, and what generated connectors
 * ask for. They are installed once each into the user's cache folder, by the exact versions asked for.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mcpoverflow', 'npm-packages');
const nodeFolder = join(dirname(fileURLToPath(import.meta.url)), '../../node_modules/node/bin');

/** Node as the project brings it along, for what is started. */
export const environment = { ...process.env, PATH: `${nodeFolder}:${process.env.PATH ?? ''}` };

/** The folder of packages by name and exact version. Throws when npm cannot install them. */
export function installedPackages(dependencies: Readonly<Record<string, string>>): string {
  const manifest = JSON.stringify({ private: true, dependencies });
  return installed([{ path: 'package.json', content: manifest }], ['install']);
}

/** The folder in which `npm ci` took what a connector's manifest and lockfile say. */
export function installedConnector(files: readonly { readonly path: string; readonly content: string }[]): string {
  const wanted = files.filter(({ path }) => path === 'package.json' || path === 'package-lock.json');
  return installed(wanted, ['ci']);
}

/** Installs beside and moves: a folder that is there is complete. */
function installed(files: readonly { readonly path: string; readonly content: string }[], command: readonly string[]): string {
  const key = createHash('sha256')
    .update(JSON.stringify([process.platform, process.arch, files]))
    .digest('hex')
    .slice(0, 16);
  const folder = join(cache, key);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const beside = mkdtempSync(`${folder}-`);
  for (const { path, content } of files) writeFileSync(join(beside, path), content);
  const npm = spawnSync('npm', [...command, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: beside,
    env: environment,
    encoding: 'utf8',
    timeout: 240_000,
  });
  if (npm.status !== 0) {
    rmSync(beside, { recursive: true });
    throw new Error(`npm ${command.join(' ')} failed: ${npm.stderr}`);
  }
  if (existsSync(folder)) rmSync(beside, { recursive: true });
  else renameSync(beside, folder);
  return folder;
}
