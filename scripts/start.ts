/**
 * `npm start`: the whole engine on this machine, supervised. Reads the settings, makes sure that it is
 * alone, frees nothing that belongs to others, and keeps the Workers running until it is told to stop or
 * whoever started it is gone.
 */
import { createServer } from 'node:net';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { greeting } from './start/greeting.ts';
import { findLaunchers, watchLaunchers } from './start/launchers.ts';
import { takeLock } from './start/lock.ts';
import { identify } from './start/process-table.ts';
import { readSettings, type Settings } from './start/settings.ts';
import { supervise } from './start/supervisor.ts';

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const tell = (sentence: string): void => console.log(`[engine] ${sentence}`);

process.exitCode = await start();

async function start(): Promise<0 | 1> {
  const settings = readSettings(process.env, project);
  if (!settings.ok) return refuse(settings.error);

  const supervisor = identify(process.pid);
  if (supervisor === undefined) return refuse('This system does not show its processes (/proc or ps), so the engine cannot be supervised.');
  const launchers = findLaunchers(process.ppid, process.env.npm_lifecycle_event !== undefined);
  const { url, engineDirectory } = settings.value;
  const lock = await takeLock(engineDirectory, { url, since: new Date().toISOString(), supervisor, launchers: [...launchers] }, tell);
  if (!lock.ok) {
    const { error } = lock;
    return refuse(
      `The engine already runs on ${error.url} (process ${error.supervisor.pid}, since ${error.since}). ` +
        `Stop it with Ctrl-C in its terminal or \`kill ${error.supervisor.pid}\`. ` +
        'A second one needs its own port and folder: PORT=8788 MCPOVERFLOW_STATE_DIR=.wrangler/second npm start',
    );
  }
  try {
    if (!(await isFree(settings.value.port))) {
      return refuse(
        `Port ${settings.value.port} is in use by another program. Choose another one: PORT=${settings.value.port === 65_535 ? 8787 : settings.value.port + 1} npm start`,
      );
    }
    return await run(settings.value, lock.value);
  } finally {
    lock.value.release();
  }

  function run(ready: Settings, held: Parameters<typeof supervise>[0]['lock']): Promise<0 | 1> {
    const stop = new AbortController();
    const end = (why: string): void => {
      if (stop.signal.aborted) return;
      held.recordStopping();
      tell(`${why} Stopping; jobs go on at the next start.`);
      stop.abort();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(`Received ${signal}.`));
    // Output may have nowhere to go any more when the launcher was killed; that must not end us half-way.
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
    process.on('disconnect', () => end('The process that started the engine is gone.'));
    // It shall tell us of its end, not keep us waiting for it.
    process.channel?.unref();
    watchLaunchers(launchers, () => end('The npm that started the engine is gone.'));

    tell(`Starting; state in ${relative(project, ready.persistDirectory) || '.'} …`);
    return supervise({
      project,
      settings: ready,
      lock: held,
      stop: stop.signal,
      onReady: (isFirst) => (isFirst ? console.log(greeting(ready.url)) : tell(`Ready again on ${ready.url}.`)),
      tell,
      // The last words of tools that are being ended read like crashes.
      show: (line) => stop.signal.aborted || console.log(line),
    });
  }
}

function refuse(sentence: string): 1 {
  console.error(sentence);
  return 1;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .once('error', () => resolve(false))
      .listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
