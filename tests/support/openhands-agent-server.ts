/**
 * The real openhands-agent-server in a process of its own: on a free port, with folders of its own, which it
 * keeps over a kill and a start. What it leaves running when it is killed (the terminals of its agents) ends
 * with the test, whichever way that ends.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import { freePort } from './engine.ts';

const READY_WITHIN_MS = 120_000;
const ASK_AGAIN_MS = 200;

/** A command whose process group ends when the pipe it reads from closes: with this process, however that ends. */
const endsWithItsParent = 'exec 3<&0; (cat <&3 >/dev/null; kill -KILL 0) & exec "$0" "$@" 3<&- </dev/null';

export interface AgentServerOptions {
  /** The Python that runs it; names the version. */
  readonly python: string;
  readonly sessionApiKey: string;
  /** Further settings, such as `OH_WEBHOOKS_0_BASE_URL`. */
  readonly env?: Readonly<Record<string, string>>;
}

const conversationSchema = z.looseObject({
  id: z.string(),
  execution_status: z.string(),
  tags: z.record(z.string(), z.string()),
});
export type ServerConversation = z.infer<typeof conversationSchema>;
const pageSchema = z.looseObject({ items: z.array(conversationSchema), next_page_id: z.string().nullish() });

export interface AgentServer extends AsyncDisposable {
  readonly url: string;
  /** Holds one folder per run: the engine's `OPENHANDS_WORKSPACE`. */
  readonly workspace: string;
  /** Where it keeps its conversations. */
  readonly conversationsFolder: string;
  /** Every line it printed so far, over all starts. */
  logs(): readonly string[];
  /** Calls it with its key. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** What it holds now. */
  conversations(): Promise<readonly ServerConversation[]>;
  /** SIGKILL; returns once it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, as a rollout or a service manager ends it; returns once it is gone. */
  terminate(): Promise<void>;
  /** The same command again, on the same port and folders. Returns once it is ready. */
  start(): Promise<void>;
  /** Ends it and removes its folders. Safe to call twice. */
  stop(): Promise<void>;
}

/** Starts a server and returns once it is ready. Rejects with everything it printed when it does not become so. */
export async function startAgentServer(options: AgentServerOptions): Promise<AgentServer> {
  // Short, because the paths of sockets have no room for more.
  const folder = mkdtempSync(join(tmpdir(), 'oh-'));
  const place = (name: string): string => {
    const path = join(folder, name);
    mkdirSync(path, { mode: 0o700 });
    return path;
  };
  const [home, workspace, conversationsFolder, terminals] = [place('home'), place('work'), place('conversations'), place('tmux')];
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const lines: string[] = [];
  let child: ChildProcess | undefined;

  const environment = {
    PATH: `${dirname(options.python)}${delimiter}${process.env.PATH ?? ''}`,
    LANG: 'C.UTF-8',
    HOME: home,
    TMUX_TMPDIR: terminals,
    OH_SESSION_API_KEYS_0: options.sessionApiKey,
    // Lets what it keeps outlive a restart.
    OH_SECRET_KEY: 'kept-over-restarts-0123456789abcdef',
    OH_ENABLE_VSCODE: '0',
    OH_ENABLE_VNC: '0',
    OH_PRELOAD_TOOLS: '0',
    OH_CONVERSATIONS_PATH: conversationsFolder,
    OH_BASH_EVENTS_DIR: join(folder, 'bash'),
    OH_MAX_CONCURRENT_RUNS: '50',
    OPENHANDS_SUPPRESS_BANNER: '1',
    // It would fetch its list of prices from the internet.
    LITELLM_LOCAL_MODEL_COST_MAP: 'True',
    ...options.env,
  };

  const isRunning = (): boolean => child !== undefined && child.exitCode === null && child.signalCode === null;

  async function start(): Promise<void> {
    const server = [options.python, '-m', 'openhands.agent_server', '--host', '127.0.0.1', '--port', String(port)];
    const started = spawn('sh', ['-c', endsWithItsParent, ...server], {
      cwd: folder,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: environment,
    });
    child = started;
    for (const stream of [started.stdout, started.stderr]) createInterface({ input: stream }).on('line', (line) => lines.push(line));
    const giveUpAt = performance.now() + READY_WITHIN_MS;
    while (!(await isReady())) {
      if (!isRunning() || performance.now() > giveUpAt) throw new Error(`The agent-server did not become ready:\n${lines.join('\n')}`);
      await pause(ASK_AGAIN_MS);
    }
  }

  const isReady = (): Promise<boolean> =>
    fetch(`${url}/ready`).then(
      (answer) => answer.ok,
      () => false,
    );

  function killGroup(): void {
    if (child?.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It is gone already.
    }
  }

  /** Terminals are servers of their own that do not end with whoever started them. */
  function endTerminals(): void {
    const sockets = existsSync(terminals) ? readdirSync(terminals, { recursive: true, encoding: 'utf8' }) : [];
    for (const socket of sockets) spawnSync('tmux', ['-S', join(terminals, socket), 'kill-server'], { stdio: 'ignore', timeout: 5_000 });
  }

  async function kill(): Promise<void> {
    if (child === undefined || !isRunning()) return;
    const gone = once(child, 'exit');
    killGroup();
    await gone;
  }

  async function terminate(): Promise<void> {
    if (child?.pid === undefined || !isRunning()) return;
    const gone = once(child, 'exit');
    process.kill(child.pid, 'SIGTERM');
    await gone;
  }

  const endEverything = (): void => {
    killGroup();
    endTerminals();
  };
  process.once('exit', endEverything);

  async function stop(): Promise<void> {
    await kill();
    endTerminals();
    process.removeListener('exit', endEverything);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }

  const call = (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set('X-Session-API-Key', options.sessionApiKey);
    return fetch(new URL(path, url), { ...init, headers });
  };

  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    workspace,
    conversationsFolder,
    logs: () => [...lines],
    fetch: call,
    async conversations() {
      const found: ServerConversation[] = [];
      let next: string | null | undefined;
      do {
        const answer = await call(`/api/conversations/search?limit=100${next ? `&page_id=${encodeURIComponent(next)}` : ''}`);
        const page = pageSchema.parse(await answer.json());
        found.push(...page.items);
        next = page.next_page_id;
      } while (next);
      return found;
    },
    kill,
    terminate,
    start,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
