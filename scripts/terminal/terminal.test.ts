import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

const terminal = new URL('./terminal.ts', import.meta.url).href;
/** A program that is told to end, and says this then. */
const waiting = (lastWords: string): string => `
  import { processTerminal } from ${JSON.stringify(terminal)};
  processTerminal().leaveOnInterrupt(${lastWords});
  setInterval(() => undefined, 1_000);
  console.log('ready');
`;

async function start(lastWords: string) {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', waiting(lastWords)], { stdio: ['pipe', 'pipe', 'pipe'] });
  await once(child.stdout, 'data');
  return child;
}

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s is answered with last words and the exit code %i', async (signal, expected) => {
  const child = await start("() => console.error('last words')");
  child.kill(signal);
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect({ said, code }).toEqual({ said: 'last words\n', code: expected });
});

test('one press that arrives twice is one, and last words are said to their end', async () => {
  const child = await start("async () => { console.error('first'); for await (const _ of process.stdin); console.error('last'); }");
  const said = text(child.stderr);
  child.kill('SIGINT');
  child.kill('SIGHUP');
  child.stdin.end();
  const [code] = await once(child, 'exit');
  expect(await said).toBe('first\nlast\n');
  // Either may arrive first.
  expect([129, 130]).toContain(code);
});

test('a second press does not wait for the last words of the first', async () => {
  const child = await start('() => new Promise(() => undefined)');
  const pressing = setInterval(() => child.kill('SIGINT'), 100);
  const [code] = await once(child, 'exit');
  clearInterval(pressing);
  expect(code).toBe(130);
});
