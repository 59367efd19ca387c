import type { SpecFormat, SpecType } from '@mcpoverflow/types';
import { describe, expect, test } from 'vitest';
import { readSpecification } from './read-specification.ts';

const read = (text: string, format: SpecFormat = 'yaml', specType: SpecType = 'openapi') => readSpecification({ text, format, specType });
const code = (result: ReturnType<typeof read>) => (result.ok ? 'ok' : result.error.code);

describe('text that can be read', () => {
  test('is a document, from JSON and from YAML', () => {
    expect(read('\uFEFF{"a": 1}', 'json')).toEqual({ ok: true, value: { a: 1 } });
    expect(read('a: 1\non: yes\n200: x')).toEqual({ ok: true, value: { a: 1, on: 'yes', 200: 'x' } });
  });

  test('may share nodes by aliases and repeat a key', () => {
    expect(read('a: &x {b: 1}\nc: *x\nc: 2')).toEqual({ ok: true, value: { a: { b: 1 }, c: 2 } });
  });
});

describe('text that cannot be read is unusable', () => {
  test.each([
    ['', 'json'],
    ['{"a":', 'json'],
    ['a: [1', 'yaml'],
    ['<html>', 'json'],
  ] as const)('%j as %s', (text, format) => {
    expect(code(read(text, format))).toBe('specification-unusable');
  });

  test('ten thousand levels, in both formats', () => {
    expect(code(read('['.repeat(10_000) + ']'.repeat(10_000), 'json'))).toBe('specification-unusable');
    expect(code(read('['.repeat(10_000) + ']'.repeat(10_000), 'yaml'))).toBe('specification-unusable');
  });

  test('a few aliases that stand for billions of nodes', () => {
    const lines = Array.from(
      { length: 12 },
      (_, level) =>
        `l${level}: &l${level} [${Array(10)
          .fill(level === 0 ? 'x' : `*l${level - 1}`)
          .join(', ')}]`,
    );
    expect(code(read(lines.join('\n')))).toBe('specification-unusable');
  });

  test('an alias to what it is part of', () => {
    expect(code(read('a: &a [*a]'))).toBe('specification-unusable');
  });
});

test('GraphQL SDL stays the text it is', () => {
  expect(read('\uFEFFtype Query { a: Int }', 'graphql', 'graphql')).toEqual({ ok: true, value: 'type Query { a: Int }' });
});
