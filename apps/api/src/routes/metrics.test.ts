import type { EngineFigures, HistogramFigures, PoolFigures } from '@mcpoverflow/types';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeEngine } from '../testing/fake-engine.ts';

const NOON = Date.parse('2026-11-23T12:00:00Z');
const histogram: HistogramFigures = { bounds: [1, 60], counts: [1, 2, 0], sum: 42.5 };
const pool: PoolFigures = {
  leases: 3,
  leaseLimit: 10,
  running: 2,
  waiting: 4,
  waitingSince: NOON - 90_000,
  counted: {
    ended: [
      { status: 'completed', code: null, count: 5 },
      { status: 'failed', code: 'agent-timeout', count: 2 },
    ],
    costUsd: 1.25,
    attempts: [{ outcome: 'delivered', count: 9 }],
    looks: { answered: 20, failed: 1 },
    queueTime: histogram,
    runTime: histogram,
    jobTime: histogram,
    attemptTime: histogram,
  },
};
const figures: EngineFigures = {
  openhands: { healthy: true, version: '1.0.0', latency: 250, engine: 'openhands' },
  queues: { jobs: { backlog: 12, oldestAt: NOON - 30_000 }, webhooks: { backlog: 0, oldestAt: null }, 'dead-letters': null },
  pools: { openhands: pool, embedded: null },
  deadLetters: { job: 6, delivery: 0, message: 1 },
};

describe('GET /metrics', () => {
  let engine: FakeEngine;
  beforeEach(() => {
    vi.useFakeTimers({ now: NOON, toFake: ['Date'] });
    engine = new FakeEngine();
    engine.figures = figures;
    return () => vi.useRealTimers();
  });
  const linesFor = async (headers: Record<string, string> = {}, env = {}) =>
    (await (await engine.request('/metrics', { headers }, env)).text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

  it('tells the operator everything, in seconds and in Prometheus’ own type', async () => {
    const response = await engine.request('/metrics', {}, { RELEASE: 'abc123' });
    expect(response.status).toBe(200);
    expect(response.headers.get('Content-Type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect((await response.text()).split('\n')).toEqual(
      expect.arrayContaining([
        'mcpoverflow_build_info{version="abc123",environment="local"} 1',
        'mcpoverflow_queue_backlog_messages{queue="jobs"} 12',
        'mcpoverflow_queue_oldest_message_age_seconds{queue="jobs"} 30',
        'mcpoverflow_queue_oldest_message_age_seconds{queue="webhooks"} 0',
        'mcpoverflow_pool_leases{engine="openhands"} 3',
        'mcpoverflow_pool_lease_limit{engine="openhands"} 10',
        'mcpoverflow_jobs_running{engine="openhands"} 2',
        'mcpoverflow_jobs_waiting{engine="openhands"} 4',
        'mcpoverflow_jobs_oldest_wait_seconds{engine="openhands"} 90',
        'mcpoverflow_jobs_ended_total{engine="openhands",status="completed",code=""} 5',
        'mcpoverflow_jobs_ended_total{engine="openhands",status="failed",code="agent-timeout"} 2',
        'mcpoverflow_model_cost_usd_total{engine="openhands"} 1.25',
        'mcpoverflow_looks_total{engine="openhands",outcome="failed"} 1',
        'mcpoverflow_webhook_attempts_total{engine="openhands",outcome="delivered"} 9',
        'mcpoverflow_job_run_seconds_bucket{engine="openhands",le="60"} 3',
        'mcpoverflow_job_run_seconds_sum{engine="openhands"} 42.5',
        'mcpoverflow_dead_letters{kind="job"} 6',
        'mcpoverflow_openhands_up{engine="openhands"} 1',
        'mcpoverflow_openhands_probe_seconds{engine="openhands"} 0.25',
      ]),
    );
    expect(engine.figuresAskedFor).toEqual([null]);
  });

  it('says which part was silent, and shows no figure of it', async () => {
    const lines = await linesFor();
    expect(lines).toContain('mcpoverflow_part_up{part="queue dead-letters"} 0');
    expect(lines).toContain('mcpoverflow_part_up{part="pool embedded"} 0');
    expect(lines).toContain('mcpoverflow_part_up{part="dead letters"} 1');
    expect(lines.filter((line) => line.includes('queue="dead-letters"') || line.includes('engine="embedded"'))).toEqual([]);
  });

  it('tells a tenant’s key of the tenant alone, and asks for no more', async () => {
    const key = await engine.addKey('operator012345678', { tenant: 'acme', scopes: ['operate'] });
    await linesFor({ Authorization: `Bearer ${key}` }, { AUTH: 'keys' });
    expect(engine.figuresAskedFor).toEqual(['acme']);
  });

  it('asks for everything for a key of the operator, who owns no jobs', async () => {
    const key = await engine.addKey('operator012345678', { tenant: '*', scopes: ['operate'] });
    await linesFor({ Authorization: `Bearer ${key}` }, { AUTH: 'keys' });
    expect(engine.figuresAskedFor).toEqual([null]);
  });

  it('is closed to keys without the scope, and to nobody’s', async () => {
    const key = await engine.addKey('reader01234567890', { scopes: ['submit', 'read'] });
    expect((await engine.request('/metrics', { headers: { Authorization: `Bearer ${key}` } }, { AUTH: 'keys' })).status).toBe(403);
    expect((await engine.request('/metrics', {}, { AUTH: 'keys' })).status).toBe(401);
    expect(engine.figuresAskedFor).toEqual([]);
  });

  it('answers 503 when the consumer is silent', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    engine.faults.consumer = new Error('gone');
    const response = await engine.request('/metrics');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'unavailable' });
  });

  it('has a name for every counter that ends in _total, and no name twice', async () => {
    const text = await (await engine.request('/metrics')).text();
    const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => ({ name: name ?? '', type }));
    expect(new Set(types.map(({ name }) => name)).size).toBe(types.length);
    for (const { name, type } of types) expect(name.endsWith('_total')).toBe(type === 'counter');
  });
});
