import type { Delivery } from '@mcpoverflow/types';
import { describe, expect, it } from 'vitest';
import { FakeEngine } from '../testing/fake-engine.ts';

const at = '2026-11-22T12:00:00.000Z';

async function delivered() {
  const engine = new FakeEngine();
  await engine.post('/api/generate-from-description', { description: 'x', webhook: { url: 'http://127.0.0.1:9/hook' } });
  const job = engine.onlyJob;
  const path = `/api/jobs/${job.request.jobId}/deliveries`;
  const delivery: Delivery = {
    deliveryId: 'msg_1',
    event: 'job.failed',
    generation: 1,
    url: 'http://127.0.0.1:9/hook',
    status: 'dead-letter',
    createdAt: at,
    attemptCount: 1,
    attempts: [{ number: 1, at, durationMs: 3, status: 500, error: 'status', message: 'The receiver answered 500.' }],
    links: { job: `/api/jobs/${job.request.jobId}`, redeliver: `${path}/msg_1/redeliver` },
  };
  job.deliveries.push(delivery);
  return { engine, path, delivery };
}

describe('GET /api/jobs/{jobId}/deliveries', () => {
  it('shows every call with its attempts', async () => {
    const { engine, path, delivery } = await delivered();
    const response = await engine.request(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(await response.json()).toEqual({ deliveries: [delivery] });
  });

  it.each(['00000000-0000-4000-8000-000000000000', 'nonsense'])('answers 404 for the job %s', async (jobId) => {
    const response = await new FakeEngine().request(`/api/jobs/${jobId}/deliveries`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'job-not-found' });
  });
});

describe('POST /api/jobs/{jobId}/deliveries/{deliveryId}/redeliver', () => {
  it('sends a call again and shows it under way, at the address that its delivery names', async () => {
    const { engine, delivery } = await delivered();
    const response = await engine.request(delivery.links.redeliver, { method: 'POST' });
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({ ...delivery, status: 'pending' });
    expect(engine.onlyJob.deliveries[0]?.status).toBe('pending');
  });

  it('answers 404 for another delivery, and says where they are listed', async () => {
    const { engine, path } = await delivered();
    const response = await engine.request(`${path}/msg_2/redeliver`, { method: 'POST' });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'delivery-not-found', detail: expect.stringContaining(`GET ${path}`) });
  });

  it.each(['00000000-0000-4000-8000-000000000000', 'nonsense'])('answers 404 for the job %s', async (jobId) => {
    const response = await new FakeEngine().request(`/api/jobs/${jobId}/deliveries/msg_1/redeliver`, { method: 'POST' });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'job-not-found' });
  });
});
