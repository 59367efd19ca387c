import type { SpecFormat, SpecType } from '@mcpoverflow/types';
import { describe, expect, test } from 'vitest';
import { toolInput } from '../tools/tool-input.ts';
import { buildModel } from './build-model.ts';
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

describe('a key that is written again', () => {
  const told = (text: string, format: SpecFormat) => {
    const document = read(text, format);
    const model = buildModel(document.ok ? document.value : undefined);
    if (!model.ok) throw new Error(model.error.message);
    return model.value.issues.filter(({ message }) => message.includes('more than once')).map(({ pointer }) => pointer);
  };
  const operation = '{"summary": ": a colon", "responses": {"200": {"description": "a \\"quoted\\": word\\\\"}}}';
  const document = (paths: string) => `{"openapi": "3.0.0", "info": {"title": "T", "version": "1"}, "paths": {${paths}}}`;

  test.each(['json', 'yaml'] as const)('is told where it stands, in %s', (format) => {
    const twice = document(`"/a": {"get": ${operation}}, "/b": {"get": ${operation}, "get" : ${operation}}, "/a": {"post": ${operation}}`);
    expect(told(twice, format)).toEqual(['/paths/~1a', '/paths/~1b/get']);
    expect(told(document(`"/a": {"get": ${operation}, "post": ${operation}}`), format)).toEqual([]);
  });

  test('is told without its place in a text too large to be read again', () => {
    const large = document(`"/a": {"get": ${operation}}, "/a": {"post": ${operation}}`).replace('"T"', `"${'T'.repeat(4_000_000)}"`);
    expect(told(large, 'json')).toEqual(['']);
  });

  test('is nothing to tell of where it only overrides what a merge key brought', () => {
    const text = 'openapi: 3.0.0\nx-shared: &shared {get: 1, put: 1}\npaths:\n  /a:\n    <<: *shared\n    get: {}\n';
    expect(told(text, 'yaml')).toEqual([]);
    expect(told(`${text}    get: {}\n`, 'yaml')).toEqual(['/paths/~1a/get']);
  });
});

describe('text that is nearly right', () => {
  test('is read where a bracket or a quoted text goes on below its own key', () => {
    const text = 'a:\n  b: {\n    c: [\n      1\n    ]\n  }\n  d: "two\n  words"\n  e: 2\n';
    expect(read(text)).toEqual({ ok: true, value: { a: { b: { c: [1] }, d: 'two words', e: 2 } } });
  });

  test.each(['json', 'yaml'] as const)('is read where JSON has comments and trailing commas, which are told: %s', (format) => {
    const text =
      '{\n  "openapi": "3.1.0", // as of today\n  "info": {"title": "T", "version": "1",}, /* no\n paths */ "info": {}, "paths": {}}';
    const document = read(text, format);
    expect(document).toEqual({ ok: true, value: { openapi: '3.1.0', info: {}, paths: {} } });
    const model = buildModel(document.ok ? document.value : undefined);
    expect(model.ok && model.value.issues.filter(({ severity }) => severity === 'warning').slice(0, 2)).toEqual([
      {
        severity: 'warning',
        pointer: '',
        message: 'JSON has no comments and no trailing commas; they were passed over, from line 2, column 23 on.',
      },
      { severity: 'warning', pointer: '/info', message: expect.stringContaining('more than once') },
    ]);
  });

  test('is told with its line and column where nothing can be made of it', () => {
    const faulty = '{ // one\n  "a": 1\n  "b": {\n}';
    expect(read(faulty, 'json')).toMatchObject({ ok: false, error: { message: expect.stringContaining('(line 3 column 3)') } });
  });

  test('is read as YAML when it is no JSON', () => {
    expect(read('{"a": [1, 2], # two\n}', 'json')).toEqual({ ok: true, value: { a: [1, 2] } });
    expect(read('a: 1', 'json')).toEqual({ ok: true, value: { a: 1 } });
    expect(read('no object', 'json')).toMatchObject({ ok: false, error: { message: expect.stringContaining('not valid JSON') } });
  });

  test('is given up when moving lines would take too long', () => {
    const text = `a: {\n${'b,\n'.repeat(50)}# ${'x'.repeat(2_000_000)}\n}`;
    expect(code(read(text))).toBe('specification-unusable');
  });
});

describe('merge keys', () => {
  test('give an object the fields of another, its own winning', () => {
    expect(read('a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}')).toEqual({ ok: true, value: { a: { b: 1, c: 2 }, d: { b: 1, c: 3 } } });
  });

  test('make a merged field of a body an argument', () => {
    const text = `
openapi: 3.1.0
info: {title: T, version: '1'}
x-shared: &shared {name: {type: string}}
paths:
  /a:
    post:
      requestBody:
        content: {application/json: {schema: {type: object, properties: {<<: *shared, age: {type: integer}}}}}
      responses: {}`;
    const document = read(text);
    const model = buildModel(document.ok ? document.value : undefined);
    const operation = model.ok ? model.value.operations[0] : undefined;
    if (!model.ok || operation === undefined) throw new Error('no operation');
    const { properties } = toolInput(operation, model.value);
    expect(properties.map(({ argument }) => argument).sort()).toEqual(['age', 'name']);
  });

  test('bring names of inherited properties as names', () => {
    const merged = read('a: &x {__proto__: {polluted: true}, constructor: 1}\nb: {<<: *x}');
    const { b } = Object(merged.ok ? merged.value : undefined);
    expect(Object.keys(b)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(b)).toBe(Object.prototype);
    expect(b.polluted).toBeUndefined();
  });

  test('that copy without end, or stand for billions of nodes, are unusable', () => {
    const copies = ['l0: &l0 {k0: 1}', ...Array.from({ length: 2000 }, (_, n) => `l${n + 1}: &l${n + 1} {<<: *l${n}, k${n + 1}: 1}`)];
    expect(code(read(copies.join('\n')))).toBe('specification-unusable');
    const shared = Array.from({ length: 12 }, (_, level) => {
      const below = level === 0 ? 'x' : `{<<: *l${level - 1}}`;
      return `l${level}: &l${level} {${Array.from({ length: 10 }, (_, n) => `k${n}: ${below}`).join(', ')}}`;
    });
    expect(code(read(shared.join('\n')))).toBe('specification-unusable');
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
