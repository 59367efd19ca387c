import type { Delivery } from '@mcpoverflow/types';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { deadLetterOf } from '../testing/fake-dead-letters.ts';
import { FakeEngine } from '../testing/fake-engine.ts';

afterEach(() => vi.restoreAllMocks());

async function died() {
  const engine = new FakeEngine();
  await engine.post('/api/generate-from-description', { description: 'x' });
  const { jobId } = engine.onlyJob.request;
  await engine.fail(jobId);
  engine.deadLetters.letters = [
    deadLetterOf({ id: `job_${jobId}`, jobId, history: [{ at: '2026-11-22T12:00:00.000Z', event: 'died' }] }),
    deadLetterOf({ id: 'delivery_msg_1', kind: 'delivery', jobId, deliveryId: 'msg_1' }),
    deadLetterOf({ id: 'message_abc', kind: 'message', tenant: undefined, queue: 'mcpoverflow-jobs', body: '{"v":9}' }),
  ];
  return { engine, jobId, get: (id: string) => engine.request(`/api/dead-letters/${id}`) };
}

describe('GET /api/dead-letters/{deadLetterId}', () => {
  it('shows a job’s with the job as it is and all that happened to it', async () => {
    const { jobId, get } = await died();
    const response = await get(`job_${jobId}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(await response.json()).toMatchObject({
      id: `job_${jobId}`,
      history: [{ event: 'died' }],
      job: { jobId, status: 'failed' },
      jobHistory: [{ type: 'job.submitted' }, { type: 'job.failed' }],
    });
  });

  it('shows a webhook call’s with the call, attempt by attempt', async () => {
    const { engine, jobId, get } = await died();
    const delivery: Delivery = {
      deliveryId: 'msg_1',
      event: 'job.failed',
      generation: 1,
      url: 'https://hooks.example.com/',
      status: 'dead-letter',
      createdAt: '2026-11-22T12:00:00.000Z',
      attemptCount: 1,
      attempts: [],
      links: { job: `/api/jobs/${jobId}`, redeliver: '' },
    };
    engine.onlyJob.deliveries.push({ ...delivery, deliveryId: 'msg_0' }, delivery);
    expect(await (await get('delivery_msg_1')).json()).toMatchObject({ job: { jobId }, delivery });
  });

  it('shows a message with its raw body and without a job', async () => {
    const { get } = await died();
    const answer = await (await get('message_abc')).json();
    expect(answer).toMatchObject({ kind: 'message', body: '{"v":9}' });
    expect(answer).not.toHaveProperty('job');
  });

  it('goes without the job when that is deleted', async () => {
    const { engine, jobId, get } = await died();
    engine.jobs.clear();
    const response = await get(`job_${jobId}`);
    expect(response.status).toBe(200);
    expect(await response.json()).not.toHaveProperty('job');
  });

  it('is shown when the job does not answer, and says so instead of looking as if that were deleted', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const { engine, jobId, get } = await died();
    engine.faults.job = new Error('no such object');
    const response = await get(`job_${jobId}`);
    expect(response.status).toBe(200);
    const answer = await response.json();
    expect(answer).toMatchObject({ id: `job_${jobId}`, history: [{ event: 'died' }], jobUnavailable: true });
    expect(answer).not.toHaveProperty('job');
    expect(warn.mock.calls.join()).toContain(`"jobId":"${jobId}"`);
  });

  it('shows what was submitted before replays changed it, without what may be secret', async () => {
    const { engine, jobId, get } = await died();
    const parameters = { description: 'before', authConfig: { key: 'secret' } };
    engine.onlyJob.former = [{ revision: 0, lastGeneration: 1, parameters, options: {} }];
    await engine.change(jobId, { generation: 2 }, 'job.replayed');
    const answer = await (await get(`job_${jobId}`)).json();
    expect(answer).toMatchObject({ formerSubmissions: [{ revision: 0, lastGeneration: 1, parameters: { description: 'before' } }] });
    expect(JSON.stringify(answer)).not.toContain('secret');
    engine.onlyJob.former = [];
    expect(await (await get(`job_${jobId}`)).json()).not.toHaveProperty('formerSubmissions');
  });

  it.each(['job_unknown', 'nonsense', 'replays'])('answers 404 for %s', async (id) => {
    const { get } = await died();
    const response = await get(id);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'dead-letter-not-found' });
  });
});
