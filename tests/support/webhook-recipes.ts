/**
 * The receivers of `examples/webhook-receiver` as a reader of `docs/webhooks.md` runs them: each a process
 * in its own language, with the library that its lockfile pins.
 *
 * Python's library goes into a virtual environment in the user's cache folder, once for each version of
 * the requirements; Go keeps what it downloads and builds in its own caches. TypeScript's library is the
 * one this folder's `node_modules` holds. A machine may lack a toolchain, or the way to a registry; each
 * recipe says what it misses.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from './engine.ts';

const here = dirname(fileURLToPath(import.meta.url));
const examples = join(here, '../../examples/webhook-receiver');
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mcpoverflow', 'webhook-recipes');
const EVENT_MS = 60_000;
/** For one call of a tool, a download or a first build included. */
const TOOL_MS = 180_000;
const execute = promisify(execFile);

interface Command {
  readonly file: string;
  readonly arguments: readonly string[];
}

export interface Recipe {
  readonly language: string;
  /** What this machine cannot come by, in words that name it; undefined when the recipe can be run. Fetches the library. */
  whatIsMissing(): Promise<string | undefined>;
  /** Makes the recipe runnable within an empty folder and says how to start it. Rejects with what the tool said. */
  prepare(folder: string): Promise<Command>;
}

const runTool = (file: string, parameters: readonly string[], cwd = here) => execute(file, parameters, { cwd, timeout: TOOL_MS });

/** Does something that may be impossible on this machine: what it lacks then, with the tool's last words. */
async function lacks(what: string, attempt: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt();
    return undefined;
  } catch (error) {
    return `${what} (${String(error).trim().split('\n').at(-1)})`;
  }
}

const typescript: Recipe = {
  language: 'TypeScript',
  whatIsMissing: () => Promise.resolve(undefined),
  async prepare(folder) {
    // A copy, because beside the original its library would have to be installed anew.
    cpSync(join(examples, 'typescript'), folder, { recursive: true, filter: (path) => !path.endsWith('node_modules') });
    symlinkSync(join(here, '../node_modules'), join(folder, 'node_modules'));
    return { file: join(here, '../../node_modules/node/bin/node'), arguments: [join(folder, 'receiver.ts')] };
  },
};

const requirements = join(examples, 'python', 'requirements.txt');
const python: Recipe = {
  language: 'Python',
  whatIsMissing: async () =>
    (await lacks('python3, 3.9 or newer, with venv', () =>
      runTool('python3', ['-c', 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 9))']),
    )) ?? lacks('the Python library', installPythonLibrary),
  async prepare() {
    return { file: join(await pythonEnvironment(), 'bin', 'python'), arguments: [join(examples, 'python', 'receiver.py')] };
  },
};

async function pythonEnvironment(): Promise<string> {
  const { stdout: version } = await runTool('python3', ['--version']);
  const wanted = createHash('sha256').update(version).update(readFileSync(requirements)).digest('hex');
  return join(cache, `python-${wanted.slice(0, 16)}`);
}

/** The environment appears whole or not at all: another checkout may make the same one at this moment. */
async function installPythonLibrary(): Promise<void> {
  const environment = await pythonEnvironment();
  if (existsSync(environment)) return;
  mkdirSync(cache, { recursive: true });
  const draft = mkdtempSync(`${environment}-`);
  try {
    await runTool('python3', ['-m', 'venv', draft]);
    await runTool(join(draft, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--require-hashes', '--requirement', requirements]);
    renameSync(draft, environment);
  } catch (error) {
    if (!existsSync(environment)) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

const goModule = join(examples, 'go');
const go: Recipe = {
  language: 'Go',
  whatIsMissing: async () =>
    (await lacks('go, 1.22 or newer', async () => {
      const { stdout: version } = await runTool('go', ['version']);
      const [, minor = '0'] = /^go version go1\.(\d+)/.exec(version) ?? [];
      if (Number(minor) < 22) throw new Error(version);
    })) ?? lacks('the Go library', () => runTool('go', ['mod', 'download'], goModule)),
  async prepare(folder) {
    const binary = join(folder, 'receiver');
    await runTool('go', ['build', '-mod=readonly', '-o', binary, '.'], goModule);
    return { file: binary, arguments: [] };
  },
};

export const recipes: readonly Recipe[] = [typescript, python, go];

export interface RunningRecipe extends AsyncDisposable {
  readonly url: string;
  /** The events it has printed, each its `webhook-id`, a space and the body. */
  readonly events: readonly string[];
  /** The first printed event that begins so, waiting for it. Rejects with everything printed when it does not come. */
  event(prefix: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a recipe with this secret and returns once it listens. */
export async function startRecipe(recipe: Recipe, secret: string): Promise<RunningRecipe> {
  const folder = mkdtempSync(join(tmpdir(), 'webhook-recipe-'));
  try {
    const command = await recipe.prepare(folder);
    const port = await freePort();
    const child = spawn(command.file, command.arguments, {
      env: { PATH: process.env.PATH, PORT: String(port), WEBHOOK_SECRET: secret },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return await whenListening(child, `http://127.0.0.1:${port}`, folder);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function whenListening(child: ChildProcess, url: string, folder: string): Promise<RunningRecipe> {
  const lines: string[] = [];
  const complaints: string[] = [];
  const listeners = new Set<() => void>();
  const look = (): void => {
    for (const listener of [...listeners]) listener();
  };
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      look();
    });
  }
  if (child.stderr !== null) createInterface({ input: child.stderr }).on('line', (line) => complaints.push(line));
  child.once('close', look);
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;

  const line = (prefix: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        listeners.delete(check);
        settle();
      };
      const refuse = (why: string): void =>
        finish(() => reject(new Error(`${why} "${prefix}". It printed:\n${[...lines, ...complaints].join('\n')}`)));
      const check = (): void => {
        const found = lines.find((printed) => printed.startsWith(prefix));
        if (found !== undefined) finish(() => resolve(found));
        else if (hasEnded()) refuse('The receiver ended without printing');
      };
      const timer = setTimeout(() => refuse(`Within ${EVENT_MS} ms the receiver did not print`), EVENT_MS);
      listeners.add(check);
      check();
    });

  const stop = async (): Promise<void> => {
    if (!hasEnded()) {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await line(`Listening on ${url}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, events: lines, event: line, stop, [Symbol.asyncDispose]: stop };
}
