import { jobTypes } from '@mcpoverflow/types';
import { expect, it } from 'vitest';
import { FakeEngine } from '../testing/fake-engine.ts';

const drained = { ACCEPT_JOBS: 'false' };
const JOB = '00000000-0000-4000-8000-000000000000';

it.each([
  ...jobTypes.map((type) => `/api/${type}`),
  '/api/jobs/batch',
  `/api/jobs/${JOB}/retry`,
  '/api/dead-letters/replay',
  `/api/dead-letters/replays/${JOB}/resume`,
])('a drained engine starts nothing: %s', async (path) => {
  const engine = new FakeEngine(drained);
  const response = await engine.post(path, { description: 'a connector' });
  expect(response.status).toBe(503);
  expect(response.headers.get('Retry-After')).toBe('30');
  expect(await response.json()).toMatchObject({ code: 'draining' });
  expect(engine.jobs.size).toBe(0);
});

it('jobs that are there are read, cancelled and deleted as ever, and /health tells of the drain', async () => {
  const engine = new FakeEngine();
  await engine.post('/api/generate-from-description', { description: 'a connector' });
  const { jobId } = engine.onlyJob.request;
  const whileDrained = (path: string, method = 'GET') => engine.request(path, { method }, drained);
  expect((await whileDrained('/api/jobs')).status).toBe(200);
  expect((await whileDrained(`/api/jobs/${jobId}`)).status).toBe(200);
  expect((await whileDrained(`/api/jobs/${jobId}/cancel`, 'POST')).status).toBe(200);
  expect((await whileDrained(`/api/jobs/${jobId}`, 'DELETE')).status).toBe(204);
  const health = await whileDrained('/health');
  expect(health.status).toBe(200);
  expect(await health.json()).toMatchObject({ status: 'healthy', acceptsJobs: false });
});
