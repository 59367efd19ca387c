/** `npm start`, as an operator meets it: alone on its state, back after every kill, gone when asked to go. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readLock } from '../scripts/start/lock.ts';
import { groupMembers } from '../scripts/start/process-group.ts';
import { type Engine, freePort, startEngine } from './support/engine.ts';

const project = dirname(dirname(fileURLToPath(import.meta.url)));
let engine: Engine;
beforeAll(async () => {
  engine = await startEngine({ env: { WATCHDOG_SECONDS: '3' } });
});
afterAll(() => engine?.stop());

const answers = async (): Promise<boolean> => (await engine.fetch('/health')).status > 0;
const group = () => {
  const leader = readLock(`${engine.stateDir}/engine`)?.group;
  if (leader === undefined) throw new Error('no process group is on record');
  return leader;
};

async function startInVain(environment: Record<string, string>): Promise<{ code: number | null; said: string }> {
  const child = spawn('npm', ['start', '--silent'], {
    cwd: project,
    env: { ...process.env, MCPOVERFLOW_STATE_DIR: engine.stateDir, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  return { code, said };
}

test('a second start refuses while the first one lives, and says who runs where', async () => {
  const second = await startInVain({ PORT: String(await freePort()) });
  expect(second.code).toBe(1);
  expect(second.said).toContain(`already runs on ${engine.url}`);
  expect(await answers()).toBe(true);
});

test('a port that another program holds is named, and so is the way out', async () => {
  const other = createServer().listen(await freePort(), '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const elsewhere = await startInVain({ PORT: String(port), MCPOVERFLOW_STATE_DIR: `${engine.stateDir}/elsewhere` });
  other.close();
  expect(elsewhere).toEqual({
    code: 1,
    said: expect.stringContaining(`Port ${port} is in use by another program. Choose another one: PORT=${port + 1} npm start`),
  });
});

test('a killed wrangler is replaced, and none of its processes stay behind', async () => {
  const from = engine.logs().length;
  const before = group();
  engine.kill('wrangler');
  await engine.waitForLog(/Ready again/, from);
  expect(engine.logs().slice(from).join('\n')).toContain('Wrangler ended by itself with SIGKILL.');
  expect(groupMembers(before)).toEqual([]);
  expect(await answers()).toBe(true);
});

test('a frozen workerd is noticed, ended and replaced, with a line that says why', async () => {
  const from = engine.logs().length;
  const before = group();
  engine.kill('workerd', 'SIGSTOP');
  await engine.waitForLog(/no sign of life for 3 s/, from);
  await engine.waitForLog(/Ready again/, from);
  expect(groupMembers(before)).toEqual([]);
  expect(await answers()).toBe(true);
});

test('a killed workerd is replaced', async () => {
  engine.kill('workerd');
  await expect.poll(answers, { timeout: 60_000 }).toBe(true);
});

test('after SIGKILL of everything the same command starts it again', async () => {
  engine.kill('tree');
  await engine.exited();
  await engine.restart();
  expect(await answers()).toBe(true);
});

test('after SIGKILL of the supervisor alone the next start ends what it left behind', async () => {
  const before = group();
  engine.kill('supervisor');
  await engine.exited();
  expect(groupMembers(before)).not.toEqual([]);
  const from = engine.logs().length;
  await engine.restart();
  expect(engine.logs().slice(from).join('\n')).toContain('Ending what a killed engine left behind');
  expect(groupMembers(before)).toEqual([]);
});

test('after SIGKILL of npm alone the engine ends by itself and the same command starts it again', async () => {
  const before = group();
  engine.kill('npm');
  await engine.exited();
  await engine.restart();
  expect(groupMembers(before)).toEqual([]);
  expect(await answers()).toBe(true);
});

test('SIGTERM ends everything, leaves no lock, and npm reports success', async () => {
  const before = group();
  engine.kill('supervisor', 'SIGTERM');
  expect(await engine.exited()).toBe(0);
  expect(groupMembers(before)).toEqual([]);
  expect(readLock(`${engine.stateDir}/engine`)).toBeUndefined();
});
