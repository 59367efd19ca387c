/**
 * A machine on which somebody deploys: a checkout of its own, since a deployment writes ids into it, and nothing else
 * on its PATH than Node, npm and a shell. `rehearsal` is the same without processes: a folder with no more than what a
 * deployment reads, the simulated wrangler, and a clock that does not wait.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { run } from '../../scripts/deploy/run.ts';
import { configurationFiles } from '../../scripts/deploy/wanted.ts';
import { simulatedWrangler } from './simulated-wrangler.ts';
import { ACCOUNT, type StandIn, TOKEN } from './stand-in.ts';

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const notCopied = new Set(['node_modules', '.git', '.wrangler', '.turbo']);

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Machine {
  /** Where the checkout is. */
  readonly project: string;
  /** Everything on it that a run could have written to. */
  readonly folder: string;
  deploy(typed: readonly string[], environment?: Readonly<Record<string, string>>, typedLine?: string): Promise<Ended>;
  /** Ctrl-C on the run that is under way. */
  interrupt(): void;
  remove(): void;
}

function pathOf(tool: string): string {
  const folder = (process.env.PATH ?? '').split(delimiter).find((each) => existsSync(join(each, tool)));
  if (folder === undefined) throw new Error(`${tool} is not on the PATH`);
  return realpathSync(join(folder, tool));
}

/** A fresh checkout, installed. */
export function createMachine(standIn: StandIn): Machine {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mcpoverflow-machine-')));
  const checkout = join(folder, 'checkout');
  cpSync(project, checkout, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !notCopied.has(relative(project, source)),
  });
  symlinkSync(join(project, 'node_modules'), join(checkout, 'node_modules'));
  const bin = join(folder, 'bin');
  for (const each of [bin, join(folder, 'home'), join(folder, 'tmp')]) mkdirSync(each);
  // `node` on a PATH that npm made is a script, which needs tools that are not here.
  symlinkSync(process.execPath, join(bin, 'node'));
  for (const tool of ['npm', 'npx', 'sh', 'dirname']) symlinkSync(pathOf(tool), join(bin, tool));
  let running: ChildProcess | undefined;
  return {
    project: checkout,
    folder,
    deploy: async (typed, environment = {}, typedLine = '') => {
      const child = spawn('/bin/sh', ['./deploy-cloudflare.sh', ...typed], {
        cwd: checkout,
        stdio: ['pipe', 'pipe', 'pipe'],
        env: {
          PATH: bin,
          HOME: join(folder, 'home'),
          TMPDIR: join(folder, 'tmp'),
          CLOUDFLARE_API_BASE_URL: standIn.apiUrl,
          CLOUDFLARE_API_TOKEN: TOKEN,
          ...environment,
        },
      });
      running = child;
      child.stdin.on('error', () => undefined).end(`${typedLine}\n`);
      const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
      return { code, out, err };
    },
    interrupt: () => void running?.kill('SIGINT'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export interface Rehearsal {
  readonly project: string;
  /** Puts that text into a file of it, which may be new. */
  write(file: string, text: string): void;
  /** `answers`: whether a person is there and says yes, and what is typed. */
  deploy(
    typed: readonly string[],
    environment?: Readonly<Record<string, string | undefined>>,
    answers?: { readonly yes?: boolean; readonly line?: string },
  ): Promise<Ended>;
  /** Ctrl-C on the run that is under way; does nothing where no last words are to be said. */
  interrupt(): void;
  remove(): void;
}

/** A checkout of which only the wrangler files are there. */
export function createRehearsal(standIn: StandIn): Rehearsal {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mcpoverflow-rehearsal-')));
  for (const file of Object.values(configurationFiles)) cpSync(join(project, file), join(folder, file));
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  write('apps/api/src/worker.ts', '// The first release.\n');
  let passed = 0;
  let interrupt: () => void = () => undefined;
  return {
    project: folder,
    write,
    interrupt: () => interrupt(),
    deploy: async (typed, environment = {}, { yes, line = '' } = {}) => {
      const said = { out: '', err: '' };
      const code = await run(typed, {
        project: folder,
        environment: {
          CLOUDFLARE_API_BASE_URL: standIn.apiUrl,
          CLOUDFLARE_API_TOKEN: TOKEN,
          CLOUDFLARE_ACCOUNT_ID: ACCOUNT,
          ...environment,
        },
        terminal: {
          columns: Number.POSITIVE_INFINITY,
          rewritten: undefined,
          canAsk: yes !== undefined,
          print: (words) => {
            said.out += `${words}\n`;
          },
          tell: (words) => {
            said.err += `${words}\n`;
          },
          progressLine: () => ({ show: () => undefined, finish: () => undefined }),
          ask: async () => yes === true,
          readLine: async () => line,
          leaveOnInterrupt: (lastWords) => {
            interrupt = lastWords;
            return () => {
              interrupt = () => undefined;
            };
          },
          now: () => Date.now() + passed,
          wait: async (milliseconds) => {
            passed += milliseconds;
          },
        },
        // Its runs follow each other in one process: none that it finds traces of is alive.
        deployer: { machine: basename(folder), processId: process.pid, isAlive: () => false },
        createWrangler: (surroundings) => simulatedWrangler(standIn.apiUrl, surroundings),
      });
      return { code, ...said };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
