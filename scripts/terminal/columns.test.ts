import { expect, test } from 'vitest';
import { columnsOf, cut } from './columns.ts';

test.each([
  ['plain', 5],
  ['Grüße', 5],
  ['世界', 4],
  ['ｆｕｌｌ', 8],
  ['👩‍👩‍👧', 2],
  ['❤️', 2],
  ['e\u0301', 1],
  ['', 0],
])('%j takes %i columns', (text, columns) => {
  expect(columnsOf(text)).toBe(columns);
});

test.each([
  ['as it is', 8, 'as it is'],
  ['too long', 7, 'too lo…'],
  ['a b c', 3, 'a…'],
  ['世界世界', 6, '世界…'],
  ['世界', 1, '…'],
  ['anything', 0, ''],
  ['anything', Number.POSITIVE_INFINITY, 'anything'],
])('%j in %d columns is %j', (text, columns, expected) => {
  expect(cut(text, columns)).toBe(expected);
  expect(columnsOf(cut(text, columns))).toBeLessThanOrEqual(columns);
});
