import { expect, it } from 'vitest';
import { FakeEngine } from '../testing/fake-engine.ts';

it('DELETE /api/jobs/{jobId} removes a job once, and knows it no more', async () => {
  const engine = new FakeEngine();
  await engine.post('/api/generate-from-description', { description: 'x' });
  const path = `/api/jobs/${engine.onlyJob.request.jobId}`;
  const response = await engine.request(path, { method: 'DELETE' });
  expect(response.status).toBe(204);
  expect(await response.text()).toBe('');
  expect((await engine.request(path)).status).toBe(404);
  expect((await engine.request(path, { method: 'DELETE' })).status).toBe(404);
});
