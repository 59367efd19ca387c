import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeEngine } from '../testing/fake-engine.ts';
import { FakeResolver } from '../testing/fake-resolver.ts';

const resolver = new FakeResolver();
let DNS_RESOLVER_URL = '';
beforeAll(async () => {
  DNS_RESOLVER_URL = await resolver.listen();
  resolver.addresses.set('hooks.example.com', ['93.184.215.14']);
  resolver.addresses.set('inside.example.com', ['192.168.1.1']);
});
afterAll(() => resolver.close());
beforeEach(() => {
  resolver.queries.length = 0;
});

const plain = { description: 'x' };
const endings = ['job.completed', 'job.failed', 'job.cancelled'];
const submit = (engine: FakeEngine, body: unknown, headers: Record<string, string> = {}) =>
  engine.post('/api/generate-from-description', body, headers);
const put = (engine: FakeEngine, webhook: unknown) =>
  engine.request('/api/webhooks/default', {
    method: 'PUT',
    body: JSON.stringify(webhook),
    headers: { 'Content-Type': 'application/json' },
  });
const local = (port: number) => `http://127.0.0.1:${port}/hook`;
const urlsOf = (engine: FakeEngine) => [...engine.jobs.values()].map(({ request }) => request.webhook?.url);

describe('a submission’s own webhook', () => {
  it('goes into the Job with the engine’s own address, and all endings unless it says otherwise', async () => {
    const engine = new FakeEngine({ DNS_RESOLVER_URL });
    const url = 'https://hooks.example.com/a?b=c';
    expect((await submit(engine, { ...plain, webhook: { url } })).status).toBe(202);
    expect(engine.onlyJob.request.webhook).toEqual({ url, events: endings, origin: 'http://localhost' });
    expect(engine.webhookCalls).toEqual([]);
  });

  it('names an event once, however often it was asked for', async () => {
    const engine = new FakeEngine();
    await submit(engine, { ...plain, webhook: { url: local(9), events: ['job.started', 'job.failed', 'job.started'] } });
    expect(engine.onlyJob.request.webhook?.events).toEqual(['job.started', 'job.failed']);
  });

  it.each([
    ['ftp://hooks.example.com/', 'must use https'],
    ['https://inside.example.com/', 'all public'],
    ['http://127.0.0.1:80/', "engine's own address"],
  ])('%s is refused before anything is made', async (url, words) => {
    const engine = new FakeEngine({ DNS_RESOLVER_URL });
    const response = await submit(engine, { ...plain, webhook: { url } });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 'invalid-webhook-url',
      detail: expect.stringContaining(words),
      errors: [{ pointer: '/webhook/url' }],
    });
    expect(engine.jobs.size).toBe(0);
  });

  it('is judged no more when the same key made the job before: the same body is the same job', async () => {
    const engine = new FakeEngine({ DNS_RESOLVER_URL });
    const body = { ...plain, webhook: { url: 'https://moved.example.com/' } };
    resolver.addresses.set('moved.example.com', ['93.184.215.14']);
    const first = await submit(engine, body, { 'Idempotency-Key': 'k' });
    resolver.addresses.set('moved.example.com', ['10.0.0.1']);
    const again = await submit(engine, body, { 'Idempotency-Key': 'k' });
    expect([first.status, again.status]).toEqual([202, 202]);
    expect((await submit(engine, body, { 'Idempotency-Key': 'another' })).status).toBe(400);
    const other = await submit(engine, { ...body, description: 'y' }, { 'Idempotency-Key': 'k' });
    expect(other.status).toBe(422);
    expect(engine.jobs.size).toBe(1);
  });

  it('links to the address that the operator gives, and may call neither that nor the one that was used', async () => {
    const engine = new FakeEngine({ DNS_RESOLVER_URL, PUBLIC_URL: 'http://127.0.0.1:8787/' });
    await submit(engine, { ...plain, webhook: { url: local(9) } });
    expect(engine.onlyJob.request.webhook?.origin).toBe('http://127.0.0.1:8787');
    expect((await submit(engine, { ...plain, webhook: { url: local(8787) } })).status).toBe(400);
  });

  it.each([[[]], [['job.done']], [Array(5).fill('job.failed')]])('is refused with the events %j', async (events) => {
    const response = await submit(new FakeEngine(), { ...plain, webhook: { url: local(9), events } });
    expect(await response.json()).toMatchObject({ code: 'invalid-request' });
  });
});

describe('the items of a batch', () => {
  it('are judged each by itself, and ask for a host once', async () => {
    const engine = new FakeEngine({ DNS_RESOLVER_URL });
    const item = { type: 'generate-from-description', ...plain };
    const to = (url: string) => ({ ...item, webhook: { url } });
    const jobs = [to('https://hooks.example.com/a'), to('https://inside.example.com/'), to('https://hooks.example.com/b'), to('nonsense')];
    const { jobs: answers } = await (await engine.post('/api/jobs/batch', { jobs })).json<{ jobs: { problem?: unknown }[] }>();
    expect(answers.map(({ problem }) => problem)).toEqual([
      undefined,
      expect.objectContaining({ code: 'invalid-webhook-url', errors: [expect.objectContaining({ pointer: '/jobs/1/webhook/url' })] }),
      undefined,
      expect.objectContaining({ code: 'invalid-webhook-url', errors: [expect.objectContaining({ pointer: '/jobs/3/webhook/url' })] }),
    ]);
    expect(urlsOf(engine)).toEqual(['https://hooks.example.com/a', 'https://hooks.example.com/b']);
    expect(resolver.queries.toSorted()).toEqual(['hooks.example.com', 'hooks.example.com', 'inside.example.com', 'inside.example.com']);
  });

  it('ask for the tenant’s default once', async () => {
    const engine = new FakeEngine();
    await put(engine, { url: local(9) });
    const other = { ...engine.env.TENANT_WEBHOOKS };
    const jobs = Array(100).fill({ type: 'generate-from-description', ...plain });
    const init = { method: 'POST', body: JSON.stringify({ jobs }), headers: { 'Content-Type': 'application/json' } };
    expect((await engine.request('/api/jobs/batch', init, { TENANT_WEBHOOKS: other })).status).toBe(202);
    expect(new Set(urlsOf(engine))).toEqual(new Set([local(9)]));
    expect(engine.webhookCalls).toEqual(['setDefaultWebhook', 'defaultWebhook']);
  });
});

describe('the tenant’s default webhook', () => {
  it('is used by submissions that name none, with the events it asks for', async () => {
    const engine = new FakeEngine();
    await put(engine, { url: local(9), events: ['job.started', 'job.started'] });
    await submit(engine, plain);
    await submit(engine, { ...plain, webhook: { url: local(10) } });
    expect([...engine.jobs.values()].map(({ request }) => request.webhook)).toEqual([
      { url: local(9), events: ['job.started'], origin: 'http://localhost' },
      { url: local(10), events: endings, origin: 'http://localhost' },
    ]);
  });

  it('is asked for at most every 30 seconds, when there is none too', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const engine = new FakeEngine();
    await submit(engine, plain);
    vi.setSystemTime(Date.now() + 29_999);
    await submit(engine, plain);
    expect(engine.webhookCalls).toEqual(['defaultWebhook']);

    engine.webhooks.set('local', { keys: [], shown: false, fallback: { url: local(9) } });
    vi.setSystemTime(Date.now() + 1);
    await submit(engine, plain);
    expect(urlsOf(engine)).toEqual([undefined, undefined, local(9)]);
    expect(engine.webhookCalls).toEqual(['defaultWebhook', 'defaultWebhook']);
    vi.useRealTimers();
  });

  it('changes at once where the change passed through', async () => {
    const engine = new FakeEngine();
    await submit(engine, plain);
    await put(engine, { url: local(9) });
    await submit(engine, plain);
    await put(engine, { url: local(10) });
    await submit(engine, plain);
    await engine.request('/api/webhooks/default', { method: 'DELETE' });
    await submit(engine, plain);
    expect(urlsOf(engine)).toEqual([undefined, local(9), local(10), undefined]);
    expect(engine.webhookCalls.filter((call) => call === 'defaultWebhook')).toHaveLength(1);
  });

  it('is asked for again after a change whose answer was lost', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const engine = new FakeEngine();
    await submit(engine, plain);
    engine.faults.webhooksAnswer = new Error('connection lost');
    expect((await put(engine, { url: local(9) })).status).toBe(503);
    delete engine.faults.webhooksAnswer;
    await submit(engine, plain);
    expect(urlsOf(engine)).toEqual([undefined, local(9)]);
    error.mockRestore();
  });

  it('refuses the submission when it cannot be read: the end of the job would go unheard', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const engine = new FakeEngine();
    engine.faults.webhooks = new Error('no such object');
    const response = await submit(engine, plain);
    expect(response.status).toBe(503);
    expect(response.headers.get('Retry-After')).toBe('5');
    expect(await response.json()).toMatchObject({ code: 'unavailable' });
    expect(engine.jobs.size).toBe(0);
    expect((await submit(engine, { ...plain, webhook: { url: local(9) } })).status).toBe(202);
    error.mockRestore();
  });

  it('is no part of the submission: the same key and body stay the same job when it changes', async () => {
    const engine = new FakeEngine();
    const key = { 'Idempotency-Key': 'k' };
    await put(engine, { url: local(9) });
    const first = await submit(engine, plain, key);
    await put(engine, { url: local(10) });
    const second = await submit(engine, plain, key);
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(engine.onlyJob.request.webhook?.url).toBe(local(9));
  });
});
