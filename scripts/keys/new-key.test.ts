import { apiKeyRecordSchema, hashApiSecret, parseApiKey } from '@mcpoverflow/types';
import { expect, test } from 'vitest';
import { kvEntryOf, newKey } from './new-key.ts';

const NOON = Date.parse('2026-11-22T12:00:00Z');

test('a key is one that the api reads, and its record opens to it alone', async () => {
  const key = await newKey({ tenant: 'acme', scopes: ['submit', 'read'] }, NOON);
  const parsed = parseApiKey(key.text);
  expect(parsed?.id).toBe(key.id);
  expect(key.record).toEqual({
    v: 1,
    hash: await hashApiSecret(parsed?.secret ?? ''),
    tenant: 'acme',
    scopes: ['submit', 'read'],
    createdAt: '2026-11-22T12:00:00.000Z',
  });
});

test('what KV gets is the record as the api parses it, and not the key', async () => {
  const rights = { tenant: '*', scopes: ['operate'], rateClass: 'high', name: 'on call', expiresAt: '2027-01-01T00:00:00.000Z' } as const;
  const key = await newKey(rights, NOON);
  const { name, value } = kvEntryOf(key);
  expect(name).toBe(`key:${key.id}`);
  expect(apiKeyRecordSchema.parse(JSON.parse(value))).toMatchObject(rights);
  expect(value).not.toContain(parseApiKey(key.text)?.secret);
});

test('no two keys are alike', async () => {
  const [one, other] = await Promise.all([0, 1].map(() => newKey({ tenant: 'acme', scopes: ['read'] }, NOON)));
  expect(one?.id).not.toBe(other?.id);
  expect(one?.record.hash).not.toBe(other?.record.hash);
});
