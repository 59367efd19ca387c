import type { AnalyticsDataPoint } from '@mcpoverflow/types';
import { analyticsBlobs } from '@mcpoverflow/types';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeEngine } from '../testing/fake-engine.ts';

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const SECRET = 'PLANTED-SECRET';

describe('the line of a call', () => {
  let engine: FakeEngine;
  const lines: Record<string, unknown>[] = [];
  const called = () => lines.filter(({ message }) => message === 'request');

  beforeEach(() => {
    lines.length = 0;
    engine = new FakeEngine();
    for (const level of ['info', 'warn', 'error'] as const) {
      vi.spyOn(console, level).mockImplementation((line: string) => void lines.push(JSON.parse(line)));
    }
  });
  afterEach(() => vi.restoreAllMocks());

  it('names the address as it is documented, how it went, and whose it was', async () => {
    const id = '00000000-0000-4000-8000-000000000000';
    await engine.request(`/api/jobs/${id}?note=${SECRET}`, { headers: { 'X-Request-Id': 'call-1', traceparent: TRACEPARENT } });
    expect(called()).toEqual([
      {
        level: 'info',
        message: 'request',
        requestId: 'call-1',
        tenant: 'local',
        traceparent: TRACEPARENT,
        method: 'GET',
        route: '/api/jobs/{jobId}',
        status: 404,
        code: 'job-not-found',
        durationMs: expect.any(Number),
      },
    ]);
  });

  it('shares its trace with the jobs that the call starts', async () => {
    await engine.post('/api/generate-from-description', { description: SECRET }, { Authorization: `Bearer ${SECRET}` });
    const traces = lines.map(({ traceparent }) => traceparent);
    expect(new Set(traces).size).toBe(1);
    expect(engine.onlyJob.request.traceparent).toBe(traces[0]);
    expect(lines.map(({ message }) => message)).toEqual(['submission accepted', 'request']);
  });

  it.each([
    ['an address that is refused on the way to it', '/api/jobs', { AUTH: 'keys' }, '/api/jobs', 401],
    ['one that takes another method', '/api/jobs/batch', {}, '/api/jobs/batch', 405],
    ['no address of ours, which may be anything', `/${SECRET}`, {}, 'none', 404],
    ['one below that of hooks, which may be a secret', `/hooks/${SECRET}`, {}, '/hooks/***', 404],
  ])('names %s', async (_, path, env, route, status) => {
    await engine.request(path, {}, env);
    expect(called()).toMatchObject([{ route, status }]);
    expect(JSON.stringify(lines)).not.toContain(SECRET);
  });

  it('is a warning when the engine is at fault', async () => {
    engine.faults.job = new Error(`could not reach https://user:${SECRET}@store.example.com`);
    await engine.request('/api/jobs/00000000-0000-4000-8000-000000000000');
    expect(called()).toMatchObject([{ level: 'warn', status: 503, code: 'unavailable' }]);
    expect(JSON.stringify(lines)).not.toContain(SECRET);
  });

  it('comes with a point when the call was refused as one too many', async () => {
    const points: AnalyticsDataPoint[] = [];
    const key = await engine.addKey('acme0123456789012', {});
    const limited = {
      AUTH: 'keys',
      ANALYTICS: { writeDataPoint: (point: AnalyticsDataPoint) => void points.push(point) },
      RATE_LIMIT_IP: { limit: async () => ({ success: true }) },
      RATE_LIMIT_STANDARD: { limit: async () => ({ success: false }) },
    };
    const response = await engine.request('/api/jobs', { headers: { Authorization: `Bearer ${key}` } }, limited);
    expect(response.status).toBe(429);
    expect(points.map(({ blobs }) => [blobs[analyticsBlobs.indexOf('event')], blobs[analyticsBlobs.indexOf('tenant')]])).toEqual([
      ['rate-limited', 'acme'],
    ]);
  });
});
