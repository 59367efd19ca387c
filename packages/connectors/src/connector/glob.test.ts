import { expect, test } from 'vitest';
import { matchesGlob } from './glob.ts';

test.each([
  ['/pets/*', '/pets/{id}', true],
  ['/pets/*', '/pets/{id}/photos', false],
  ['/pets/**', '/pets/{id}/photos', true],
  ['/pets/**', '/stores', false],
  ['**/photos', '/pets/{id}/photos', true],
  ['/p*s', '/pets', true],
  ['/pets', '/pets', true],
  ['/pets', '/pets/', false],
  ['*', '', true],
])('%s and %s: %s', (pattern, text, fits) => {
  expect(matchesGlob(pattern, text)).toBe(fits);
});

test('a pattern of stars only ends', () => {
  expect(matchesGlob('*a'.repeat(200), `${'a'.repeat(2000)}b`)).toBe(false);
});
