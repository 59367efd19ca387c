/**
 * The dead-letter command against the real engine, and every tested command of its guide as a person types it.
 * The rest goes without npm, which takes longer to begin than the command to end.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import {
  type DeadLetter,
  deadLetterDetailSchema,
  deadLetterGroupsSchema,
  deadLetterListSchema,
  discardedSchema,
  type Replay,
  replaySchema,
} from '@mcpoverflow/types';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ran, runDocumented, testedCommands } from '../support/documented-commands.ts';
import { type Engine, freePort, startEngine } from '../support/engine.ts';
import { acceptedId, endOf, post } from '../support/jobs.ts';

const MINUTE_MS = 60_000;
const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
let engine: Engine;
beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine?.stop());

async function dlq(...typed: string[]): Promise<Ran> {
  const child = spawn(process.execPath, ['scripts/dlq/main.ts', ...typed], {
    cwd: project,
    env: { ...process.env, MCPOVERFLOW_URL: engine.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, out, err };
}

async function json(...typed: string[]): Promise<unknown> {
  const { code, out, err } = await dlq(...typed, '--json');
  if (code !== 0) throw new Error(`${typed.join(' ')} ended with code ${code}: ${err}`);
  return JSON.parse(out);
}

const letters = async (...filter: string[]): Promise<readonly DeadLetter[]> =>
  deadLetterListSchema.parse(await json('list', '--all', ...filter)).deadLetters;

/** Jobs that need a model, of which the embedded agent has none; returned once all are dead letters, by id. */
async function deadJobs(count: number, language: 'typescript' | 'python' | 'go'): Promise<readonly string[]> {
  const jobIds = await Promise.all(
    Array.from({ length: count }, async (_, index) =>
      acceptedId(await post(engine, 'generate-from-description', { description: `Wish ${index} of ${language}`, language })),
    ),
  );
  await Promise.all(jobIds.map((jobId) => endOf(engine, jobId)));
  const ids = jobIds.map((jobId) => `job_${jobId}`);
  for (const id of ids) await stands(id);
  return ids;
}

/** A death is told to the dead letters after the job's end. */
async function stands(id: string): Promise<void> {
  await expect
    .poll(async () => (await engine.fetch(`/api/dead-letters/${id}`)).json(), { timeout: MINUTE_MS })
    .toMatchObject({ status: 'dead' });
}

test('what died is listed, grouped by its cause, and shown', async () => {
  const ids = await deadJobs(3, 'typescript');
  const listed = await letters('--status', 'dead', '--code', 'needs-openhands');
  expect(listed.map(({ id }) => id)).toEqual(expect.arrayContaining([...ids]));
  const [{ fingerprint, id = '' } = {}] = listed;
  const { groups } = deadLetterGroupsSchema.parse(await json('groups', '--fingerprint', fingerprint ?? ''));
  expect(groups).toMatchObject([{ code: 'needs-openhands', count: listed.length }]);
  expect(deadLetterDetailSchema.parse(await json('show', id))).toMatchObject({
    id,
    job: { status: 'failed' },
    history: [{ event: 'died' }],
  });

  const table = (await dlq('list', '--limit', '1')).out.split('\n');
  expect(table[0]).toMatch(/^ID +DIED +STATUS +CODE +MESSAGE/);
  expect((await dlq('list', '--limit', '1')).err).toContain('There are more: --all, or --cursor ');
  expect((await dlq('show', id)).out).toContain(`Bring it back:  npm run dlq -- replay --ids ${id} --url ${engine.url}`);
});

test('a plan starts nothing; executed, its canary dies, nothing else starts, and it says so', async () => {
  const ids = await deadJobs(3, 'python');
  const selection = ['--ids', ids.join(',')];
  const plan = replaySchema.parse(await json('replay', ...selection, '--canary', '1', '--dry-run'));
  expect(plan).toMatchObject({ state: 'planned', canary: 1, counts: { total: 3, waiting: 3 } });
  for (const id of ids) expect(await json('show', id)).toMatchObject({ status: 'dead', replays: 0 });

  const replayed = await dlq('replay', '--plan', plan.replayId);
  expect(replayed).toMatchObject({ code: 1, out: expect.stringContaining('1 died again, 2 not started') });
  expect(replayed.out).toContain('The canary died again, so nothing else was started.');
  expect(await dlq('follow', plan.replayId)).toMatchObject({ code: 1, out: expect.stringContaining('The replay is stopped') });
  const shown = await Promise.all(ids.map((id) => json('show', id)));
  expect(shown.map((each) => deadLetterDetailSchema.parse(each).replays).sort()).toEqual([0, 0, 1]);
});

test('three deaths of one cause are quarantine: skipped with the reason, unless it is forced', async () => {
  const [id = ''] = await deadJobs(1, 'go');
  for (const deaths of [2, 3]) {
    expect(await dlq('replay', '--ids', id)).toMatchObject({ code: 1, out: expect.stringContaining('1 died again') });
    expect(await json('show', id)).toMatchObject({ deaths, status: 'dead' });
  }
  const skipped = await dlq('replay', '--ids', id);
  expect(skipped).toMatchObject({
    code: 1,
    out: expect.stringContaining('It is in quarantine'),
    err: expect.stringContaining('nothing to replay'),
  });
  expect(await dlq('replay', '--ids', id, '--force')).toMatchObject({ code: 1, out: expect.stringContaining('1 died again') });
});

test('a paused replay goes on when it is resumed, and an aborted one starts nothing more', async () => {
  const ids = await deadJobs(3, 'typescript');
  // So slow that two of three wait for their turn whatever the machine does.
  const request = { ids, ratePerSecond: 0.01 };
  const answer = await engine.fetch('/api/dead-letters/replay', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(request),
  });
  const { replayId }: Replay = replaySchema.parse(await answer.json());
  const waiting = async () => replaySchema.parse(await (await engine.fetch(`/api/dead-letters/replays/${replayId}`)).json()).counts.waiting;
  await expect.poll(waiting, { timeout: MINUTE_MS }).toBe(2);
  expect(await json('pause', replayId)).toMatchObject({ state: 'paused' });
  expect(await json('resume', replayId)).toMatchObject({ state: 'running' });
  expect(await dlq('abort', replayId)).toMatchObject({ code: 0, out: expect.stringContaining('The replay is aborted.') });
  expect(await dlq('resume', replayId)).toMatchObject({ code: 2, err: expect.stringContaining('replay-not-possible') });
  expect(await dlq('follow', replayId)).toMatchObject({ code: 1, out: expect.stringContaining('2 not started') });
});

test('what is discarded is out of the way, and a replay leaves it', async () => {
  const [first = '', second = ''] = await deadJobs(2, 'go');
  expect(discardedSchema.parse(await json('discard', first))).toEqual({ discarded: 1 });
  expect((await letters('--status', 'discarded')).map(({ id }) => id)).toEqual([first]);
  expect(await dlq('replay', '--ids', first)).toMatchObject({ code: 1, out: expect.stringContaining('It was discarded.') });
  expect(await dlq('discard', second, 'job_of-nobody')).toMatchObject({ code: 2, out: 'Discarded: 1\n' });
  const left = (await letters('--status', 'dead')).length;
  expect(discardedSchema.parse(await json('discard', '--status', 'dead'))).toEqual({ discarded: left });
  expect((await dlq('list', '--status', 'dead')).out).toBe('No dead letters.\n');
});

test('what was mistyped, refused or not answered ends with 2 and a sentence', async () => {
  expect(await dlq('replay')).toMatchObject({ code: 2, err: expect.stringContaining('Say what to replay') });
  expect(await dlq('show', 'job_of-nobody')).toMatchObject({ code: 2, err: expect.stringContaining('dead-letter-not-found') });
  const url = `http://127.0.0.1:${await freePort()}`;
  expect(await dlq('list', '--url', url)).toMatchObject({ code: 2, err: expect.stringContaining('Start it with `npm start`.') });
});

test('every command that the guide marks as tested works as it stands', async () => {
  const blocks = testedCommands('docs/dead-letters.md');
  for (const words of ['dlq -- list', 'dlq -- groups', 'dlq -- show', '/api/dead-letters/replay', '--patch', 'dlq -- discard']) {
    expect(blocks.join('')).toContain(words);
  }
  let jobId = '';
  for (const block of blocks) {
    const { code, out, err } = await runDocumented(engine, block, jobId);
    expect({ block, code, err: code === 0 ? '' : err }).toEqual({ block, code: 0, err: '' });
    // A problem's status is a number; a job's or a dead letter's is a word.
    expect(out).not.toMatch(/"status":\d/);
    const submitted = /^\{"jobId":"([^"]+)"/.exec(out)?.[1];
    if (submitted === undefined) continue;
    jobId = submitted;
    await endOf(engine, jobId);
    await stands(`job_${jobId}`);
  }
  expect(await endOf(engine, jobId)).toMatchObject({ status: 'completed', generation: 2 });
  expect(await json('show', `job_${jobId}`)).toMatchObject({ status: 'recovered' });
});
