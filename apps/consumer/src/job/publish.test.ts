import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Env } from '../env.ts';
import { readSettings } from '../settings.ts';
import { asPlatform } from '../simulation/platform.ts';
import { begin, finish, submission, submitted } from './fixtures.ts';
import { publishJob } from './publish.ts';
import type { JobState } from './state.ts';

interface Written {
  readonly value: string | Uint8Array;
  readonly metadata: unknown;
}

/** The fixtures' jobs run on OpenHands. */
function completed(cache?: NonNullable<JobState['cache']>): JobState {
  const request = { ...submission, ...(cache === undefined ? {} : { cache }) };
  const started = finish(begin(submitted(null, request), 1_000_000).state, { kind: 'started' }, 1_001_000).state;
  return finish(begin(started, 1_002_000).state, { kind: 'completed' }, 1_003_000).state;
}

async function publish(state: JobState, result: string): Promise<ReadonlyMap<string, Written>> {
  const written = new Map<string, Written>();
  const put = async (key: string, value: string | Uint8Array, { metadata }: { metadata: unknown }) => {
    written.set(key, { value, metadata });
  };
  const env = asPlatform<Env>({ AI_JOBS: { put } });
  await publishJob(state, { env, settings: readSettings(env), readResult: () => gzipSync(result) });
  return written;
}

const textOf = (value: string | Uint8Array = ''): string => (typeof value === 'string' ? value : new TextDecoder().decode(value));
const key = 'cache:0';

test('the copy is the job with its result, and names the result it holds', async () => {
  const state = completed();
  const copy = (await publish(state, '{"title":"Größe"}')).get(state.jobId);
  expect(JSON.parse(textOf(copy?.value))).toMatchObject({ jobId: state.jobId, status: 'completed', result: { title: 'Größe' } });
  expect(copy?.metadata).toEqual(state.result);
});

test('a result is kept for others when the engine that made it is the one its key was computed for', async () => {
  const kept = (await publish(completed({ key, engine: 'openhands' }), '{"a":1}')).get(key);
  expect(kept?.metadata).toEqual({ v: 1, engine: 'openhands' });
  expect(typeof kept?.value === 'string' ? '' : gunzipSync(kept?.value ?? '').toString()).toBe('{"a":1}');
});

test('a result is not kept under the key of another engine', async () => {
  expect((await publish(completed({ key, engine: 'embedded' }), '{"a":1}')).has(key)).toBe(false);
});

test('the copy of a job with a very large result is written without it, so that it never stands for the result', async () => {
  const state = completed();
  const copy = (await publish(state, JSON.stringify({ text: 'x'.repeat(10 * 1024 * 1024) }))).get(state.jobId);
  expect(JSON.parse(textOf(copy?.value))).not.toHaveProperty('result');
  expect(copy?.metadata).toEqual({ generation: 1 });
});

test('a large result that still fits is copied whole', async () => {
  const state = completed();
  const text = 'ü'.repeat(4 * 1024 * 1024);
  const copy = (await publish(state, JSON.stringify({ text }))).get(state.jobId);
  expect(JSON.parse(textOf(copy?.value)).result.text === text).toBe(true);
});
