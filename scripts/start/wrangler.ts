/**
 * The one `wrangler dev` that runs all three Workers, in a process group of its own.
 *
 * It starts behind a gate: a shell becomes the group's leader, waits for a line on its standard input and
 * only then turns into wrangler. So the group is written down before it holds a port, and a supervisor
 * killed in between leaves nothing behind: the gate sees the end of its input and goes.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { Settings } from './settings.ts';

/** The first one gets the HTTP port. */
const configurations = ['wrangler.api.toml', 'wrangler.consumer.toml', 'wrangler.embedded-agent.toml'];
const GATE = 'read -r _ || exit 1; exec "$@"';

export type WranglerProcess = ChildProcessByStdio<Writable, Readable, Readable>;

/** Spawns wrangler behind its gate; `openGate` lets it through. */
export function spawnWrangler(project: string, settings: Settings, variables: Readonly<Record<string, string>>): WranglerProcess {
  const temporary = join(settings.engineDirectory, 'temporary');
  const registry = join(settings.engineDirectory, 'registry');
  // Left by killed engines: entries of dead Workers would be taken for living ones, build folders pile up.
  for (const folder of [temporary, registry]) rmSync(folder, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });

  const wrangler = join(dirname(createRequire(import.meta.url).resolve('wrangler/package.json')), 'bin', 'wrangler.js');
  const command = [
    process.execPath,
    wrangler,
    'dev',
    ...configurations.flatMap((file) => ['-c', file]),
    ...['--ip', '127.0.0.1'],
    ...['--port', String(settings.port)],
    // Any free one: engines side by side must not fight for it.
    ...['--inspector-port', '0'],
    ...['--persist-to', settings.persistDirectory],
    // A `.dev.vars` would silently switch the variables below off. Any empty file will do.
    ...['--env-file', '/dev/null'],
    '--show-interactive-dev-session=false',
  ];
  return spawn('sh', ['-c', GATE, 'wrangler', ...command], {
    cwd: project,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...(process.env.HOME === undefined ? {} : { HOME: process.env.HOME }),
      // Build steps that say `node` get the Node that runs this, not an older one of the machine.
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
      ...variables,
      CLOUDFLARE_INCLUDE_PROCESS_ENV: 'true',
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_HIDE_BANNER: 'true',
      // Wrangler's explorer would show every job on the public port; its trace collector costs each request.
      X_LOCAL_EXPLORER: 'false',
      X_LOCAL_OBSERVABILITY: 'false',
      // Shared by default between all engines of a person: they would take each other's Workers for their own.
      WRANGLER_REGISTRY_PATH: registry,
      WRANGLER_WRITE_LOGS: 'false',
      TMPDIR: temporary,
    },
  });
}

/** Lets wrangler start; call it once its process group is on record. */
export function openGate(wrangler: WranglerProcess): void {
  wrangler.stdin.on('error', () => undefined).write('\n');
}
