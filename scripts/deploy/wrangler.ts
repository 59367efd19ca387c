/**
 * Runs the project's own wrangler. What it says is kept and shown only when it fails; secrets reach it through a file
 * that only this user can read, that is removed when wrangler ends or is interrupted, and that the next run, whatever it is
 * asked for, removes in case of a kill. (A pipe would need no file, but Node's pipes are sockets, which cannot be opened by a path.)
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import { fail, ok, type Result } from '@mcpoverflow/types';
import * as z from 'zod';
import { isRunning } from './is-running.ts';
import { configurationFiles, type EnvironmentName, type WantedWorker } from './wanted.ts';

const LAST_LINES = 30;
/** What wrangler needs of a person's environment, and nothing else: no secret of the engine is handed to a build. */
const handedOver = ['HOME', 'XDG_CONFIG_HOME', 'TMPDIR', 'LANG', 'NODE_EXTRA_CA_CERTS', 'HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'];
const handedOverLowerCase = ['https_proxy', 'http_proxy', 'no_proxy'];

export interface DeployOrder {
  readonly environment: EnvironmentName;
  readonly worker: WantedWorker;
  readonly release: string;
  readonly vars: Readonly<Record<string, string>>;
  readonly domain: string | undefined;
  readonly secrets: Readonly<Record<string, string>>;
}

export interface Wrangler {
  /** The error is what wrangler said last. */
  deploy(order: DeployOrder): Promise<Result<undefined, string>>;
  /** The token of whoever is logged in. */
  loggedInToken(): Promise<Result<string, string>>;
  /** Streams a Worker's log, line by line, until it ends; the error is what wrangler said last. */
  tail(worker: string, line: (text: string) => void): Promise<Result<undefined, string>>;
}

export interface WranglerSurroundings {
  readonly project: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Undefined until they are known. */
  readonly access: () => { readonly token: string; readonly accountId: string } | undefined;
  /** Ends wrangler, which alone would go on deploying. */
  readonly interrupted: AbortSignal;
}

const installed = (): string => join(dirname(createRequire(import.meta.url).resolve('wrangler/package.json')), 'bin', 'wrangler.js');

/** The wrangler in node_modules, or another `program` in its place. Removes what a run that was killed left of its secrets. */
export function createWrangler(
  { project, environment, access, interrupted }: WranglerSurroundings,
  program: string = installed(),
): Wrangler {
  const secretsFolder = join(project, '.wrangler', 'deploy-secrets');
  removeLeftOver(secretsFolder);

  function start(parameters: readonly string[]) {
    const given = access();
    const kept = [...handedOver, ...handedOverLowerCase, 'CLOUDFLARE_API_BASE_URL'].flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value] as const];
    });
    return spawn(process.execPath, [program, ...parameters], {
      cwd: project,
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: interrupted,
      env: {
        ...Object.fromEntries(kept),
        // Build steps that say `node` get the Node that runs this, not an older one of the machine.
        PATH: [dirname(process.execPath), environment.PATH].join(delimiter),
        ...(given === undefined ? {} : { CLOUDFLARE_API_TOKEN: given.token, CLOUDFLARE_ACCOUNT_ID: given.accountId }),
        NO_COLOR: '1',
        FORCE_COLOR: '0',
        WRANGLER_SEND_METRICS: 'false',
        WRANGLER_HIDE_BANNER: 'true',
        // Its logs hold whole requests.
        WRANGLER_WRITE_LOGS: 'false',
      },
    });
  }

  /** Its exit code; null when it could not be started, or was ended. */
  const endOf = (child: ChildProcess) =>
    new Promise<number | null>((resolve) => {
      // Of an interruption it is told before the process has ended.
      child.once('error', () => interrupted.aborted || resolve(null)).once('close', resolve);
    });

  async function run(parameters: readonly string[]): Promise<Result<string, string>> {
    const child = start(parameters);
    const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), endOf(child)]);
    return code === 0 ? ok(out) : fail(lastWordsOf(`${out}\n${err}`));
  }

  return {
    deploy: async ({ environment: name, worker, release, vars, domain, secrets }) => {
      const folder = join(secretsFolder, String(process.pid));
      const clean = (): void => rmSync(folder, { recursive: true, force: true });
      // At once: who presses Ctrl-C twice does not wait for wrangler's end.
      interrupted.addEventListener('abort', clean);
      try {
        const parameters = [
          'deploy',
          ...['--config', join(project, configurationFiles[worker.role])],
          ...['--env', name],
          ...['--tag', release],
          ...['--message', `Release ${release}`],
          ...Object.entries({ ...vars, RELEASE: release }).flatMap(([key, value]) => ['--var', `${key}:${value}`]),
          ...(domain === undefined ? [] : ['--domain', domain]),
          ...(Object.keys(secrets).length === 0 ? [] : ['--secrets-file', writeSecrets(folder, secrets)]),
        ];
        const answer = await run(parameters);
        return answer.ok ? ok(undefined) : answer;
      } finally {
        interrupted.removeEventListener('abort', clean);
        clean();
      }
    },
    loggedInToken: async () => {
      const answer = await run(['auth', 'token', '--json']);
      if (!answer.ok) return answer;
      const parsed = z.object({ token: z.string().min(1) }).safeParse(jsonIn(answer.value));
      return parsed.success ? ok(parsed.data.token) : fail('Wrangler has no token to give.');
    },
    tail: async (worker, line) => {
      const child = start(['tail', worker, '--format', 'pretty']);
      const said: string[] = [];
      for (const input of [child.stdout, child.stderr]) {
        createInterface({ input }).on('line', (coloured) => {
          const each = stripVTControlCharacters(coloured);
          if (isNoise(each)) return;
          said.push(each);
          said.splice(0, said.length - LAST_LINES);
          line(each);
        });
      }
      const code = await endOf(child);
      return code === 0 ? ok(undefined) : fail(lastWordsOf(said.join('\n')));
    },
  };
}

/** Each run has a folder named after its process; one whose process is alive belongs to a run beside this one. */
function removeLeftOver(secretsFolder: string): void {
  if (!existsSync(secretsFolder)) return;
  for (const name of readdirSync(secretsFolder)) {
    if (!isAnotherRun(Number(name))) rmSync(join(secretsFolder, name), { recursive: true, force: true });
  }
}

// This one has only begun, so what bears its number is of one before it.
const isAnotherRun = (processId: number): boolean => processId !== process.pid && isRunning(processId);

/** JSON, and not dotenv lines, in which wrangler would replace what looks like a variable. */
function writeSecrets(folder: string, secrets: Readonly<Record<string, string>>): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'secrets.json');
  writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
  return file;
}

function jsonIn(output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    return undefined;
  }
}

const isNoise = (line: string): boolean => line.trim() === '' || /please (open|create) an issue at/.test(line) || /^[\s─]+$/.test(line);

/** Its error and what follows, where it named one: the table of bindings before that helps nobody. */
function lastWordsOf(output: string): string {
  const lines = stripVTControlCharacters(output)
    .split('\n')
    .filter((line) => !isNoise(line));
  const error = lines.findIndex((line) => line.includes('[ERROR]'));
  return lines.slice(Math.max(error, 0)).slice(-LAST_LINES).join('\n') || 'nothing';
}
