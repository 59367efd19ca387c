import { describe, expect, it } from 'vitest';
import { FakeEngine } from '../testing/fake-engine.ts';

async function submitted() {
  const engine = new FakeEngine();
  await engine.post('/api/generate-from-description', { description: 'x' });
  const { jobId } = engine.onlyJob.request;
  return { engine, jobId, cancel: () => engine.request(`/api/jobs/${jobId}/cancel`, { method: 'POST' }) };
}

describe('POST /api/jobs/{jobId}/cancel', () => {
  it('cancels, and answers the same when it is called again', async () => {
    const { cancel } = await submitted();
    for (const response of [await cancel(), await cancel()]) {
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ status: 'cancelled' });
    }
  });

  it('answers 409 when the job ended otherwise', async () => {
    const { engine, jobId, cancel } = await submitted();
    await engine.complete(jobId, {});
    const response = await cancel();
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'job-already-ended' });
  });
});
