import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

const terminal = new URL('./terminal.ts', import.meta.url).href;
const waiting = `
  import { processTerminal } from ${JSON.stringify(terminal)};
  processTerminal().leaveOnInterrupt(() => console.error('last words'));
  setInterval(() => undefined, 1_000);
  console.log('ready');
`;

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s is answered with last words and the exit code %i', async (signal, expected) => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', waiting], { stdio: ['ignore', 'pipe', 'pipe'] });
  await once(child.stdout, 'data');
  child.kill(signal);
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect({ said, code }).toEqual({ said: 'last words\n', code: expected });
});
