import { expect, test } from 'vitest';
import { age } from './age.ts';

const now = Date.parse('2026-11-22T12:00:00.000Z');

test.each([
  ['2026-11-22T12:00:00.000Z', 'now'],
  ['2026-11-22T12:00:03.000Z', 'now'],
  ['2026-11-22T11:59:48.000Z', '12 s ago'],
  ['2026-11-22T11:56:01.000Z', '3 min ago'],
  ['2026-11-22T10:00:00.000Z', '2 h ago'],
  ['2026-10-20T12:00:00.000Z', '33 d ago'],
])('%s is %s', (at, words) => {
  expect(age(at, now)).toBe(words);
});
