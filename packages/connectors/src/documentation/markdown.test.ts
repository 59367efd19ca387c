import { describe, expect, test } from 'vitest';
import { block, code, plain } from './markdown.ts';

describe('foreign text in Markdown', () => {
  test.each([
    ['[a](javascript:x)', '\\[a\\](javascript\\:x)'],
    ['![a](b)', '\\!\\[a\\](b)'],
    ['<img src=x>', '\\<img src=x\\>'],
    ['see https://evil.example', 'see https\\://evil.example'],
    ['see www.evil.example', 'see www\\.evil.example'],
    ['me@evil.example', 'me\\@evil.example'],
    ['a | b', 'a \\| b'],
    ['`x` *y* _z_ ~~w~~ $v$', '\\`x\\` \\*y\\* \\_z\\_ \\~\\~w\\~\\~ \\$v\\$'],
    ['&lt;b&gt;', '\\&lt;b\\&gt;'],
    ['a\\', 'a\\\\'],
    ['- a', '\\- a'],
    ['1. a', '1\\. a'],
    ['=== ', '\\==='],
    ['# a\n\n---\nb', '\\# a --- b'],
  ])('%j is no markup', (text, shown) => expect(plain(text)).toBe(shown));

  test('ends neither code nor a cell nor a block', () => {
    expect(code('a `b` | c')).toBe('``a `b` \\| c``');
    expect(code('`')).toBe('`` ` ``');
    expect(block('json', 'a\n```\nb')).toBe('````json\na\n```\nb\n````');
  });
});
