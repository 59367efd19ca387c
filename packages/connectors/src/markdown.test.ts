import { expect, test } from 'vitest';
import { plainText } from './markdown.ts';

test.each([
  ['two\nlines', 'two lines'],
  ['<b>', '\\<b\\>'],
  ['&lt;b&gt;', '\\&lt;b\\&gt;'],
  ['[a](javascript:x) ![b](c)', '\\[a\\](javascript:x) \\!\\[b\\](c)'],
  ['https://evil.example www.evil.example a@evil.example', 'https\\://evil.example www\\.evil.example a\\@evil.example'],
  ['mailto:x WWW.x', 'mailto\\:x WWW\\.x'],
  ['a | b ~~c~~ $d$', 'a \\| b \\~\\~c\\~\\~ \\$d\\$'],
])('%j is words', (text, written) => {
  expect(plainText(text)).toBe(written);
});

test('a long text ends before its last escape', () => {
  expect(plainText('*'.repeat(300), 3)).toBe('\\*\\*…');
});
