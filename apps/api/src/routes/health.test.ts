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
      queues: { jobs: { backlog: 7, oldestMessageAt: '2026-11-22T12:00:00.000Z' } },
    });
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

  it('does not know the backlog when the queue does not tell it', async () => {
    const engine = new FakeEngine();
    engine.faults.metrics = new Error('not here');
    expect(await (await engine.request('/health')).json()).toMatchObject({ status: 'healthy', queues: { jobs: { backlog: null } } });
  });
});
