import { describe, expect, test } from 'vitest';
import { parseLenientJson, plainJson } from './plain-json.ts';

describe('JSON without what only editors take', () => {
  test.each([
    ['a comment to the end of its line', '{ // "a": 1,\n"b": 2 }', { b: 2 }],
    ['a comment of several lines', '{"a": /* 1,\n * 2 */ 3}', { a: 3 }],
    ['trailing commas', '{"a": [1, 2,], "b": {"c": 3,\n},}', { a: [1, 2], b: { c: 3 } }],
    ['a trailing comma before a comment', '[1, // one\n /* two */ ]', [1]],
    [
      'texts that look like either',
      '{"a": "// no, /* not */ this,}", "b\\"//": ["\\\\",]}',
      { a: '// no, /* not */ this,}', 'b"//': ['\\'] },
    ],
    ['a comment without an end', '{"a": 1} // the end', { a: 1 }],
  ])('is read: %s', (_what, text, value) => {
    expect(JSON.parse(plainJson(text)?.text ?? '')).toEqual(value);
  });

  test('keeps its length and lines, and says where the first of it was', () => {
    const text = '{\r\n  "a": 1, /* one\ntwo */\n}';
    const plain = plainJson(text);
    expect(plain).toEqual({ text: `{\r\n  "a": 1  ${' '.repeat(6)}\n${' '.repeat(6)}\n}`, line: 2, column: 9 });
    expect(plain?.text).toHaveLength(text.length);
  });

  test.each([
    ['nothing to remove', '{"a": "//"}'],
    ['a slash that begins no comment', '{"a": 1 / 2,}'],
    ['a comma in a list of nothing', '[,]'],
    ['a comma in an object of nothing', '{"a": { , }}'],
    ['more commas than a person leaves behind', `[${'[1,],'.repeat(50_001)}1]`],
    ['a text that no person wrote', `[1,]${' '.repeat(4_000_000)}`],
  ])('is left as it is: %s', (_what, text) => {
    expect(plainJson(text)).toBeUndefined();
  });
});

test('JSON is parsed with them and without, and a fault is told where it stands', () => {
  expect(parseLenientJson('{"a": 1}')).toEqual({ ok: true, value: { a: 1 } });
  expect(parseLenientJson('{"a": 1,} // yes')).toEqual({ ok: true, value: { a: 1 } });
  expect(parseLenientJson('{ // one\n "a": 1 "b": 2}')).toMatchObject({
    error: { code: 'syntax', detail: expect.stringContaining('(line 2 column 9)') },
  });
});
