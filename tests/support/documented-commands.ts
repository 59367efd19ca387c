/**
 * What the documents promise: a fenced `sh` block below the line `<!-- tested -->` works as it stands, from
 * the project's folder, beside an engine that `npm start` runs with its defaults. A test's engine has another
 * port and another folder; those two are replaced, and so is `<jobId>`, the one word a reader fills in.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Engine } from './engine.ts';

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The tested blocks of a document, in order; none when there is no such document. */
export function testedCommands(document: string): readonly string[] {
  const path = join(project, document);
  if (!existsSync(path)) return [];
  return [...readFileSync(path, 'utf8').matchAll(/^<!-- tested -->\s*\n```sh\n(.*?)^```$/gms)].map(([, block]) => block ?? '');
}

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs shell lines from the project's folder. `WORKER_URL` is the engine, as in the original product's guide. */
export async function runInShell(engine: Engine, script: string): Promise<Ran> {
  const child = spawn('sh', ['-e', '-c', script], {
    cwd: project,
    env: { ...process.env, WORKER_URL: engine.url, MCPOVERFLOW_URL: engine.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, out, err };
}

/** Runs a documented block against a test's engine. */
export function runDocumented(engine: Engine, block: string, jobId: string): Promise<Ran> {
  return runInShell(
    engine,
    block
      .replaceAll('http://127.0.0.1:8787', engine.url)
      .replaceAll('.wrangler/state', join(engine.stateDir, 'state'))
      .replaceAll('<jobId>', jobId),
  );
}
