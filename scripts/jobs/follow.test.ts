import { fail, type Job, type JobEvent, ok } from '@mcpoverflow/types';
import { expect, test, vi } from 'vitest';
import type { Trouble } from '../engine/connection.ts';
import type { EngineClient } from './engine-client.ts';
import { followJob, type Step } from './follow.ts';

const AT = '2026-11-22T12:00:00.000Z';
const ID = '0c3c50f0-2fa0-4e43-a64e-e84a60fa76d4';
const job = (status: Job['status']): Job => ({
  jobId: ID,
  type: 'analyze',
  status,
  stage: status === 'completed' ? 'done' : 'running',
  progress: status === 'completed' ? 100 : 40,
  cached: false,
  generation: 1,
  createdAt: AT,
  updatedAt: AT,
  metadata: {},
  links: { self: '/', events: '/' },
});
const event = (id: number, progress: number): JobEvent => ({
  id,
  type: 'job.progress',
  at: AT,
  generation: 1,
  status: 'processing',
  stage: 'running',
  progress,
});
/** A stream whose chunks cut frames anywhere, as networks do. */
const stream = (...events: JobEvent[]): ReadableStream<Uint8Array> => {
  const bytes = new TextEncoder().encode(events.map((one) => `id: ${one.id}\ndata: ${JSON.stringify(one)}\n\n`).join(': heartbeat\n\n'));
  return new ReadableStream({
    start(controller) {
      for (let from = 0; from < bytes.length; from += 7) controller.enqueue(bytes.subarray(from, from + 7));
      controller.close();
    },
  });
};
const unreachable: Trouble = { kind: 'unreachable', sentence: 'Nothing answers.' };
const refused: Trouble = { kind: 'refused', code: 'job-not-found', sentence: 'There is no such job.' };

function client(answers: Pick<EngineClient, 'events' | 'job'>): EngineClient {
  const never = () => Promise.resolve(fail(refused));
  return { url: 'http://127.0.0.1:8787', submit: never, list: never, cancel: never, artifact: never, ...answers };
}

test('steps are told in order, and a broken stream is taken up after its last event', async () => {
  const steps: number[] = [];
  const events = vi
    .fn<EngineClient['events']>()
    .mockResolvedValueOnce(ok(stream(event(1, 10), event(2, 20))))
    .mockResolvedValueOnce(ok(stream(event(3, 90))));
  const look = vi
    .fn<EngineClient['job']>()
    .mockResolvedValueOnce(ok(job('processing')))
    .mockResolvedValueOnce(ok(job('completed')));
  const ended = await followJob(
    client({ events, job: look }),
    ID,
    (step: Step) => steps.push(step.progress),
    () => undefined,
  );
  expect(ended).toMatchObject({ ok: true, value: { status: 'completed' } });
  expect(steps).toEqual([10, 20, 40, 90]);
  expect(events.mock.calls.map(([, lastEventId]) => lastEventId)).toEqual([0, 2]);
});

test('an engine that restarts is waited for', async () => {
  const told: string[] = [];
  const events = vi.fn<EngineClient['events']>().mockResolvedValueOnce(fail(unreachable)).mockResolvedValueOnce(ok(undefined));
  const look = vi
    .fn<EngineClient['job']>()
    .mockResolvedValueOnce(fail(unreachable))
    .mockResolvedValueOnce(ok(job('completed')));
  const ended = await followJob(
    client({ events, job: look }),
    ID,
    () => undefined,
    (sentence) => told.push(sentence),
  );
  expect(ended).toMatchObject({ ok: true });
  expect(told).toEqual(['the engine does not answer; trying again']);
});

test('a job that does not exist is not waited for', async () => {
  const never = () => Promise.resolve(fail(refused));
  expect(
    await followJob(
      client({ events: never, job: never }),
      ID,
      () => undefined,
      () => undefined,
    ),
  ).toEqual({ ok: false, error: refused });
});
