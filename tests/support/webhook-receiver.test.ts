/** What other tests rely on in the receiver. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startWebhookReceiver, type WebhookReceiver } from './webhook-receiver.ts';

const MEBIBYTE = 1024 * 1024;
let receiver: WebhookReceiver;

beforeEach(async () => {
  receiver = await startWebhookReceiver();
});
afterEach(() => receiver.close());

const call = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${receiver.url}${path}`, { method: 'POST', body: '{"type":"ping"}', redirect: 'manual', ...init });

test('a call is recorded as it came and answered with 200', async () => {
  const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': '1700000000', 'webhook-signature': 'v1,abc' };
  const answer = await call('/hook?key=1', { headers });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({ received: true });
  expect(receiver.callsTo('/hook')).toMatchObject([
    { method: 'POST', path: '/hook', query: '?key=1', id: 'msg_1', timestamp: '1700000000', signature: 'v1,abc', body: '{"type":"ping"}' },
  ]);
  expect(receiver.callsTo('/other')).toEqual([]);
});

test('announced answers come in their order, then what all others get', async () => {
  receiver.answer('/hook', { kind: 'status', status: 500 }, 2);
  receiver.answer('/hook', { kind: 'status', status: 429, headers: { 'retry-after': '7' } }, 1);
  receiver.answer('/hook', { kind: 'status', status: 410 });
  const answers = [await call('/hook'), await call('/hook'), await call('/hook'), await call('/hook'), await call('/hook')];
  expect(answers.map(({ status }) => status)).toEqual([500, 500, 429, 410, 410]);
  expect(answers[2]?.headers.get('retry-after')).toBe('7');
  expect((await call('/other')).status).toBe(200);
});

test('a hanging and a resetting receiver have taken the call', async () => {
  receiver.answer('/hang', { kind: 'hang' });
  receiver.answer('/reset', { kind: 'reset' });
  await expect(call('/reset')).rejects.toThrow('fetch failed');
  const hanging = call('/hang');
  await receiver.until(() => receiver.callsTo('/hang').length === 1);
  await receiver.close();
  await expect(hanging).rejects.toThrow('fetch failed');
  expect(receiver.calls.map(({ path }) => path)).toEqual(['/reset', '/hang']);
});

test('a redirect names where to go', async () => {
  receiver.answer('/hook', { kind: 'redirect', location: 'http://127.0.0.1:1/', status: 308 });
  const answer = await call('/hook');
  expect([answer.status, answer.headers.get('location')]).toEqual([308, 'http://127.0.0.1:1/']);
});

test('an endless answer stops when the caller goes away', async () => {
  receiver.answer('/hook', { kind: 'endless', bytes: 1024 * MEBIBYTE, status: 200 });
  const answer = await call('/hook');
  const reader = answer.body?.getReader();
  expect((await reader?.read())?.done).toBe(false);
  await reader?.cancel();
  await receiver.close();
  expect(receiver.bytesSent).toBeGreaterThan(0);
  expect(receiver.bytesSent).toBeLessThan(512 * MEBIBYTE);
});

test('an answer of a given size is sent whole', async () => {
  receiver.answer('/hook', { kind: 'endless', bytes: 100_000, status: 202 });
  const answer = await call('/hook');
  expect((await answer.arrayBuffer()).byteLength).toBe(100_000);
  expect(receiver.bytesSent).toBe(100_000);
});

test('a slow body has a status and a beginning', async () => {
  receiver.answer('/hook', { kind: 'slow-body' });
  const answer = await call('/hook');
  const reader = answer.body?.getReader();
  expect(answer.status).toBe(200);
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('This goes on');
  await reader?.cancel();
});

test('a held call is answered when the test says so', async () => {
  const released = Promise.withResolvers<void>();
  receiver.answer('/hook', { kind: 'hold', until: released.promise, answer: { kind: 'status', status: 503 } }, 1);
  const held = call('/hook');
  await receiver.until(() => receiver.calls.length === 1);
  released.resolve();
  expect((await held).status).toBe(503);
});

test('a receiver that was down comes back on its port', async () => {
  await receiver.close();
  await expect(call('/hook')).rejects.toThrow('fetch failed');
  await using back = await startWebhookReceiver({ port: receiver.port });
  expect(back.url).toBe(receiver.url);
  expect((await call('/hook')).status).toBe(200);
});

test('waiting in vain says what came instead', async () => {
  await call('/hook');
  await expect(receiver.until(() => false, 10)).rejects.toThrow('Calls so far: 1\nPOST /hook');
});
