import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { isSecret, secretFrom, signedHeaders } from './signature.ts';

const NOW = Date.parse('2026-11-22T10:00:00.900Z');
const MINUTE = 60_000;
const secret = secretFrom(new Uint8Array(32).fill(7));
const nextSecret = secretFrom(new Uint8Array(32).fill(8));
const id = '6f1f0000-0000-8000-8000-000000000001';
const body = '{"type":"job.completed","data":{"metadata":{"who":"Zoë 🚀"}}}';

const message = { id, timestampMs: NOW, body, secrets: [secret] };
const libraries = [
  ['standardwebhooks', (key: string) => new StandardWebhook(key)],
  ['svix', (key: string) => new SvixWebhook(key)],
] as const;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe.each(libraries)('the verifier of npm %s', (_name, verifierOf) => {
  const headersOf = async (changes: Partial<typeof message> = {}): Promise<Record<string, string>> => ({
    ...(await signedHeaders({ ...message, ...changes })),
  });

  test('accepts our calls', async () => {
    const headers = await headersOf();
    expect(() => verifierOf(secret).verify(body, headers)).not.toThrow();
  });

  test('accepts secrets of every allowed length', async () => {
    for (let length = 24; length <= 64; length += 1) {
      const key = secretFrom(new Uint8Array(length).map((_, index) => 255 - index));
      const headers = await headersOf({ secrets: [key] });
      expect(() => verifierOf(key).verify(body, headers)).not.toThrow();
    }
  });

  test('accepts either key while both sign', async () => {
    const headers = await headersOf({ secrets: [secret, nextSecret] });
    expect(() => verifierOf(secret).verify(body, headers)).not.toThrow();
    expect(() => verifierOf(nextSecret).verify(body, headers)).not.toThrow();
  });

  test('refuses a changed body', async () => {
    const headers = await headersOf();
    expect(() => verifierOf(secret).verify(body.replace('completed', 'failed'), headers)).toThrow('No matching signature found');
  });

  test('refuses a changed id or timestamp', async () => {
    const headers = await headersOf();
    expect(() => verifierOf(secret).verify(body, { ...headers, 'webhook-id': 'other' })).toThrow('No matching signature found');
    const later = String(Math.floor(NOW / 1000) + 1);
    expect(() => verifierOf(secret).verify(body, { ...headers, 'webhook-timestamp': later })).toThrow('No matching signature found');
  });

  test('refuses a call that is more than five minutes old, or ahead', async () => {
    const old = await headersOf({ timestampMs: NOW - 5 * MINUTE - 1_000 });
    expect(() => verifierOf(secret).verify(body, old)).toThrow('Message timestamp too old');
    const ahead = await headersOf({ timestampMs: NOW + 5 * MINUTE + 1_000 });
    expect(() => verifierOf(secret).verify(body, ahead)).toThrow('Message timestamp too new');
    const recent = await headersOf({ timestampMs: NOW - 5 * MINUTE });
    expect(() => verifierOf(secret).verify(body, recent)).not.toThrow();
  });

  test('refuses a wrong secret', async () => {
    const headers = await headersOf();
    expect(() => verifierOf(nextSecret).verify(body, headers)).toThrow('No matching signature found');
  });
});

describe('the headers', () => {
  test.each([
    // The vectors that the libraries and documents of Svix, where the scheme comes from, publish.
    [
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      1614265330,
      '{"test": 2432232314}',
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    ],
    [
      'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
      'msg_27UH4WbU6Z5A5EzD8u03UvzRbpk',
      1649367553,
      '{"email":"test@example.com","username":"test_user"}',
      'v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=',
    ],
  ])('follow the published vector for %s', async (key, messageId, seconds, text, signature) => {
    const headers = await signedHeaders({ id: messageId, timestampMs: seconds * 1000, body: text, secrets: [key] });
    expect(headers).toEqual({ 'webhook-id': messageId, 'webhook-timestamp': String(seconds), 'webhook-signature': signature });
  });

  test('hold whole seconds, and one signature for each key in the order given', async () => {
    const both = await signedHeaders({ ...message, secrets: [secret, nextSecret] });
    const [first, second] = await Promise.all([signedHeaders(message), signedHeaders({ ...message, secrets: [nextSecret] })]);
    expect(both['webhook-timestamp']).toBe('1795341600');
    expect(both['webhook-signature']).toBe(`${first['webhook-signature']} ${second['webhook-signature']}`);
  });

  test('are not made without a key, or with a malformed one that the error then keeps to itself', async () => {
    await expect(signedHeaders({ ...message, secrets: [] })).rejects.toThrow(TypeError);
    const malformed = signedHeaders({ ...message, secrets: [secret, 'whsec_s3cret'] });
    await expect(malformed).rejects.toThrow('A webhook secret is malformed.');
  });
});

describe('a secret', () => {
  test('is whsec_ and base64 of 24 to 64 bytes', () => {
    expect(secretFrom(new Uint8Array(24))).toBe(`whsec_${'A'.repeat(32)}`);
    for (const length of [24, 32, 64]) expect(isSecret(secretFrom(new Uint8Array(length).fill(255)))).toBe(true);
    for (const length of [0, 23, 65]) expect(() => secretFrom(new Uint8Array(length))).toThrow(RangeError);
  });

  test.each([
    '',
    'whsec_',
    'whsec_short',
    'A'.repeat(32),
    `WHSEC_${'A'.repeat(32)}`,
    `whsk_${'A'.repeat(32)}`,
    `whsec_${'A'.repeat(28)}`,
    `whsec_${'A'.repeat(92)}`,
    `whsec_${'A'.repeat(31)}`,
    `whsec_${'A'.repeat(43)}`,
    `whsec_ ${'A'.repeat(31)}`,
    `whsec_${'A'.repeat(32)}\n`,
    `whsec_${'-'.repeat(32)}`,
    `whsec_${'A'.repeat(31)}é`,
    `whsec_=${'A'.repeat(31)}`,
  ])('is not %j', (text) => {
    expect(isSecret(text)).toBe(false);
  });
});
