import { afterEach, expect, it, vi } from 'vitest';
import { createApp } from '../app.ts';
import { FakeEngine } from '../testing/fake-engine.ts';
import worker from '../worker.ts';

afterEach(() => vi.restoreAllMocks());

const deployed = { ENVIRONMENT: 'production', AUTH: 'keys' };
const strict = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
};
const headersOf = (response: Response) => Object.fromEntries(Object.keys(strict).map((name) => [name, response.headers.get(name)]));

it('every answer tells browsers to keep nothing, guess nothing and show it nowhere', async () => {
  const engine = new FakeEngine(deployed);
  const key = await engine.addKey('a1b2c3d4e5f6a7b8', {});
  const call = (path: string, init: RequestInit = {}) =>
    engine.request(path, { ...init, headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' } });
  const body = JSON.stringify({ description: 'a connector' });
  const accepted = await call('/api/generate-from-description', { method: 'POST', body });
  expect(accepted.status).toBe(202);
  const { jobId } = engine.onlyJob.request;
  await engine.complete(jobId, { name: 'x' });
  const answers = [accepted, await engine.request('/health'), await engine.request('/api/jobs')];
  for (const path of [`/api/jobs/${jobId}`, '/api/jobs', '/api/nothing', `/api/jobs/${jobId}/deliveries`]) answers.push(await call(path));
  answers.push(await call('/api/jobs', { method: 'PUT' }), await call('/api/analyze', { method: 'POST', body: '{' }));
  for (const answer of answers) expect(headersOf(answer)).toEqual(strict);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 202, 400, 401, 404, 405]));
});

it('so do a fault that nobody foresaw and a Worker that is set up wrongly', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const handler = () => {
    throw new Error('a mistake');
  };
  const { env } = new FakeEngine();
  const broken = await createApp([{ method: 'get', path: '/broken', scope: null, handler }]).request('/broken', {}, env);
  expect(broken.status).toBe(500);
  expect(headersOf(broken)).toEqual(strict);
  expect(headersOf(await new FakeEngine({ MAX_BODY_BYTES: 'many' }).request('/api/jobs'))).toEqual(strict);
});

it('a stream of events may not be kept either', async () => {
  const engine = new FakeEngine();
  await engine.post('/api/generate-from-description', { description: 'a connector' });
  const { jobId } = engine.onlyJob.request;
  await engine.complete(jobId, { name: 'x' });
  const stream = await engine.request(`/api/jobs/${jobId}/events`);
  expect(stream.headers.get('Content-Type')).toContain('text/event-stream');
  expect(stream.headers.get('Cache-Control')).toMatch(/no-store/);
  expect(stream.headers.get('X-Content-Type-Options')).toBe('nosniff');
  await stream.body?.cancel();
});

it('browsers are told to use TLS where the engine is deployed, and not on this machine', async () => {
  expect((await new FakeEngine(deployed).request('/health')).headers.get('Strict-Transport-Security')).toBe('max-age=31536000');
  expect((await new FakeEngine().request('/health')).headers.has('Strict-Transport-Security')).toBe(false);
});

it('the documentation keeps its own policy: its own styles, known by their hash, and nothing inline beside them', async () => {
  const { env } = new FakeEngine();
  const response = await worker.request('/docs', {}, env);
  const policy = response.headers.get('Content-Security-Policy') ?? '';
  expect(policy).not.toMatch(/unsafe|\*|https?:/);
  const page = await response.text();
  const [style, ...others] = [...page.matchAll(/<style>(.*?)<\/style>/gs)].map(([, text]) => text ?? '');
  expect(others).toEqual([]);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style)));
  expect(policy).toContain(`style-src 'sha256-${btoa(String.fromCharCode(...digest))}'`);
  expect(page).not.toMatch(/<[a-z]+[^>]*\s(style|on[a-z]+)=/i);
  expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff');
});

it('neither the documentation nor the contract is shown to who has no key, where the engine is deployed', async () => {
  const { env } = new FakeEngine();
  for (const path of ['/docs', '/openapi.json']) {
    for (const ENVIRONMENT of ['staging', 'production']) {
      const response = await worker.request(path, {}, { ...env, ENVIRONMENT, AUTH: 'keys' });
      expect(response.status).toBe(401);
      expect(response.headers.get('Cache-Control')).toBe('no-store');
    }
  }
});
