import { expect, test } from 'vitest';
import { plainText } from './plain-text.ts';

test('tags of HTML go, and the words stay', () => {
  expect(plainText('<p>Creates a <a href="https://docs.example/a?b=1">queue</a>.</p> <ul><li>One &amp; two</li><li>&lt;3</li></ul>')).toBe(
    'Creates a queue.\nOne & two\n<3',
  );
  expect(plainText('First.<br />Second.')).toBe('First.\nSecond.');
});

test('what only looks like a tag is a word', () => {
  for (const text of ['The <id> of <path>.', 'a < b and c > d', 'List<string>', '&amp; is an entity', '# Markdown\n\n* stays']) {
    expect(plainText(text)).toBe(text);
  }
});
