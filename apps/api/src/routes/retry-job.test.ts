import { describe, expect, it } from 'vitest';
import { FakeEngine } from '../testing/fake-engine.ts';

async function submitted() {
  const engine = new FakeEngine();
  await engine.post('/api/generate-from-description', { description: 'x' });
  const { jobId } = engine.onlyJob.request;
  return { engine, jobId, retry: () => engine.request(`/api/jobs/${jobId}/retry`, { method: 'POST' }) };
}

describe('POST /api/jobs/{jobId}/retry', () => {
  it('starts a failed job again under the same id, and leaves the message to the Job', async () => {
    const { engine, jobId, retry } = await submitted();
    await engine.fail(jobId);
    const response = await retry();
    expect(response.status).toBe(202);
    expect(response.headers.get('Location')).toBe(`/api/jobs/${jobId}`);
    expect(await response.json()).toMatchObject({ jobId, status: 'pending' });
    expect(engine.onlyJob.summary.generation).toBe(2);
    expect(engine.sent).toHaveLength(1);
  });

  it('answers 409 for a job that did not fail', async () => {
    const { retry } = await submitted();
    const response = await retry();
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'job-not-failed' });
  });
});
