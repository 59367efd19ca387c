/** `./deploy-cloudflare.sh <command>`: deploys the engine and looks after it. What was typed and how it ends: run.ts and arguments.ts. */

import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { processTerminal } from '../terminal/terminal.ts';
import { isRunning } from './is-running.ts';
import { run } from './run.ts';
import { createWrangler } from './wrangler.ts';

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The next line of the standard input; empty at its end. */
function readLine(question: string): Promise<string> {
  process.stderr.write(question);
  return new Promise((resolve) => {
    const lines = createInterface({ input: process.stdin, terminal: false });
    lines.once('close', () => resolve(''));
    lines.once('line', (line) => {
      resolve(line);
      lines.close();
    });
  });
}

process.exitCode = await run(process.argv.slice(2), {
  project,
  environment: process.env,
  terminal: { ...processTerminal(), readLine },
  deployer: { machine: hostname().replace(/[^\w.-]/g, '-'), processId: process.pid, isAlive: isRunning },
  createWrangler,
});
