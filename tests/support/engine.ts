/**
 * The real engine for a black-box test: `npm start` as a stranger types it, on a port and in a state
 * folder of its own. Nothing is replaced, so what a test sees is what an operator sees; the price is a
 * few seconds per engine, so one file shares one where it can.
 *
 * @example
 * await using engine = await startEngine({ env: { RETRY_BASE_SECONDS: '0.1' } });
 * const answer = await engine.fetch('/health');
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type LockRecord, readLock } from '../../scripts/start/lock.ts';
import { operatorVariables } from '../../scripts/start/operator-variables.ts';
import { endGroup, groupMembers, send } from '../../scripts/start/process-group.ts';
import { isAlive } from '../../scripts/start/process-table.ts';

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const START_WITHIN_MS = 120_000;

export interface EngineOptions {
  /** The folder of the release to start: this one when it is left out. */
  readonly project?: string;
  readonly port?: number;
  /** Kept when given; otherwise a temporary folder that is removed at the end. */
  readonly stateDir?: string;
  /** Operator variables. Those of the person who runs the tests are never passed on. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * What can be killed. `tree` is everything at once, supervisor included; `workerd` is the process that
 * runs the Workers, not the one that listens for wrangler.
 */
export type Victim = 'tree' | 'npm' | 'supervisor' | 'wrangler' | 'workerd';

export interface Engine extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly stateDir: string;
  /** Fetches an address of the engine, for example `/health`. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Every line printed so far, over all restarts. */
  logs(): readonly string[];
  /** The first line at or after `from` (an index into `logs()`) that matches, waiting for it at most `withinMs`. */
  waitForLog(pattern: RegExp, from?: number, withinMs?: number): Promise<string>;
  /** Sends a signal (SIGKILL). SIGSTOP freezes, SIGCONT thaws. */
  kill(victim: Victim, signal?: NodeJS.Signals): void;
  /** The same command again on the same state, after a stop when it still runs. Returns once it is ready. */
  restart(): Promise<void>;
  /** Resolves with the exit code once the command itself (npm) is gone. */
  exited(): Promise<number | null>;
  /** Ends everything and removes the temporary folder. Safe to call twice. */
  stop(): Promise<void>;
}

/** Starts an engine and returns once it answers. Rejects with everything it printed when it does not. */
export async function startEngine(options: EngineOptions = {}): Promise<Engine> {
  const port = options.port ?? (await freePort());
  const stateDir = options.stateDir ?? mkdtempSync(join(tmpdir(), 'mcpoverflow-engine-'));
  const engineDirectory = join(stateDir, 'engine');
  const url = `http://127.0.0.1:${port}`;
  const lines: string[] = [];
  const listeners = new Set<() => void>();
  let npm = launch();
  /** Kept beside the file, because a stopping engine removes it. */
  let record: LockRecord | undefined;
  const killEverything = (): void => killTree('SIGKILL');
  process.once('exit', killEverything);

  function launch(): ChildProcess {
    const child = spawn('npm', ['start', '--silent'], {
      cwd: options.project ?? project,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...foreignEnvironment(), ...options.env, PORT: String(port), MCPOVERFLOW_STATE_DIR: stateDir },
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        for (const listener of [...listeners]) listener();
      });
    }
    child.once('exit', () => {
      for (const listener of [...listeners]) listener();
    });
    return child;
  }

  function hasExited(): boolean {
    return npm.exitCode !== null || npm.signalCode !== null;
  }

  function current(): LockRecord | undefined {
    record = readLock(engineDirectory) ?? record;
    return record;
  }

  function killTree(signal: NodeJS.Signals): void {
    const known = current();
    // From the top down, so that nobody has time to react to another's end.
    if (known !== undefined && isAlive(known.supervisor)) send(known.supervisor.pid, signal);
    if (npm.pid !== undefined && !hasExited()) send(-npm.pid, signal);
    for (const launcher of known?.launchers ?? []) if (isAlive(launcher)) send(launcher.pid, signal);
    if (known?.group !== undefined && groupMembers(known.group).length > 0) send(-known.group.pid, signal);
  }

  function waitForLog(pattern: RegExp, from = 0, withinMs = START_WITHIN_MS, endsWithNpm = false): Promise<string> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        listeners.delete(look);
        settle();
      };
      const refuse = (why: string): void =>
        finish(() => reject(new Error(`${why} ${pattern}. It printed:\n${lines.slice(from).join('\n')}`)));
      const look = (): void => {
        const found = lines.slice(from).find((line) => pattern.test(line));
        if (found !== undefined) finish(() => resolve(found));
        else if (endsWithNpm && hasExited()) refuse('The engine ended without printing');
      };
      const timer = setTimeout(() => refuse(`Within ${withinMs} ms the engine did not print`), withinMs);
      listeners.add(look);
      look();
    });
  }

  async function ready(from: number): Promise<void> {
    await waitForLog(/ is ready on /, from, START_WITHIN_MS, true);
    current();
  }

  async function stopProcesses(): Promise<void> {
    const known = current();
    if (known !== undefined && isAlive(known.supervisor)) {
      // A frozen process hears nothing else first.
      send(known.supervisor.pid, 'SIGCONT');
      send(known.supervisor.pid, 'SIGTERM');
    } else if (npm.pid !== undefined && !hasExited()) send(-npm.pid, 'SIGTERM');
    if (!hasExited()) await Promise.race([once(npm, 'exit'), new Promise((resolve) => setTimeout(resolve, 20_000).unref())]);
    killTree('SIGKILL');
    if (known?.group !== undefined) await endGroup(known.group, 0);
  }

  let stopped = false;
  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    await stopProcesses();
    process.removeListener('exit', killEverything);
    if (options.stateDir === undefined) rmSync(stateDir, { recursive: true, force: true, maxRetries: 5 });
  };

  const engine: Engine = {
    url,
    port,
    stateDir,
    fetch: (path, init) => fetch(new URL(path, url), init),
    logs: () => [...lines],
    waitForLog: (pattern, from, withinMs) => waitForLog(pattern, from, withinMs),
    kill: (victim, signal = 'SIGKILL') => {
      const known = current();
      if (victim === 'tree') killTree(signal);
      // Not the process we spawned: under `npm test` a shell that only stands for node may lie in between.
      else if (victim === 'npm') send(known?.launchers.at(-1)?.pid ?? 0, signal);
      else if (victim === 'supervisor') send(known?.supervisor.pid ?? 0, signal);
      else if (victim === 'wrangler') send(known?.group?.pid ?? 0, signal);
      else {
        const members = known?.group === undefined ? [] : groupMembers(known.group);
        for (const member of members) {
          if (member.command.includes('workerd serve') && !member.command.includes(`entry=127.0.0.1:${port}`)) send(member.pid, signal);
        }
      }
    },
    restart: async () => {
      if (!hasExited()) await stopProcesses();
      const from = lines.length;
      npm = launch();
      await ready(from);
    },
    exited: async () => {
      if (!hasExited()) await once(npm, 'exit');
      return npm.exitCode;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };

  try {
    await ready(0);
    return engine;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The environment of this process without the operator's variables: a test says itself what it needs. */
function foreignEnvironment(): NodeJS.ProcessEnv {
  const own = new Set(operatorVariables.map((variable) => variable.name));
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.has(name)));
}

/** A port nobody listens on, below the range that the system hands out by itself. */
export async function freePort(): Promise<number> {
  for (;;) {
    const candidate = 20_000 + Math.floor(Math.random() * 10_000);
    const server = createServer();
    try {
      server.listen(candidate, '127.0.0.1');
      await once(server, 'listening');
      return candidate;
    } catch {
      // Taken: the next one.
    } finally {
      server.close();
    }
  }
}
