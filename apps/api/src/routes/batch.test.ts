import { describe, expect, it, vi } from 'vitest';
import { FakeEngine } from '../testing/fake-engine.ts';

const description = { type: 'generate-from-description', description: 'x' };

interface Answer {
  readonly jobs: { index: number; jobId?: string; problem?: { code: string; detail: string; errors?: { pointer: string }[] } }[];
  readonly accepted: number;
  readonly refused: number;
}
const batch = async (engine: FakeEngine, jobs: unknown, headers: Record<string, string> = {}) => {
  const response = await engine.post('/api/jobs/batch', { jobs }, headers);
  return { status: response.status, answer: await response.json<Answer>() };
};

describe('POST /api/jobs/batch', () => {
  it('answers for every item, in order, and refuses only the bad ones', async () => {
    const engine = new FakeEngine();
    const bad = { type: 'analyze', specType: 'openapi', spec: { openapi: '9' } };
    const { status, answer } = await batch(engine, [description, bad, { type: 'paint' }, 7, description]);
    expect(status).toBe(202);
    expect(answer).toMatchObject({ accepted: 2, refused: 3 });
    expect(answer.jobs.map(({ index, problem }) => [index, problem?.code, problem?.errors?.[0]?.pointer])).toEqual([
      [0, undefined, undefined],
      [1, 'unsupported-specification', '/jobs/1/spec/openapi'],
      [2, 'invalid-request', '/jobs/2/type'],
      [3, 'invalid-request', '/jobs/3'],
      [4, undefined, undefined],
    ]);
    expect(engine.sent.map(({ jobId }) => jobId)).toEqual([answer.jobs[0]?.jobId, answer.jobs[4]?.jobId]);
  });

  it('names the same place in the sentence and in the pointer', async () => {
    const { answer } = await batch(new FakeEngine(), [description, { ...description, priority: 'urgent' }, 7]);
    expect(answer.jobs.flatMap(({ problem }) => (problem === undefined ? [] : [[problem.detail, problem.errors?.[0]?.pointer]]))).toEqual([
      ['/jobs/1/priority must be one of normal, low.', '/jobs/1/priority'],
      ['/jobs/2 must be an object.', '/jobs/2'],
    ]);
  });

  it('gives every item a key of its own, so that a repeated batch makes nothing twice', async () => {
    const engine = new FakeEngine();
    const key = { 'Idempotency-Key': 'k' };
    const first = await batch(engine, [description, description], key);
    const second = await batch(engine, [description, { ...description, description: 'y' }], key);
    expect(engine.jobs.size).toBe(2);
    expect(engine.sent).toHaveLength(2);
    expect(second.answer.jobs[0]?.jobId).toBe(first.answer.jobs[0]?.jobId);
    expect(second.answer.jobs[1]?.problem?.code).toBe('idempotency-mismatch');
  });

  it('answers 200 when nothing was accepted', async () => {
    const { status, answer } = await batch(new FakeEngine(), [{ type: 'paint' }]);
    expect([status, answer.accepted, answer.refused]).toEqual([200, 0, 1]);
  });

  it('keeps its jobs when the queue fails', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const engine = new FakeEngine();
    engine.faults.queue = new Error('down');
    expect((await batch(engine, [description, description])).answer.accepted).toBe(2);
    warn.mockRestore();
  });

  it.each([[[]], [Array(101).fill(description)], ['many']])('refuses a batch that is empty, too long or no list', async (jobs) => {
    const engine = new FakeEngine();
    const response = await engine.post('/api/jobs/batch', { jobs });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid-request', errors: [{ pointer: '/jobs' }] });
    expect(engine.jobs.size).toBe(0);
  });
});
