import { expect, test } from 'vitest';
import { MAX_DEPTH, MAX_VALUES, parseJson } from './json-text.ts';

const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;

test('a document within the limits is parsed, whatever its strings look like', () => {
  const text = JSON.stringify({ brackets: '[[[{{{,,,', quoted: 'a "quote" and a \\', list: [1, [2], {}] });
  expect(parseJson(text)).toEqual({ ok: true, value: JSON.parse(text) });
});

test('a document deeper than the limit is refused before anything is built', () => {
  expect(parseJson(nested(MAX_DEPTH)).ok).toBe(true);
  expect(parseJson(nested(MAX_DEPTH + 1))).toMatchObject({ ok: false, error: { code: 'too-deep' } });
});

test('a document of empty lists is refused by their number, naming the member that holds them', () => {
  const text = `{"files":[${'[],'.repeat(MAX_VALUES)}[]]}`;
  expect(parseJson(text)).toMatchObject({ ok: false, error: { code: 'too-many-values', pointer: '/files' } });
});

test('what is not JSON is a syntax fault', () => {
  expect(parseJson('{"a":')).toMatchObject({ ok: false, error: { code: 'syntax' } });
});
