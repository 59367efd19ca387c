import { afterEach, describe, expect, it, vi } from 'vitest';
import { createApp } from './app.ts';
import { routes } from './routes.ts';
import { FakeEngine } from './testing/fake-engine.ts';

const engine = new FakeEngine();
afterEach(() => vi.restoreAllMocks());

describe('addresses that are none', () => {
  it('answers 404 for an unknown one', async () => {
    const response = await engine.request('/api/nothing');
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'route-not-found', instance: '/api/nothing' });
  });

  it('answers 405 with what is allowed', async () => {
    const put = { method: 'PUT' };
    expect((await engine.request('/api/analyze')).status).toBe(405);
    expect((await engine.request('/api/analyze')).headers.get('Allow')).toBe('POST');
    const id = '/api/jobs/00000000-0000-4000-8000-000000000000';
    expect((await engine.request(id, put)).headers.get('Allow')).toBe('GET, HEAD, DELETE');
  });

  it('never takes a fixed address for an id', async () => {
    expect((await engine.request('/api/jobs/batch')).headers.get('Allow')).toBe('POST');
    expect((await engine.request('/api/dead-letters/replay')).headers.get('Allow')).toBe('POST');
    expect((await engine.request('/api/dead-letters/groups', { method: 'DELETE' })).headers.get('Allow')).toBe('GET, HEAD');
    const replays = await engine.request('/api/dead-letters/replays');
    expect(replays.status).toBe(404);
    expect(await replays.json()).toMatchObject({ code: 'dead-letter-not-found' });
  });
});

describe('every answer', () => {
  it('names its request, by the caller’s name when that is harmless', async () => {
    const given = await engine.request('/health', { headers: { 'X-Request-Id': 'abc-1' } });
    expect(given.headers.get('X-Request-Id')).toBe('abc-1');
    const odd = await engine.request('/api/nothing', { headers: { 'X-Request-Id': 'a b"c' } });
    expect(odd.headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is a problem with the request’s name when the engine made a mistake, logged once and without secrets', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const headers = { Authorization: 'Bearer s3cret' };
    const handler = () => {
      throw new Error('a mistake');
    };
    const response = await createApp([{ method: 'get', path: '/broken', scope: null, handler }]).request(
      '/broken',
      { headers },
      engine.env,
    );
    expect(response.status).toBe(500);
    const requestId = response.headers.get('X-Request-Id');
    expect(await response.json()).toMatchObject({ code: 'internal', requestId });
    expect(error).toHaveBeenCalledOnce();
    const line = String(error.mock.calls[0]?.[0]);
    expect(JSON.parse(line)).toMatchObject({ level: 'error', message: 'unhandled fault', requestId, method: 'GET' });
    expect(line).not.toContain('s3cret');
  });
});

describe('authentication', () => {
  it.each([
    [{ ENVIRONMENT: 'production', AUTH: 'none' }],
    [{ ENVIRONMENT: 'local', AUTH: 'keys' }],
    [{ ENVIRONMENT: 'staging', AUTH: 'keys' }],
  ])('refuses everything but /health with %o', async (env) => {
    for (const path of ['/api/jobs', '/api/analyze', '/openapi.json', '/api/nothing']) {
      const response = await engine.request(path, {}, env);
      expect(response.status).toBe(401);
      expect(response.headers.get('WWW-Authenticate')).toBe('Bearer');
    }
    expect((await engine.request('/health', {}, env)).status).toBe(200);
  });

  it('does without keys on this machine only, whatever the settings say', async () => {
    const local = { ENVIRONMENT: 'local', AUTH: 'none' };
    expect((await engine.request('http://127.0.0.1:8787/api/jobs', {}, local)).status).toBe(200);
    expect((await engine.request('http://localhost:8787/api/jobs', {}, local)).status).toBe(200);
    expect((await engine.request('https://engine.example.workers.dev/api/jobs', {}, local)).status).toBe(401);
  });

  it('takes an environment that does not say what it is for production', async () => {
    const { ENVIRONMENT: _unset, ...env } = engine.env;
    expect((await createApp(routes).request('/api/jobs', {}, env)).status).toBe(401);
  });
});

describe('browsers', () => {
  const CORS_ORIGINS = 'https://app.example.com, https://other.example.com';
  const from = (origin: string) => ({ headers: { Origin: origin } });

  it('of listed origins are let in, in errors too', async () => {
    const response = await engine.request('/api/nothing', from('https://app.example.com'), { CORS_ORIGINS });
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe('https://app.example.com');
    expect(response.headers.get('Access-Control-Allow-Credentials')).toBe('true');
    expect(response.headers.get('Vary')).toContain('Origin');
    expect(response.headers.get('Access-Control-Expose-Headers')).toContain('Location');
  });

  it('may ask first, without a key', async () => {
    const preflight = {
      method: 'OPTIONS',
      headers: {
        Origin: 'https://app.example.com',
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization,idempotency-key',
      },
    };
    const response = await engine.request('/api/analyze', preflight, { CORS_ORIGINS, AUTH: 'keys' });
    expect(response.status).toBe(204);
    expect(response.headers.get('Access-Control-Allow-Headers')).toContain('idempotency-key');
    expect(response.headers.get('Access-Control-Allow-Methods')).toBe('GET,HEAD,POST,PUT,DELETE');
  });

  it('of other origins are not', async () => {
    const response = await engine.request('/health', from('https://evil.example.com'), { CORS_ORIGINS });
    expect(response.headers.get('Access-Control-Allow-Origin')).toBeNull();
    const unlisted = await engine.request('/health', from('https://app.example.com'));
    expect(unlisted.headers.get('Access-Control-Allow-Origin')).toBeNull();
  });
});

describe('without keys', () => {
  const cancelFrom = (origin: string, vars = {}) =>
    new FakeEngine().request('/api/webhook-secret', { method: 'POST', headers: { Origin: origin } }, vars);

  it('a page of another origin may not post: it would spend a secret unseen', async () => {
    const response = await cancelFrom('https://evil.example.com');
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 'forbidden', detail: expect.stringContaining('CORS_ORIGINS') });
    expect((await cancelFrom('null')).status).toBe(403);
  });

  it('pages of this machine and of listed origins may', async () => {
    expect((await cancelFrom('http://localhost:3000')).status).toBe(201);
    expect((await cancelFrom('https://app.example.com', { CORS_ORIGINS: 'https://app.example.com' })).status).toBe(201);
  });
});

describe('the log', () => {
  const linesOf = (spy: { readonly mock: { readonly calls: readonly (readonly unknown[])[] } }): unknown[] =>
    spy.mock.calls.map(([line]) => JSON.parse(String(line))).filter(({ message }) => message !== 'request');

  it('has one line for every accepted submission, which ties its request to its job and its trace', async () => {
    const info = vi.spyOn(console, 'info').mockImplementation(() => undefined);
    const fresh = new FakeEngine();
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const headers = { 'X-Request-Id': 'call-1', traceparent };
    await fresh.post('/api/generate-from-description', { description: 'secret plans' }, headers);
    await fresh.post('/api/generate-from-description', { description: '' }, headers);
    const { jobId } = fresh.onlyJob.request;
    expect(linesOf(info)).toEqual([
      {
        level: 'info',
        message: 'submission accepted',
        requestId: 'call-1',
        tenant: 'local',
        traceparent,
        jobId,
        type: 'generate-from-description',
        outcome: 'created',
      },
    ]);
  });

  it('names the request behind a 503, and the object that did not answer', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const broken = new FakeEngine();
    broken.faults.job = new Error('no such object');
    const jobId = '00000000-0000-4000-8000-000000000000';
    const response = await broken.request(`/api/jobs/${jobId}`, { headers: { 'X-Request-Id': 'call-2' } });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ requestId: 'call-2' });
    expect(linesOf(error)).toMatchObject([
      {
        level: 'error',
        message: 'object unavailable',
        requestId: 'call-2',
        tenant: 'local',
        object: jobId,
        error: 'Error: no such object',
      },
    ]);
  });
});
