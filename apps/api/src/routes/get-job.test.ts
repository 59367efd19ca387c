import { describe, expect, it, vi } from 'vitest';
import { FakeEngine } from '../testing/fake-engine.ts';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';

async function submitted(): Promise<{ engine: FakeEngine; jobId: string; path: string }> {
  const engine = new FakeEngine();
  await engine.post('/api/generate-from-description', { description: 'x' });
  const { jobId } = engine.onlyJob.request;
  return { engine, jobId, path: `/api/jobs/${jobId}` };
}

describe('GET /api/jobs/{jobId}', () => {
  it('shows a job that goes on, and when to ask again', async () => {
    const { engine, jobId, path } = await submitted();
    const response = await engine.request(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('Retry-After')).toBe('2');
    expect(response.headers.get('Vary')).toBe('Prefer');
    expect(await response.json()).toMatchObject({ jobId, status: 'pending' });
  });

  it('takes an id in upper case', async () => {
    const { engine, jobId } = await submitted();
    expect((await engine.request(`/api/jobs/${jobId.toUpperCase()}`)).status).toBe(200);
  });

  it.each([UNKNOWN, 'nonsense'])('answers 404 for %s', async (id) => {
    const response = await new FakeEngine().request(`/api/jobs/${id}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'job-not-found' });
  });

  it('splices the result into the job it belongs to', async () => {
    const { engine, jobId, path } = await submitted();
    await engine.complete(jobId, { text: 'ü "quoted"', list: [1] });
    const response = await engine.request(path);
    expect(response.headers.get('Retry-After')).toBeNull();
    expect(await response.json()).toMatchObject({ status: 'completed', result: { text: 'ü "quoted"', list: [1] } });
  });

  it('serves the copy in KV only if it is of this generation and token', async () => {
    const { engine, jobId, path } = await submitted();
    await engine.complete(jobId, { from: 'job' });
    engine.onlyJob.publication = { generation: 1, token: 'right' };
    const copyOf = async (token: string) => ({
      value: await new Blob([JSON.stringify({ from: 'kv' })]).arrayBuffer(),
      metadata: { generation: 1, token },
    });

    engine.kv.set(jobId, await copyOf('wrong'));
    expect(await (await engine.request(path)).json()).toMatchObject({ result: { from: 'job' } });
    engine.kv.set(jobId, await copyOf('right'));
    expect(await (await engine.request(path)).json()).toEqual({ from: 'kv' });
  });

  it('asks the Job when KV fails', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const { engine, jobId, path } = await submitted();
    await engine.complete(jobId, { from: 'job' });
    engine.onlyJob.publication = { generation: 1, token: 't' };
    engine.faults.kv = new Error('KV down');
    expect(await (await engine.request(path)).json()).toMatchObject({ result: { from: 'job' } });
    warn.mockRestore();
  });

  it('waits for the end when it is asked to', async () => {
    const { engine, jobId, path } = await submitted();
    const answer = engine.request(path, { headers: { Prefer: 'wait=30' } });
    await engine.someoneWaits(jobId);
    await engine.change(jobId, { status: 'processing', stage: 'running' }, 'job.started');
    await engine.someoneWaits(jobId);
    await engine.complete(jobId, { done: true });
    const response = await answer;
    expect(response.headers.get('Preference-Applied')).toBe('wait=30');
    expect(await response.json()).toMatchObject({ status: 'completed', result: { done: true } });
  });

  it('shows the job as it is when the wait is over', async () => {
    const { engine, jobId, path } = await submitted();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const answer = engine.request(path, { headers: { Prefer: 'wait=600' } });
    await engine.someoneWaits(jobId);
    await vi.advanceTimersByTimeAsync(60_000);
    const response = await answer;
    vi.useRealTimers();
    expect(response.headers.get('Preference-Applied')).toBe('wait=60');
    expect(await response.json()).toMatchObject({ status: 'pending' });
  });

  it('answers 503 when the Job cannot be reached', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { engine, path } = await submitted();
    engine.faults.job = new Error('gone');
    expect((await engine.request(path)).status).toBe(503);
    error.mockRestore();
  });
});
