import { describe, expect, it, vi } from 'vitest';
import { FakeEngine } from '../testing/fake-engine.ts';

describe('GET /health', () => {
  it('has the shape of the original product, and the backlog', async () => {
    const response = await new FakeEngine().request('/health');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: 'healthy',
      service: 'mcpoverflow-ai-engine',
      environment: 'local',
      openhands: { healthy: true, version: '1.0.0', latency: 3 },
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      acceptsJobs: true,
      queues: { jobs: { backlog: 7, oldestMessageAt: '2026-11-22T12:00:00.000Z' } },
    });
  });

  it('names its release where it was deployed as one', async () => {
    const response = await new FakeEngine().request('/health', {}, { RELEASE: '0123456789ab' });
    expect(await response.json()).toMatchObject({ version: '0123456789ab' });
  });

  it('is degraded while OpenHands does not answer', async () => {
    const engine = new FakeEngine();
    engine.health = { healthy: false, version: null, latency: 0 };
    const response = await engine.request('/health');
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'degraded' });
  });

  it('is unhealthy when the consumer cannot be reached', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const engine = new FakeEngine();
    engine.faults.consumer = new Error('down');
    const response = await engine.request('/health');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ status: 'unhealthy', openhands: { healthy: false } });
    error.mockRestore();
  });

  it('is unhealthy when the consumer cannot read its variables, and names them', async () => {
    const engine = new FakeEngine();
    engine.misconfigured = { kind: 'misconfigured', detail: 'The consumer Worker is set up wrongly: RETRY_ATTEMPTS must be a number.' };
    const response = await engine.request('/health');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      status: 'unhealthy',
      openhands: { healthy: false, message: 'The consumer Worker is set up wrongly: RETRY_ATTEMPTS must be a number.' },
    });
  });

  it('is unhealthy when the api cannot read its variables, and names them; no other call is served', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const engine = new FakeEngine();
    const sentence = 'The api Worker is set up wrongly: MAX_BODY_BYTES must be a whole number of bytes above 0, such as 26214400.';
    const health = await engine.request('/health', {}, { MAX_BODY_BYTES: '25MB' });
    expect(health.status).toBe(503);
    expect(await health.json()).toMatchObject({
      status: 'unhealthy',
      service: 'mcpoverflow-ai-engine',
      environment: 'local',
      openhands: { message: sentence },
    });
    const other = await engine.request('/api/jobs', {}, { MAX_BODY_BYTES: '25MB' });
    expect(other.status).toBe(503);
    expect(await other.json()).toMatchObject({ code: 'unavailable', detail: sentence });
    error.mockRestore();
  });

  it('does not know the backlog when the queue does not tell it', async () => {
    const engine = new FakeEngine();
    engine.faults.metrics = new Error('not here');
    expect(await (await engine.request('/health')).json()).toMatchObject({ status: 'healthy', queues: { jobs: { backlog: null } } });
  });
});
