/** `npm run jobs`, as a person types it, against the real engine. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { jobListSchema, jobSchema } from '@mcpoverflow/types';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Engine, freePort, startEngine } from './support/engine.ts';

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const bookshop = join(project, 'examples/bookshop.yaml');
let engine: Engine;
let place: string;
beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'jobs-command-'));
  engine = await startEngine();
});
afterAll(async () => {
  await engine?.stop();
  rmSync(place, { recursive: true, force: true });
});

async function jobs(...typed: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn('npm', ['--prefix', project, 'run', '--silent', 'jobs', '--', ...typed], {
    cwd: place,
    env: { ...process.env, MCPOVERFLOW_URL: engine.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, out, err };
}

test('a specification becomes a connector in a folder, with a hint what to do next', async () => {
  const submitted = await jobs('submit', bookshop, '--out', 'connector');
  expect(submitted).toMatchObject({ code: 0, out: expect.stringContaining('Verified: ') });
  expect(submitted.out).toContain('Next: cd ');
  expect(JSON.parse(readFileSync(join(place, 'connector/package.json'), 'utf8'))).toHaveProperty('name');
});

test('the finished job is listed, printed, and downloaded again', async () => {
  const submitted = await jobs('submit', bookshop, '--json', '--out', 'first');
  const { jobId, status } = jobSchema.parse(JSON.parse(submitted.out));
  expect(status).toBe('completed');
  expect((await jobs('list')).out).toContain(jobId);
  expect(jobSchema.parse(JSON.parse((await jobs('get', jobId)).out)).jobId).toBe(jobId);
  expect((await jobs('download', jobId, '--out', 'again')).code).toBe(0);
  expect(readdirSync(join(place, 'again'))).toEqual(readdirSync(join(place, 'first')));
  expect((await jobs('watch', jobId, '--out', 'watched')).code).toBe(0);
});

test('a key makes it one job however often it is sent, and the list narrows to what is asked for', async () => {
  const send = () => jobs('submit', bookshop, '--type', 'analyze', '--idempotency-key', 'nightly run', '--json');
  const ids = [await send(), await send()].map((sent) => jobSchema.parse(JSON.parse(sent.out)).jobId);
  expect(ids[1]).toBe(ids[0]);
  const list = async (...flags: string[]) => jobListSchema.parse(JSON.parse((await jobs('list', '--json', ...flags)).out)).jobs;
  const [newest, cancelled] = await Promise.all([list('--limit', '1'), list('--status', 'cancelled')]);
  expect([newest.map((job) => job.jobId), cancelled]).toEqual([[ids[0]], []]);
});

test('an analysis is summed up', async () => {
  const analysed = await jobs('submit', bookshop, '--type', 'analyze');
  expect(analysed).toMatchObject({ code: 0, out: expect.stringMatching(/^Bookshop 1\.2\.0: \d+ endpoints/) });
});

test('a job that fails ends with 1, its code, and what to do about it', async () => {
  writeFileSync(join(place, 'wish.txt'), 'Create a simple connector for GitHub API');
  const failed = await jobs('submit', 'wish.txt', '--type', 'generate-from-description');
  expect(failed).toMatchObject({ code: 1, err: expect.stringContaining('needs-openhands') });
  expect(existsSync(join(place, 'generate-from-description'))).toBe(false);
});

test('what was mistyped ends with 2, what the engine refuses with 1, each with a sentence', async () => {
  expect(await jobs('submit', 'no-such-file.yaml')).toMatchObject({ code: 2, err: expect.stringContaining('cannot be read') });
  const unknown = '00000000-0000-8000-8000-000000000000';
  expect(await jobs('cancel', unknown)).toMatchObject({ code: 1, err: expect.stringContaining('job-not-found') });
  writeFileSync(join(place, 'broken.yaml'), 'openapi: 3.1.0\n  bad: [indent');
  expect(await jobs('submit', 'broken.yaml')).toMatchObject({ code: 1, err: expect.stringContaining('/spec') });
});

test('without an engine the sentence says how to start one', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  expect(await jobs('list', '--url', url)).toMatchObject({
    code: 1,
    err: expect.stringContaining(`Nothing answers at ${url}. Start it with \`npm start\`.`),
  });
});
