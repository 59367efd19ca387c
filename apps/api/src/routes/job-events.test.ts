import { describe, expect, it, vi } from 'vitest';
import { FakeEngine } from '../testing/fake-engine.ts';

async function submitted() {
  const engine = new FakeEngine();
  await engine.post('/api/generate-from-description', { description: 'x' });
  const { jobId } = engine.onlyJob.request;
  const events = (headers: Record<string, string> = {}) => engine.request(`/api/jobs/${jobId}/events`, { headers });
  return { engine, jobId, events };
}

function framesOf(response: Response) {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) throw new Error('no stream');
  return { next: async () => (await reader.read()).value, cancel: () => reader.cancel() };
}

const idsOf = (text: string): string[] => [...text.matchAll(/^id: (\d+)$/gm)].map((match) => match[1] ?? '');

describe('GET /api/jobs/{jobId}/events', () => {
  it('tells every event as it happens and ends with the job', async () => {
    const { engine, jobId, events } = await submitted();
    const response = await events();
    expect(response.headers.get('Content-Type')).toBe('text/event-stream; charset=utf-8');
    const frames = framesOf(response);
    expect(await frames.next()).toMatch(/^id: 1\nevent: job\.submitted\ndata: \{"id":1,.*\}\n\n$/);
    await engine.someoneWaits(jobId);
    await engine.complete(jobId, {});
    expect(await frames.next()).toContain('event: job.completed');
    expect(await frames.next()).toBe('retry: 1000\n\n');
    expect(await frames.next()).toBeUndefined();
  });

  it('goes on after Last-Event-ID', async () => {
    const { engine, jobId, events } = await submitted();
    await engine.change(jobId, { status: 'processing' }, 'job.started');
    await engine.complete(jobId, {});
    expect(idsOf(await (await events({ 'Last-Event-ID': '1' })).text())).toEqual(['2', '3']);
    expect(idsOf(await (await events({ 'Last-Event-ID': 'nonsense' })).text())).toEqual(['1', '2', '3']);
  });

  it('starts from the beginning for a reader whose last event this job never had', async () => {
    const { engine, jobId, events } = await submitted();
    const frames = framesOf(await events({ 'Last-Event-ID': '7' }));
    expect(idsOf((await frames.next()) ?? '')).toEqual(['1']);
    await frames.cancel();
    await engine.complete(jobId, {});
    expect(idsOf(await (await events({ 'Last-Event-ID': '999999999999999' })).text())).toEqual(['1', '2']);
  });

  it('waits for what follows the last event of a job that goes on', async () => {
    const { engine, jobId, events } = await submitted();
    const frames = framesOf(await events({ 'Last-Event-ID': '1' }));
    // Where it stands now, for a reader who comes back.
    expect(await frames.next()).toMatch(/^event: job\.progress\ndata: \{"type":"job\.progress",.*\}\n\n$/);
    await engine.someoneWaits(jobId);
    await engine.complete(jobId, {});
    expect(idsOf((await frames.next()) ?? '')).toEqual(['2']);
  });

  it('tells what the agent does between the events, once each and without an id', async () => {
    const { engine, jobId, events } = await submitted();
    engine.say(jobId, 'The agent is at work.');
    const frames = framesOf(await events());
    expect(await frames.next()).toMatch(/^id: 1\n.*"message":"The agent is at work\."/s);
    await engine.someoneWaits(jobId);
    engine.say(jobId, 'Editing src/index.ts.', 'editing');
    const frame = (await frames.next()) ?? '';
    expect(frame).toMatch(/^event: job\.progress\n/);
    expect(JSON.parse(frame.split('data: ')[1] ?? '')).toMatchObject({
      message: 'Editing src/index.ts.',
      activity: 'editing',
      progress: 0,
    });
    await engine.someoneWaits(jobId);
    await engine.change(jobId, { stage: 'verifying' }, 'job.progress');
    // The event itself says what happens: nothing is told twice.
    expect((await frames.next())?.match(/^event:/gm)).toHaveLength(1);
  });

  it('neither spins nor ends while polls break', async () => {
    const { engine, jobId, events } = await submitted();
    engine.say(jobId, 'The agent is at work.');
    const frames = framesOf(await events());
    await frames.next();
    await engine.someoneWaits(jobId);
    engine.faults.changes = new Error('evicted');
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    engine.say(jobId, 'Thinking.', 'thinking');
    expect(await frames.next()).toContain('"message":"Thinking."');
    const heartbeat = frames.next();
    let beaten = false;
    heartbeat.then(() => {
      beaten = true;
    });
    await vi.advanceTimersByTimeAsync(900);
    expect(beaten).toBe(false);
    await vi.advanceTimersByTimeAsync(200);
    expect(await heartbeat).toBe(': heartbeat\n\n');
    vi.useRealTimers();
    await frames.cancel();
  });

  it('answers 204 when nothing will follow, so that browsers stop asking', async () => {
    const { engine, jobId, events } = await submitted();
    await engine.complete(jobId, {});
    expect((await events({ 'Last-Event-ID': '2' })).status).toBe(204);
  });

  it('sends a heartbeat while nothing happens, and ends after five minutes', async () => {
    const { engine, jobId, events } = await submitted();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const frames = framesOf(await events());
    await frames.next();
    await engine.someoneWaits(jobId);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await frames.next()).toBe(': heartbeat\n\n');
    vi.setSystemTime(Date.now() + 5 * 60_000);
    await engine.someoneWaits(jobId);
    await vi.advanceTimersByTimeAsync(15_000);
    const rest = [await frames.next(), await frames.next(), await frames.next()];
    vi.useRealTimers();
    expect(rest.filter((frame) => frame !== ': heartbeat\n\n')).toEqual(['retry: 1000\n\n', undefined]);
  });

  it('ends soon after its key was revoked', async () => {
    const engine = new FakeEngine({ ENVIRONMENT: 'production', AUTH: 'keys' });
    const headers = { Authorization: `Bearer ${await engine.addKey('a1b2c3d4e5f6a7b8', {})}` };
    await engine.post('/api/generate-from-description', { description: 'x' }, headers);
    const { jobId } = engine.onlyJob.request;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const frames = framesOf(await engine.request(`/api/jobs/${jobId}/events`, { headers }));
    await frames.next();
    engine.standings.set('acme', { revokedKeys: ['a1b2c3d4e5f6a7b8'], jobsInFlight: 0, costUsdToday: 0 });
    await engine.someoneWaits(jobId);
    // For so long it is kept how the tenant stood.
    vi.setSystemTime(Date.now() + 20_000);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await frames.next()).toBe(': heartbeat\n\n');
    expect(await frames.next()).toBe('retry: 1000\n\n');
    expect(await frames.next()).toBeUndefined();
    vi.useRealTimers();
  });

  it('stops polling when the reader goes away', async () => {
    const { engine, jobId, events } = await submitted();
    const frames = framesOf(await events());
    await frames.next();
    await engine.someoneWaits(jobId);
    await frames.cancel();
    await engine.change(jobId, { status: 'processing' }, 'job.started');
    await new Promise((resolve) => setImmediate(resolve));
    expect(engine.onlyJob.waiters).toHaveLength(0);
  });

  it('answers 404 for an unknown job', async () => {
    const response = await new FakeEngine().request('/api/jobs/00000000-0000-4000-8000-000000000000/events');
    expect(response.status).toBe(404);
  });
});
