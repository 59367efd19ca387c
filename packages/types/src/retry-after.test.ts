import { expect, test } from 'vitest';
import { parseRetryAfter } from './retry-after.ts';

const now = Date.parse('2026-11-22T10:00:00Z');

test('seconds are read as they stand', () => {
  expect(parseRetryAfter('7', now)).toBe(7_000);
  expect(parseRetryAfter(' 0 ', now)).toBe(0);
});

test('a date counts from now, and one in the past means at once', () => {
  expect(parseRetryAfter('Sun, 22 Nov 2026 10:01:30 GMT', now)).toBe(90_000);
  expect(parseRetryAfter('Sun, 22 Nov 2026 09:00:00 GMT', now)).toBe(0);
});

test('nobody can make us wait longer than a day', () => {
  expect(parseRetryAfter('99999999999999999999', now)).toBe(86_400_000);
  expect(parseRetryAfter('Sun, 22 Nov 2099 10:00:00 GMT', now)).toBe(86_400_000);
});

test('what is neither is as if it were not there', () => {
  for (const header of [null, '', '-5', '1.5', 'soon']) expect(parseRetryAfter(header, now)).toBeUndefined();
});
