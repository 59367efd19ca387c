/**
 * The real openhands-agent-server, installed from PyPI into a virtual environment that is kept outside of the
 * repository, one for each version and list of packages. It is made in a temporary folder and moved into
 * place whole, so what lies there is complete, and two tests that install at once do not disturb each other.
 */
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const UV_VERSION = '0.13.9';
const STEP_WITHIN_MS = 5 * 60_000;
const requirements = new URL('../openhands/requirements.txt', import.meta.url);
const run = promisify(execFile);

/** Python 3.12 or newer that can make virtual environments; undefined where the machine has none. */
export function findPython(): string | undefined {
  const isFit = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))';
  // The packages' list was made on 3.12; on a newer Python one of them may not be there yet.
  return ['python3.12', 'python3.13', 'python3.14', ...pyenvPythons(), 'python3'].find(
    (python) => spawnSync(python, ['-c', isFit], { stdio: 'ignore', timeout: 30_000 }).status === 0,
  );
}

/** pyenv's Pythons are reached by their paths: its commands on PATH refuse a version that nobody chose. */
function pyenvPythons(): string[] {
  const folder = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions');
  const versions = existsSync(folder) ? readdirSync(folder).filter((name) => /^3\.(1[2-9]|[2-9]\d)(\.\d+)?$/.test(name)) : [];
  return versions.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).map((version) => join(folder, version, 'bin', 'python'));
}

/** The Python that runs that version of the server, installed with `python` unless it is there. Rejects with pip's words. */
export async function installAgentServer(version: string, python: string): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mcpoverflow', 'openhands');
  const hash = createHash('sha256')
    .update(`${UV_VERSION}\n${readFileSync(requirements, 'utf8')}`)
    .digest('hex')
    .slice(0, 12);
  const folder = join(cache, `${version}-${hash}`);
  const installed = join(folder, 'bin', 'python');
  if (existsSync(installed)) return installed;
  mkdirSync(cache, { recursive: true });
  const building = mkdtempSync(join(cache, 'building-'));
  try {
    const own = join(building, 'bin', 'python');
    await run(python, ['-m', 'venv', building], { timeout: STEP_WITHIN_MS });
    await run(own, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `uv==${UV_VERSION}`], { timeout: STEP_WITHIN_MS });
    const packages = ['agent-server', 'sdk', 'tools'].map((name) => `openhands-${name}==${version}`);
    await run(
      join(building, 'bin', 'uv'),
      ['pip', 'install', '--quiet', '--python', own, '--no-deps', '--requirements', requirements.pathname, ...packages],
      { timeout: STEP_WITHIN_MS },
    );
    // What lies there now and cannot be run has lost the Python that it was made with.
    if (!existsSync(installed)) rmSync(folder, { recursive: true, force: true });
    renameSync(building, folder);
  } catch (error) {
    if (!existsSync(installed)) throw error;
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  return installed;
}
