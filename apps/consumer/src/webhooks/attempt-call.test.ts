/** What a receiver can do to us over a real connection is in `tests/`; here is what decides before and after the call. */
import { describe, expect, it } from 'vitest';
import { parseSettings } from '../settings.ts';
import { attemptCall } from './attempt-call.ts';
import type { Call } from './begin-attempt.ts';

const call: Call = {
  deliveryId: 'msg_1',
  tenant: 'tenant',
  url: 'https://hooks.customer.com/jobs?token=verysecret',
  origin: 'https://engine.customer.com',
  body: '{"type":"ping"}',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};
const secret = `whsec_${btoa('0123456789abcdef0123456789abcdef')}`;

type Respond = (url: string, init: RequestInit) => Promise<Response>;
const addresses =
  (...found: string[]): Respond =>
  async (url) => {
    const type = new URL(url).searchParams.get('type') === 'A' ? 1 : 28;
    return Response.json({
      Status: 0,
      Answer: found.filter((each) => each.includes(':') === (type === 28)).map((data) => ({ type, data })),
    });
  };

/** Makes the attempt on a network of a resolver and a receiver. */
async function attempt(receiver: Respond, changes: Partial<Call> = {}, variables: object = {}, resolver = addresses('93.184.215.14')) {
  const called: { url: string; init: RequestInit }[] = [];
  const settings = parseSettings({ ENVIRONMENT: 'production', DNS_RESOLVER_URL: 'https://resolver.customer.net/query', ...variables });
  if (!settings.ok) throw new Error(settings.error);
  const outcome = await attemptCall(
    { ...call, ...changes },
    {
      settings: settings.value,
      secretsOf: async () => [secret],
      fetch: (url, init) => {
        if (url.startsWith('https://resolver.')) return resolver(url, init);
        called.push({ url, init });
        return receiver(url, init);
      },
    },
  );
  return { outcome, called };
}
const answering = (status: number, body: string | null = null, headers: Record<string, string> = {}): Respond => {
  return async () => new Response(body, { status, headers });
};

describe('the call', () => {
  it('carries the signature, the agent, the trace under a new parent, and follows no redirect', async () => {
    const { called, outcome } = await attempt(answering(204));
    expect(outcome).toMatchObject({ status: 204 });
    expect(outcome.error).toBeUndefined();
    const headers = new Headers(called[0]?.init.headers);
    expect(called[0]?.init).toMatchObject({ method: 'POST', redirect: 'manual', body: call.body });
    expect(headers.get('webhook-id')).toBe('msg_1');
    expect(headers.get('webhook-signature')).toMatch(/^v1,/);
    expect(headers.get('user-agent')).toMatch(/^MCPoverflow-Webhooks\/\d+\.\d+\.\d+$/);
    expect(headers.get('traceparent')).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01$/);
    expect(headers.get('content-type')).toBe('application/json');
  });
});

describe('nobody is called when', () => {
  it.each([
    ['the URL has become one that we do not call', { url: 'https://10.0.0.1/' }, {}, 'url-refused'],
    ['the URL names the engine itself', { url: 'https://engine.customer.com/api/jobs' }, {}, 'url-refused'],
    ['it names OpenHands', { url: 'https://agent.customer.com/' }, { OPENHANDS_API_URL: 'https://agent.customer.com' }, 'url-refused'],
    ['it names this machine and the engine is deployed', { url: 'http://127.0.0.1:9000/' }, {}, 'url-refused'],
  ])('%s', async (_, changes, variables, error) => {
    const { outcome, called } = await attempt(answering(200), changes, variables);
    expect(outcome).toMatchObject({ error });
    expect(called).toEqual([]);
  });

  it.each([
    ['one of the addresses is private', addresses('93.184.215.14', '10.1.2.3'), 'url-refused'],
    ['the host has no address', addresses(), 'dns'],
    ['the resolver is down', async () => new Response('down', { status: 502 }), 'dns'],
  ])('%s', async (_, resolver, error) => {
    const { outcome, called } = await attempt(answering(200), {}, {}, resolver);
    expect(outcome).toMatchObject({ error });
    expect(outcome.message).not.toContain('10.1.2.3');
    expect(called).toEqual([]);
  });

  it('the secrets cannot be read: that is no word about the receiver', async () => {
    const settings = parseSettings({ ENVIRONMENT: 'local' });
    if (!settings.ok) throw new Error(settings.error);
    const outcome = await attemptCall(
      { ...call, url: 'http://127.0.0.1:9000/' },
      { settings: settings.value, secretsOf: () => Promise.reject(new Error('down')), fetch: () => expect.unreachable('called') },
    );
    expect(outcome).toMatchObject({ error: 'not-sent', message: expect.stringContaining('Nothing was sent') });
  });
});

describe('the answer', () => {
  it.each([
    [200, undefined],
    [204, undefined],
    [301, 'redirect'],
    [304, 'redirect'],
    [404, 'status'],
    [410, 'gone'],
    [500, 'status'],
  ])('%i is %s', async (status, error) => {
    const { outcome } = await attempt(answering(status));
    expect(outcome).toMatchObject({ status });
    expect(outcome.error).toBe(error);
  });

  it('is shown in its beginning, without what the receiver echoes of the URL', async () => {
    const { outcome } = await attempt(answering(500, `token=verysecret ${'x'.repeat(100_000)}`));
    expect(outcome.answer).toMatch(/^\*\*\* x+$|^token=\*\*\* x+$/);
    expect(outcome.answer?.length).toBeLessThanOrEqual(1024);
  });

  it('says when to come back', async () => {
    expect((await attempt(answering(503, null, { 'retry-after': '120' }))).outcome).toMatchObject({ status: 503, retryAfterMs: 120_000 });
  });

  it('that never ends after a good status is a delivery', async () => {
    const endless = async () => new Response(new ReadableStream({ pull: () => new Promise(() => undefined) }), { status: 200 });
    const { outcome } = await attempt(endless, {}, { WEBHOOK_TIMEOUT_MS: '50' });
    expect(outcome).toMatchObject({ status: 200 });
    expect(outcome.error).toBeUndefined();
  });

  it('that never comes is a time-out', async () => {
    const hanging: Respond = (_, init) =>
      new Promise((_resolve, reject) => init.signal?.addEventListener('abort', () => reject(init.signal?.reason)));
    const { outcome } = await attempt(hanging, {}, { WEBHOOK_TIMEOUT_MS: '50' });
    expect(outcome).toMatchObject({ error: 'timeout' });
    expect(outcome.status).toBeUndefined();
  });

  it('that is none tells no more than that', async () => {
    const { outcome } = await attempt(() => Promise.reject(new Error(`connect to ${call.url} failed`)));
    expect(outcome).toMatchObject({ error: 'connection' });
    expect(JSON.stringify(outcome)).not.toContain('verysecret');
  });
});
