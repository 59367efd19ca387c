import type { JsonPatch } from '@mcpoverflow/types';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { gunzip } from '../gzip.ts';
import { deadLetterOf } from '../testing/fake-dead-letters.ts';
import { FakeEngine } from '../testing/fake-engine.ts';

const spec = '{ "openapi": "3.0.0", "info": { "title": "T", "version": "1" }, "paths": {} }';
const submission = {
  name: 'Users',
  specType: 'openapi',
  spec,
  selectedEndpoints: ['GET /a', 'GET /b'],
  metadata: { team: 'a' },
  webhook: { url: 'http://127.0.0.1:9/hook' },
};

afterEach(() => vi.restoreAllMocks());

async function died(body: object = submission, type = 'generate-connector') {
  const engine = new FakeEngine();
  expect((await engine.post(`/api/${type}`, body)).status).toBe(202);
  const { jobId } = engine.onlyJob.request;
  await engine.fail(jobId);
  const id = `job_${jobId}`;
  engine.deadLetters.letters = [
    deadLetterOf({ id, jobId }),
    deadLetterOf({ id: 'delivery_msg_1', kind: 'delivery', jobId, deliveryId: 'msg_1' }),
    deadLetterOf({ id: 'message_1', kind: 'message', tenant: undefined }),
  ];
  const send = (request: object, headers: Record<string, string> = {}) => engine.post('/api/dead-letters/replay', request, headers);
  const replay = (patch: JsonPatch, rest: object = {}, headers: Record<string, string> = {}) =>
    send({ ids: [id], patch, ...rest }, headers);
  const textOf = async (file: string) => {
    const found = engine.onlyJob.amendments[0]?.files.find(({ path }) => path === file);
    return found === undefined ? undefined : new Response(gunzip(found.gzip)).text();
  };
  const untouched = () => {
    expect(engine.onlyJob.amendments).toEqual([]);
    expect(engine.deadLetters.replays.size).toBe(0);
  };
  return { engine, id, send, replay, textOf, untouched };
}

describe('a patch', () => {
  it('is kept with its job for this replay alone, before the replay begins', async () => {
    const { engine, replay, textOf } = await died();
    const begun = vi.spyOn(engine.deadLetters, 'replay').mockImplementation(async () => {
      expect(engine.onlyJob.amendments).toHaveLength(1);
      throw new Error('lost on the way');
    });
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    expect((await replay([{ op: 'remove', path: '/selectedEndpoints/0' }])).status).toBe(503);
    begun.mockRestore();

    engine.onlyJob.amendments = [];
    const response = await replay([
      { op: 'replace', path: '/name', value: 'People' },
      { op: 'add', path: '/spec/info/title', value: 'Patched' },
    ]);
    expect(response.status).toBe(202);
    const { replayId } = await response.json<{ replayId: string }>();
    const { request, amendments } = engine.onlyJob;
    expect(amendments).toMatchObject([
      {
        replayId,
        generation: 1,
        parameters: { ...request.parameters, name: 'People' },
        options: { metadata: { team: 'a' }, webhook: submission.webhook },
      },
    ]);
    expect(JSON.parse((await textOf('specification.json')) ?? '')).toMatchObject({ openapi: '3.0.0', info: { title: 'Patched' } });
  });

  it('leaves the specification’s text as it was when it changes something else', async () => {
    const { replay, textOf } = await died();
    expect((await replay([{ op: 'add', path: '/priority', value: 'low' }])).status).toBe(202);
    expect(await textOf('specification.json')).toBe(spec);
  });

  it('reaches into the files of a connector, and a specification in YAML as the text it is', async () => {
    const { engine, replay, textOf } = await died(
      { connector: { code: 'print(1)', language: 'python' }, spec: 'openapi: 3.0.0\npaths: {}\n' },
      'generate-tests',
    );
    const response = await replay([
      { op: 'test', path: '/spec', value: 'openapi: 3.0.0\npaths: {}\n' },
      { op: 'replace', path: '/connector/files/0/content', value: 'print(2)' },
      { op: 'add', path: '/connector/files/-', value: { path: 'more.py', content: '' } },
    ]);
    expect(response.status).toBe(202);
    expect(engine.onlyJob.amendments[0]?.files.map(({ path }) => path)).toEqual([
      'specification.yaml',
      'connector/server.py',
      'connector/more.py',
    ]);
    expect(await textOf('connector/server.py')).toBe('print(2)');
  });

  it('in a dry run is judged and not kept, and its plan cannot be started', async () => {
    const { engine, replay, send } = await died();
    const response = await replay([{ op: 'replace', path: '/name', value: 'People' }], { dryRun: true });
    expect(response.status).toBe(200);
    const plan = await response.json<{ replayId: string }>();
    expect(plan).toMatchObject({ state: 'planned', reason: 'A plan keeps no patch.' });
    expect(engine.deadLetters.replays.get(plan.replayId)?.command).toMatchObject({ dryRun: true, patched: true });
    expect(engine.onlyJob.amendments).toEqual([]);
    const executed = await send({ planId: plan.replayId });
    expect(executed.status).toBe(409);
    expect(await executed.json()).toMatchObject({
      code: 'replay-not-possible',
      detail: 'The replay is planned. A plan keeps no patch.',
    });
    const bad = await replay([{ op: 'remove', path: '/name' }], { dryRun: true });
    expect(bad.status).toBe(400);
  });

  it('that is sent again with its key finds the replay, although the job has moved on', async () => {
    const { engine, replay } = await died();
    const key = { 'Idempotency-Key': 'again' };
    const patch: JsonPatch = [{ op: 'remove', path: '/selectedEndpoints' }];
    const first = await (await replay(patch, {}, key)).json<{ replayId: string }>();
    await engine.change(engine.onlyJob.request.jobId, { status: 'pending', generation: 2 }, 'job.replayed');
    const again = await replay(patch, {}, key);
    expect(again.status).toBe(202);
    expect(await again.json()).toMatchObject({ replayId: first.replayId });
    expect((await replay([{ op: 'remove', path: '/name' }], {}, key)).status).toBe(422);
  });

  it('does not replace another one under the same key, although the first one’s replay has not begun', async () => {
    const { engine, replay } = await died();
    const key = { 'Idempotency-Key': 'again' };
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const begun = vi.spyOn(engine.deadLetters, 'replay').mockRejectedValue(new Error('lost on the way'));
    expect((await replay([{ op: 'replace', path: '/name', value: 'People' }], {}, key)).status).toBe(503);
    begun.mockRestore();
    const other = await replay([{ op: 'replace', path: '/name', value: 'Pets' }], {}, key);
    expect(other.status).toBe(422);
    expect(await other.json()).toMatchObject({ code: 'idempotency-mismatch' });
    expect(engine.onlyJob.amendments).toMatchObject([{ parameters: { name: 'People' } }]);
    const again = await replay([{ op: 'replace', path: '/name', value: 'People' }], {}, key);
    expect(again.status).toBe(202);
    const { replayId } = await again.json<{ replayId: string }>();
    expect(engine.deadLetters.replays.get(replayId)?.command).toMatchObject({
      patched: true,
      requestFingerprint: engine.onlyJob.amendments[0]?.requestFingerprint,
    });
  });

  it('of a job that has moved on is refused', async () => {
    const { engine, replay } = await died();
    await engine.change(engine.onlyJob.request.jobId, { status: 'processing', generation: 2 }, 'job.retried');
    const response = await replay([{ op: 'replace', path: '/name', value: 'People' }]);
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({
      code: 'job-not-failed',
      detail: 'The job has moved on: it is processing, in generation 2.',
    });
    expect(engine.deadLetters.replays.size).toBe(0);
  });

  it('of a job that was changed too often is refused, and says what to do', async () => {
    const { engine, replay } = await died();
    engine.onlyJob.amendedTooOften = true;
    const response = await replay([{ op: 'replace', path: '/name', value: 'People' }]);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid-patch', detail: expect.stringContaining('submit the work anew') });
  });

  it('of a job that was deleted finds none', async () => {
    const { engine, replay } = await died();
    engine.jobs.clear();
    const response = await replay([{ op: 'remove', path: '/name' }]);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'job-not-found' });
  });
});

describe('a patch is refused', () => {
  it('for anything but exactly one id', async () => {
    const { id, send, untouched } = await died();
    const patch = [{ op: 'remove', path: '/name' }];
    const planId = '00000000-0000-4000-8000-000000000000';
    for (const selection of [{ ids: [id, 'job_2'] }, { fingerprint: 'f1' }, { filter: { status: 'dead' } }, { planId }]) {
      const response = await send({ ...selection, patch });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: 'invalid-patch', errors: [{ pointer: '/patch' }] });
    }
    untouched();
  });

  it.each([
    ['delivery_msg_1', 'is a delivery; leave the patch out'],
    ['message_1', 'is a message; leave the patch out'],
  ])('for %s', async (id, words) => {
    const { send, untouched } = await died();
    const response = await send({ ids: [id], patch: [{ op: 'remove', path: '/name' }] });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 'invalid-patch',
      detail: expect.stringContaining(words),
      errors: [{ pointer: '/patch' }],
    });
    untouched();
  });

  it('for a dead letter that does not exist', async () => {
    const { send } = await died();
    const response = await send({ ids: ['job_unknown'], patch: [{ op: 'remove', path: '/name' }] });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'dead-letter-not-found' });
  });

  it.each<[JsonPatch[number], string, string]>([
    [{ op: 'replace', path: '/webhook/url', value: 'http://10.0.0.1/' }, '/patch/1/path', 'the job’s webhook'],
    [{ op: 'remove', path: '/webhook' }, '/patch/1/path', 'the job’s webhook'],
    [{ op: 'add', path: '/metadata/team', value: 'b' }, '/patch/1/path', 'the job’s metadata'],
    [{ op: 'copy', from: '/name', path: '/metadata/team' }, '/patch/1/path', 'the job’s metadata'],
    [{ op: 'move', from: '/webhook', path: '/customizations' }, '/patch/1/from', 'the job’s webhook'],
    [{ op: 'replace', path: '', value: submission }, '/patch/1/path', 'the whole submission'],
    [{ op: 'replace', path: '/gone', value: 1 }, '/patch/1/path', 'names nothing (operation 1, replace /gone)'],
    [{ op: 'move', from: '/gone', path: '/name' }, '/patch/1/from', 'names nothing (operation 1, move /gone to /name)'],
    [{ op: 'test', path: '/name', value: 'People' }, '/patch/1/value', 'is not what is there (operation 1, test /name)'],
    [{ op: 'add', path: '/spec/__proto__/polluted', value: 1 }, '/patch/1/path', '"__proto__"'],
    [{ op: 'add', path: '/constructor', value: 1 }, '/patch/1/path', '"constructor"'],
  ])('at the operation that is at fault: %j', async (operation, pointer, words) => {
    const { replay, untouched } = await died();
    const response = await replay([{ op: 'test', path: '/name', value: 'Users' }, operation]);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid-patch', detail: expect.stringContaining(words), errors: [{ pointer }] });
    untouched();
  });

  it.each<[string, JsonPatch, string]>([
    ['lacks a field', [{ op: 'remove', path: '/name' }], '/name is missing'],
    ['has an unknown field', [{ op: 'add', path: '/colour', value: 'red' }], '/colour is not a field of this submission'],
    ['has another type', [{ op: 'add', path: '/type', value: 'analyze' }], '/type is not a field'],
    ['has a specification that no job could use', [{ op: 'replace', path: '/spec/openapi', value: '9' }], '/spec/openapi version "9"'],
    [
      'is too large beside the specification',
      [
        { op: 'add', path: '/authConfig', value: { note: 'x'.repeat(200 * 1024) } },
        { op: 'copy', from: '/authConfig/note', path: '/authConfig/again' },
      ],
      'bytes as JSON',
    ],
  ])('with what a submission would hear that %s', async (_name, patch, words) => {
    const { replay, untouched } = await died();
    const response = await replay(patch);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 'invalid-patch',
      detail: expect.stringContaining(`/patch makes a submission in which ${words.startsWith('/') ? words : ''}`),
      errors: [{ pointer: '/patch', detail: expect.stringContaining(words) }],
    });
    untouched();
  });

  it('when it would make more than a body may be', async () => {
    const { replay, untouched } = await died();
    const copies = Array.from({ length: 99 }, (_, index) => ({ op: 'copy', from: '/spec', path: `/spec/x${index}` }) as const);
    const response = await replay([{ op: 'add', path: '/spec/note', value: 'x' }, ...copies]);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid-patch', errors: [{ pointer: '/patch' }] });
    untouched();
  });

  it('for a job that is not of the dead letter’s own tenant', async () => {
    const { engine, id, replay } = await died();
    engine.deadLetters.letters = engine.deadLetters.letters.map((letter) => (letter.id === id ? { ...letter, tenant: 'other' } : letter));
    expect((await replay([{ op: 'remove', path: '/name' }])).status).toBe(404);
  });
});
