import { expect, it } from 'vitest';
import { type ApiKeyRecord, apiKeyRecordSchema, apiKeyText, hashApiSecret, isApiKeyLive, parseApiKey, scopesOf } from './api-keys.ts';

const id = '0123456789abcdef';
const secret = 's'.repeat(43);
const record: ApiKeyRecord = {
  v: 1,
  hash: 'a'.repeat(64),
  tenant: 'acme',
  scopes: ['submit', 'read', 'operate'],
  createdAt: '2026-11-22T12:00:00Z',
};

it('a key is read as it was written', () => {
  expect(parseApiKey(apiKeyText({ id, secret }))).toEqual({ id, secret });
});

it.each([
  ['no key at all', ''],
  ['another prefix', `key_${id}_${secret}`],
  ['a short id', `mcp_abc_${secret}`],
  ['a secret of fewer than 32 bytes', `mcp_${id}_${'s'.repeat(42)}`],
  ['a secret of odd characters', `mcp_${id}_${'s'.repeat(42)}-`],
  ['something behind it', `mcp_${id}_${secret}_x`],
  ['a line break', `mcp_${id}_${secret}\n`],
  ['a megabyte', `mcp_${id}_${'s'.repeat(1_000_000)}`],
])('a text with %s is none', (_name, text) => {
  expect(parseApiKey(text)).toBeUndefined();
});

it('of a secret its SHA-256 is kept', async () => {
  expect(await hashApiSecret('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

it('a key lives until it expires or is revoked', () => {
  const expiring = { ...record, expiresAt: '2026-11-22T12:00:00Z' };
  const noon = Date.parse('2026-11-22T12:00:00Z');
  expect(isApiKeyLive(record, noon)).toBe(true);
  expect(isApiKeyLive(expiring, noon - 1)).toBe(true);
  expect(isApiKeyLive(expiring, noon)).toBe(false);
  expect(isApiKeyLive({ ...record, revokedAt: '2099-01-01T00:00:00Z' }, noon)).toBe(false);
});

it('the engine’s operator can operate and nothing else', () => {
  expect(scopesOf(record)).toEqual(['submit', 'read', 'operate']);
  expect(scopesOf({ ...record, tenant: '*' })).toEqual(['operate']);
});

it.each([
  ['of another version', { v: 2 }],
  ['with a hash in upper case', { hash: 'A'.repeat(64) }],
  ['for a tenant with odd characters', { tenant: 'a b' }],
  ['without a scope', { scopes: [] }],
  ['with an unknown scope', { scopes: ['admin'] }],
])('a record %s is not read', (_name, change) => {
  expect(apiKeyRecordSchema.safeParse({ ...record, ...change }).success).toBe(false);
});

it('a rate class that only a later release knows counts as none, and closes no door', () => {
  expect(apiKeyRecordSchema.parse({ ...record, rateClass: 'enormous' }).rateClass).toBeUndefined();
  expect(apiKeyRecordSchema.parse({ ...record, rateClass: 'high' }).rateClass).toBe('high');
});
