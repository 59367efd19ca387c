import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakeEngine } from '../testing/fake-engine.ts';

const url = 'http://127.0.0.1:9/hook?token=s3cret';
const test = (engine: FakeEngine, body: unknown, headers: Record<string, string> = {}) => engine.post('/api/webhooks/test', body, headers);

afterEach(() => vi.useRealTimers());

describe('POST /api/webhooks/test', () => {
  it('sends one ping and answers what came of it', async () => {
    const engine = new FakeEngine();
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const response = await test(engine, { url }, { traceparent });
    expect(response.status).toBe(200);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(await response.json()).toEqual(engine.ping);
    expect(engine.pings).toEqual([{ tenant: 'local', url, origin: 'http://localhost', traceparent }]);
  });

  it('answers 200 for a ping that failed, too', async () => {
    const engine = new FakeEngine();
    engine.ping = { ...engine.ping, delivered: false, attempt: { ...engine.ping.attempt, status: 500, error: 'status' } };
    const response = await test(engine, { url });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ delivered: false, attempt: { error: 'status' } });
  });

  it.each([
    ['a URL that may not be called', { url: 'https://10.0.0.1/' }, 'invalid-webhook-url', '/url'],
    ['the engine’s own address', { url: 'http://127.0.0.1/api/analyze' }, 'invalid-webhook-url', '/url'],
    ['no URL', {}, 'invalid-request', '/url'],
    ['more than a URL', { url, events: ['job.failed'] }, 'invalid-request', '/events'],
  ])('refuses %s and calls nobody', async (_name, body, code, pointer) => {
    const engine = new FakeEngine();
    const response = await test(engine, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code, errors: [{ pointer }] });
    expect(engine.pings).toEqual([]);
  });

  it('refuses a body of more than 64 KiB', async () => {
    const response = await test(new FakeEngine(), { url: `http://127.0.0.1:9/${'a'.repeat(64 * 1024)}` });
    expect(response.status).toBe(413);
  });

  it('answers 503 when the consumer fails or does not answer, and keeps the URL out of the log', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const engine = new FakeEngine();
    engine.faults.consumer = new Error('consumer down');
    expect((await test(engine, { url })).status).toBe(503);
    engine.faults.consumerHangs = true;
    const answer = test(engine, { url });
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1));
    await vi.advanceTimersByTimeAsync(30_000);
    const response = await answer;
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'unavailable' });
    expect(error.mock.calls.flat().join()).toContain('ping not sent');
    expect(error.mock.calls.flat().join()).not.toContain('s3cret');
    error.mockRestore();
  });
});
