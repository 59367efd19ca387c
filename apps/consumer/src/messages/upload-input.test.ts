import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type Agent, createAgentServer } from '@mcpoverflow/openhands';
import type { Engine, InputFile } from '@mcpoverflow/types';
import { expect, test, vi } from 'vitest';
import type { Env } from '../env.ts';
import type { Work } from '../job/begin.ts';
import type { JobInput } from '../job/job.ts';
import { asPlatform } from '../simulation/platform.ts';
import { Turnstile } from './turnstile.ts';
import { uploadInput } from './upload-input.ts';

vi.mock('cloudflare:workers', () => import('../simulation/platform.ts'));

const directory = '/workspace/run';
const workFor = (engine: Engine): Work => ({
  jobId: 'job',
  tenant: 'tenant',
  type: 'generate-connector',
  kind: 'start',
  generation: 1,
  engine,
  options: {},
  attempt: 1,
  conversationId: 'run',
  runNumber: 1,
  reworks: 0,
  unpauses: 0,
  staleEventId: null,
  failureId: null,
  verificationCrashes: 0,
  maxCostUsd: null,
  mayExist: false,
  mayCreate: true,
  createAfter: 0,
});
const fileOf = (text: string): InputFile => ({ path: 'specification.json', format: 'json', gzip: gzipSync(text) });
const inputOf = (text: string): JobInput => ({ parameters: { specType: 'openapi', name: 'pets' }, files: [fileOf(text)] });
const pets = JSON.stringify({ openapi: '3.1.0', info: { title: 'Pets', version: '1' }, paths: { '/pets': { get: { responses: {} } } } });

/** An agent-server that keeps what it is sent; `arrived` may hold an upload up. */
function agentKeeping(files: Map<string, string>, arrived: (path: string) => Promise<void> = async () => {}): Agent {
  return createAgentServer({
    baseUrl: 'http://agent.test',
    now: Date.now,
    timeoutMs: 10_000,
    createTimeoutMs: 10_000,
    maxIterations: 1,
    retries: 0,
    fetch: async (url, init) => {
      const path = new URL(url).searchParams.get('path') ?? '';
      const file = init?.body instanceof FormData ? init.body.get('file') : null;
      files.set(path.replace(`${directory}/`, ''), file instanceof Blob ? await file.text() : '');
      await arrived(path);
      return Response.json({ success: true });
    },
  });
}

async function uploaded(engine: Engine, input: JobInput): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  const signal = new AbortController().signal;
  const context = { env: asPlatform<Env>({}), agent: agentKeeping(files), directory, signal, turnstile: new Turnstile() };
  expect(await uploadInput(workFor(engine), { ...context, readInput: async () => input })).toEqual({ ok: true, value: undefined });
  return files;
}

test('OpenHands finds the schema of its result and a baseline to improve, and the task comes last', async () => {
  const files = await uploaded('openhands', inputOf(pets));
  expect([...files.keys()]).toEqual(
    expect.arrayContaining([
      'specification.json',
      'result.schema.json',
      'baseline/src/worker.ts',
      'baseline/package.json',
      'baseline.json',
    ]),
  );
  expect([...files.keys()].at(-1)).toBe('task.json');
  expect(JSON.parse(files.get('baseline.json') ?? '')).toMatchObject({ name: 'pets', tools: [{ method: 'GET', path: '/pets' }] });
  expect(JSON.parse(files.get('result.schema.json') ?? '')).toMatchObject({
    type: 'object',
    required: expect.arrayContaining(['files', 'tools']),
  });
  expect(JSON.parse(files.get('task.json') ?? '')).toMatchObject({
    specification: { path: 'specification.json', format: 'json' },
    files: [],
  });
});

test('a specification that no generator reads is uploaded without a baseline', async () => {
  const files = await uploaded('openhands', inputOf(JSON.stringify({ info: { title: 'Nothing' } })));
  expect([...files.keys()].toSorted()).toEqual(['result.schema.json', 'specification.json', 'task.json']);
});

test('the embedded agent is sent nothing that it makes itself', async () => {
  expect([...(await uploaded('embedded', inputOf(pets))).keys()]).toEqual(['specification.json', 'task.json']);
});

test('files go up six at a time, and the task after all of them', async () => {
  const files = new Map<string, string>();
  const held = Promise.withResolvers<void>();
  let atOnce = 0;
  const agent = agentKeeping(files, async () => {
    atOnce += 1;
    await held.promise;
  });
  const many = Array.from({ length: 40 }, (_, index) => ({ ...fileOf('x'), path: `tests/${index}.ts` }));
  const signal = new AbortController().signal;
  const context = { env: asPlatform<Env>({}), agent, directory, signal, turnstile: new Turnstile() };
  const all = uploadInput(workFor('embedded'), { ...context, readInput: async () => ({ parameters: {}, files: many }) });
  await vi.waitFor(() => expect(atOnce).toBe(6));
  held.resolve();
  expect(await all).toMatchObject({ ok: true });
  expect(files.size).toBe(41);
  expect([...files.keys()].at(-1)).toBe('task.json');
});

test('nothing more goes up after a file that is refused', async () => {
  let asked = 0;
  const agent: Agent = {
    ...agentKeeping(new Map()),
    upload: async () => {
      asked += 1;
      return { ok: false, error: { code: 'agent-unavailable', message: 'Not now.', ambiguous: false } };
    },
  };
  const many = Array.from({ length: 40 }, (_, index) => ({ ...fileOf('x'), path: `tests/${index}.ts` }));
  const signal = new AbortController().signal;
  const context = { env: asPlatform<Env>({}), agent, directory, signal, turnstile: new Turnstile() };
  const answer = await uploadInput(workFor('embedded'), { ...context, readInput: async () => ({ parameters: {}, files: many }) });
  expect(answer).toMatchObject({ ok: false, error: { kind: 'retry', error: { code: 'agent-unavailable' } } });
  expect(asked).toBe(6);
});

test('a large input keeps others from being read until it is sent; a small one does not', async () => {
  const order: string[] = [];
  const held = Promise.withResolvers<void>();
  let arrivals = 0;
  const turnstile = new Turnstile();
  const agent = agentKeeping(new Map(), async (path) => {
    if (!path.endsWith('specification.json')) return;
    arrivals += 1;
    await held.promise;
  });
  const upload = (name: string, text: string) => {
    const readInput = async () => {
      order.push(name);
      return inputOf(text);
    };
    const signal = new AbortController().signal;
    return uploadInput(workFor('embedded'), { env: asPlatform<Env>({}), agent, directory, signal, turnstile, readInput });
  };
  const small = upload('small', pets);
  const large = upload('large', randomBytes(1024 * 1024).toString('hex'));
  const last = upload('last', pets);
  await vi.waitFor(() => expect(arrivals).toBe(2));
  expect(order).toEqual(['small', 'large']);
  held.resolve();
  await Promise.all([small, large, last]);
  expect(order).toEqual(['small', 'large', 'last']);
});

test('a refused upload leaves no run behind that would have to be looked for', async () => {
  const agent: Agent = {
    ...agentKeeping(new Map()),
    upload: async () => ({ ok: false, error: { code: 'agent-rejected', message: 'No.', ambiguous: true } }),
  };
  const context = { env: asPlatform<Env>({}), agent, directory, turnstile: new Turnstile(), signal: new AbortController().signal };
  const answer = await uploadInput(workFor('openhands'), { ...context, readInput: async () => inputOf(pets) });
  expect(answer).toMatchObject({ ok: false, error: { kind: 'failed', ambiguous: false } });
});

test('a turn whose time ran out while it waited reads nothing and is tried again', async () => {
  const context = { env: asPlatform<Env>({}), agent: agentKeeping(new Map()), directory, turnstile: new Turnstile() };
  const readInput = () => expect.unreachable('the input is read');
  const answer = await uploadInput(workFor('openhands'), { ...context, signal: AbortSignal.abort(), readInput });
  expect(answer).toMatchObject({ ok: false, error: { kind: 'retry', error: { code: 'internal' } } });
});
