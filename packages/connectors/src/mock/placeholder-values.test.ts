import { expect, test } from 'vitest';
import { placeholderValues } from './placeholder-values.ts';

/** As a regular expression says it. */
function byExpression(text: string, literals: readonly string[], value: '(.*)' | '(.+)'): readonly string[] | null {
  const source = literals.map((literal) => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join(value);
  return new RegExp(`^${source}$`, 's').exec(text)?.slice(1) ?? null;
}

/** All texts of up to that many of these letters. */
const texts = (letters: string, length: number): readonly string[] =>
  length === 0 ? [''] : ['', ...texts(letters, length - 1).flatMap((text) => [...letters].map((letter) => letter + text))];

test('values are read as a greedy regular expression reads them', () => {
  const short = [...new Set(texts('ab', 2))];
  const templates = short.flatMap((first) =>
    short.flatMap((second) => [[first], [first, second], ...short.map((third) => [first, second, third]), [first, '', second, '']]),
  );
  const misread = [...new Set(texts('ab', 5))].flatMap((text) =>
    templates.filter(
      (literals) =>
        String(placeholderValues(text, literals, 1)) !== String(byExpression(text, literals, '(.+)')) ||
        String(placeholderValues(text, literals, 0)) !== String(byExpression(text, literals, '(.*)')),
    ),
  );
  expect(templates.length).toBeGreaterThan(400);
  expect(misread).toEqual([]);
});

test('a long text that almost fits many placeholders is refused', () => {
  expect(placeholderValues('a'.repeat(100_000), ['', ...Array.from({ length: 50 }, () => 'a'), 'z'], 1)).toBeNull();
  expect(placeholderValues(`b${'a'.repeat(100_000)}`, ['', ...Array.from({ length: 50 }, () => ''), 'b', 'a'], 1)).toBeNull();
});
