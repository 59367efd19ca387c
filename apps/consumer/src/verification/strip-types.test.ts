import { describe, expect, test } from 'vitest';
import { MAX_PARSED_CHARACTERS, stripTypes } from './strip-types.ts';

const rows = Array.from({ length: 2000 }, (_, index) => ({
  name: `row "${index}" $& = [1]`,
  'content-type': null,
  path: `/pets/${index}`,
  score: -1.5e3,
  deep: [[true]],
}));

describe('types are stripped', () => {
  test('and nothing else changes', () => {
    const source = `import type { A } from './a'; const f = <T,>(x: T): T => x satisfies T; enum E { a }; export const b = f({ c: 1 } as const);`;
    expect(stripTypes(source)).not.toMatch(/satisfies|as const|import/);
  });

  test.each([
    ['JSON', JSON.stringify(rows)],
    ['indented JSON', JSON.stringify(rows, null, 2)],
    [
      'unquoted names and single quotes',
      JSON.stringify(rows, null, 2)
        .replace(/"(name|path|score|deep)":/g, '$1:')
        .replaceAll('"content-type"', `'content-type'`),
    ],
  ])('around large data written as %s, which comes back as it was', (_, literal) => {
    const stripped = stripTypes(
      `interface Row { name: string }\nexport const rows: readonly Row[] = ${literal} satisfies Row[];\nexport const one: number = rows.length;`,
    );
    expect(stripped).toContain(`export const rows = ${literal} ;`);
    expect(stripped).toContain('export const one = rows.length;');
    expect(stripped).not.toContain('interface');
  });

  test('around data far beyond what may be parsed', () => {
    const literal = JSON.stringify(Array.from({ length: MAX_PARSED_CHARACTERS / 4 }, () => 'data'));
    expect(stripTypes(`const _data0_: string[] = ${literal}; export default _data0_;`)).toBe(
      `const _data0_ = ${literal}; export default _data0_;`,
    );
  });

  test('also inside a large literal that holds more than data', () => {
    const literal = JSON.stringify(rows).replace(/\]$/, ', call(1 as number)]');
    expect(stripTypes(`const rows = ${literal};`)).toContain('call(1 )]');
  });
});

test('more code than may be parsed is refused', () => {
  expect(() => stripTypes('f();'.repeat(MAX_PARSED_CHARACTERS))).toThrow('characters of code');
});

test.each([
  ['literals that begin and never end', '= ["= [", '.repeat(60_000)],
  ['brackets only', '=['.repeat(400_000)],
  ['an unfinished string', `= ["${'\\"'.repeat(400_000)}`],
])('%s cost no more time than their length', (_, source) => {
  expect(() => stripTypes(source)).toThrow();
});
