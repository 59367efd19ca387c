import { expect, test } from 'vitest';
import { presentable } from './fault.ts';
import { credentialsIn, formsOf, withoutSecrets } from './secrets.ts';

const SECRET = 'a+b/c="d" é';
const masked = (text: string) => presentable(text, formsOf([SECRET, undefined, '']));

test.each([SECRET, encodeURIComponent(SECRET), JSON.stringify(SECRET)])('a known secret is masked as %s too', (form) => {
  expect(masked(`before ${form} after`)).toMatch(/^before "?\*\*\*"? after$/);
});

test('a secret that begins with another is masked as a whole', () => {
  expect(presentable('key-12345', formsOf(['key', 'key-12345']))).toBe('***');
});

test('the password of an address is a secret as it is written and as it is meant', () => {
  expect(credentialsIn('https://me:pass%40word@llm.test/v1')).toEqual(['pass%40word', 'pass@word']);
  expect(credentialsIn('https://token@llm.test')).toEqual(['token', 'token']);
  expect(formsOf([...credentialsIn('https://llm.test'), ...credentialsIn('nonsense'), ...credentialsIn(undefined)])).toEqual([]);
});

test.each([
  'It said: Incorrect API key provided: sk-planted1234567890.',
  'Bearer planted-token',
  'AIzaPlanted12345678',
  'no such model; {"api_key": "planted"}',
  'POST https://me:planted@llm.test/v1',
])('%s is told without its secret', (text) => {
  expect(withoutSecrets(text)).toContain('***');
  expect(withoutSecrets(text)).not.toMatch(/planted/i);
});

test('a text that is made to be slow to read is read like any other', () => {
  for (const part of [' -p', 'mysql ', 'mkdir -p ', 'key_', 'eyJ', 'sk-', 'a_key ', '-p mkdir ']) {
    expect(withoutSecrets(part.repeat(500)).length).toBeGreaterThan(0);
  }
});
