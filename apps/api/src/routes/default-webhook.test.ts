import { describe, expect, it, vi } from 'vitest';
import { FakeEngine } from '../testing/fake-engine.ts';

const path = '/api/webhooks/default';
const url = 'http://127.0.0.1:9/hook';
const put = (engine: FakeEngine, webhook: unknown) =>
  engine.request(path, { method: 'PUT', body: JSON.stringify(webhook), headers: { 'Content-Type': 'application/json' } });

describe('/api/webhooks/default', () => {
  it('is empty, set, read and emptied again', async () => {
    const engine = new FakeEngine();
    const read = async () => (await engine.request(path)).json();
    expect(await read()).toEqual({ webhook: null });

    const set = await put(engine, { url, events: ['job.failed', 'job.failed'] });
    expect(set.status).toBe(200);
    expect(await set.json()).toEqual({ webhook: { url, events: ['job.failed'] } });
    expect(await read()).toEqual({ webhook: { url, events: ['job.failed'] } });

    const removed = await engine.request(path, { method: 'DELETE' });
    expect(removed.status).toBe(200);
    expect(await removed.json()).toEqual({ webhook: null });
    expect(await read()).toEqual({ webhook: null });
  });

  it.each([
    ['a URL that may not be called', { url: 'https://metadata.google.internal/' }, 'invalid-webhook-url', '/url'],
    ['no URL', {}, 'invalid-request', '/url'],
    ['an unknown event', { url, events: ['job.done'] }, 'invalid-request', '/events/0'],
    ['an unknown field', { url, secret: 'x' }, 'invalid-request', '/secret'],
  ])('refuses %s and keeps what there is', async (_name, webhook, code, pointer) => {
    const engine = new FakeEngine();
    const response = await put(engine, webhook);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code, errors: [{ pointer }] });
    expect(engine.webhookCalls).toEqual([]);
  });

  it('is always read from its store, and answers 503 when that cannot be', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const engine = new FakeEngine();
    await put(engine, { url });
    engine.faults.webhooks = new Error('no such object');
    for (const method of ['GET', 'DELETE']) expect((await engine.request(path, { method })).status).toBe(503);
    expect((await put(engine, { url })).status).toBe(503);
    error.mockRestore();
  });
});
