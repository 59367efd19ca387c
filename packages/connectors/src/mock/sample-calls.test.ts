import { CfWorkerJsonSchemaValidator } from '@modelcontextprotocol/server/validators/cf-worker';
import { describe, expect, test } from 'vitest';
import { sampleCalls } from './sample-calls.ts';
import { sampleForPattern } from './sample-pattern.ts';

describe('a sample call fits the schema', () => {
  test.each([
    { type: 'string', minLength: 30 },
    { type: 'string', maxLength: 2 },
    { type: 'string', format: 'uuid' },
    { type: 'string', pattern: '^97[89][0-9]{10}$' },
    { type: 'string', pattern: '^arn:aws:iam::\\d{12}:user(?:(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F))[\\w+=,.@-]+$' },
    { type: 'string', pattern: '^P(?=\\d|T\\d)(?:(\\d+)Y)?(?:T(?:(\\d+)H)?)?$' },
    { type: 'string', pattern: '^(?=.*[a-z])(?=.*[A-Z])(?=.*\\d)\\S+$', minLength: 8 },
    { type: 'string', pattern: '^BEGIN\\u000D?\\u000A\\x41$' },
    { type: 'integer', minimum: 10, maximum: 12 },
    { type: 'integer', exclusiveMaximum: 0 },
    { type: 'number', multipleOf: 0.5, minimum: 0.7 },
    { type: 'array', items: { type: 'string', enum: ['a', 'b', 'c'] }, minItems: 3, uniqueItems: true },
    { type: 'array', items: {}, maxItems: 0 },
    { type: 'object', minProperties: 2, additionalProperties: { type: 'integer' } },
    { type: ['null', 'boolean'] },
    { enum: [null, 3] },
    { const: { a: 1 } },
    { anyOf: [{ type: 'null' }, { type: 'string' }] },
    {
      type: 'object',
      required: ['a'],
      properties: { a: { type: 'string' } },
      allOf: [{ required: ['b'], properties: { b: { type: 'integer' } } }],
    },
    {
      type: 'object',
      properties: { a: { type: 'integer' }, b: { type: 'array', items: { type: 'integer' } } },
      anyOf: [{ required: ['a'] }, { required: ['b'] }],
    },
    { type: 'object', required: ['a'], properties: { a: { type: 'integer' } }, anyOf: [{ description: 'words alone' }] },
    {
      type: 'object',
      anyOf: [{ type: 'object', required: ['a'], properties: { a: { enum: ['auto'] } }, additionalProperties: false }],
    },
    { type: 'string', format: 'date', allOf: [{ maxLength: 10 }] },
  ])('%j', (schema) => {
    const inputSchema = { type: 'object', required: ['x'], properties: { x: schema } };
    const [call] = sampleCalls([{ name: 't', inputSchema }]);
    expect(new CfWorkerJsonSchemaValidator().getValidator(inputSchema)(call?.arguments)).toMatchObject({ valid: true });
    expect(sampleCalls([{ name: 't', inputSchema }])).toEqual([call]);
  });

  test('that recurses, and ends even when the schema requires itself', () => {
    const $defs = {
      Node: { type: 'object', required: ['name'], properties: { name: { type: 'string' }, next: { $ref: '#/$defs/Node' } } },
    };
    expect(
      sampleCalls([{ name: 't', inputSchema: { type: 'object', required: ['x'], properties: { x: { $ref: '#/$defs/Node' } }, $defs } }])[0]
        ?.arguments,
    ).toEqual({ x: { name: 'sample' } });
    const endless = { type: 'object', required: ['x'], properties: { x: { $ref: '#' } } };
    expect(() => sampleCalls([{ name: 't', inputSchema: endless }])).not.toThrow();
  });
});

describe('an argument that is an object', () => {
  const argumentsFor = (schema: Record<string, unknown>, which: 'required' | 'all') =>
    sampleCalls([{ name: 't', inputSchema: { type: 'object', required: ['x'], properties: { x: schema } } }], which)[0]?.arguments;
  const properties = { a: { type: 'integer' }, b: { type: 'string' } };

  test.each([
    ['of optional properties', { type: 'object', properties }, { a: 1 }],
    ['behind an alternative', { anyOf: [{ type: 'object', properties }] }, { a: 1 }],
    ['of any keys', { type: 'object', additionalProperties: { type: 'integer' } }, { key1: 1 }],
    ['that may hold nothing', { type: 'object', additionalProperties: false }, {}],
  ])('is not empty when it can be filled: %s', (_, schema, x) => {
    expect(argumentsFor(schema, 'required')).toEqual({ x });
  });

  test('holds no more properties than it may, and what is required goes first', () => {
    expect(argumentsFor({ type: 'object', properties, maxProperties: 1 }, 'all')).toEqual({ x: { a: 1 } });
    expect(argumentsFor({ type: 'object', properties, maxProperties: 1, required: ['b'] }, 'all')).toEqual({ x: { b: 'sample' } });
  });
});

test.each([
  [{ type: 'integer', minimum: 3, exclusiveMinimum: 5 }, 6],
  [{ type: 'integer', minimum: 7, exclusiveMinimum: 5 }, 7],
  [{ type: 'integer', maximum: 0, exclusiveMaximum: -3 }, -4],
  [{ enum: [null, '', '.', '..', 'a'] }, 'a'],
  [{ enum: [2 ** 60, 7] }, 7],
  [{ enum: ['..'] }, '..'],
])('a sample of %j is %j', (schema, value) => {
  const inputSchema = { type: 'object', required: ['x'], properties: { x: schema } };
  expect(sampleCalls([{ name: 't', inputSchema }])[0]?.arguments).toEqual({ x: value });
});

test.each([
  '^[A-Z]{2}\\d+$',
  '^(?:foo|bar)-\\w{3}$',
  '^acct_[a-zA-Z0-9]{16}$',
  '^\\+?[1-9]\\d{1,14}$',
  '^[^/]+/[^/]+$',
  'a|b',
  '^\\p{L}+$',
])('a text for the pattern %s', (pattern) => {
  expect(sampleForPattern(pattern)).toMatch(new RegExp(pattern, 'u'));
});

describe('what no value is found for, or what no connector sends,', () => {
  const sampled = (properties: object, required: readonly string[] = []) =>
    sampleCalls([{ name: 't', inputSchema: { type: 'object', properties, required } }], 'all')[0];
  const large = { type: 'integer', minimum: 2 ** 53 };

  test.each([
    large,
    { type: 'number', minimum: 1e18 },
    { const: 2 ** 53 },
    { enum: ['.', '..'] },
    { type: 'string', pattern: '/^\\d+$/i' },
    { type: 'integer', exclusiveMinimum: 1, exclusiveMaximum: 2 },
    { type: 'array', items: large },
    { type: 'object', required: ['in'], properties: { in: large } },
  ])('is left out where it may be, and told where it may not: %j', (bad) => {
    expect(sampled({ a: { type: 'boolean' }, bad })).toEqual({ tool: 't', arguments: { a: true } });
    expect(sampled({ bad }, ['bad'])).toMatchObject({ isUnfit: true, arguments: { bad: expect.anything() } });
  });

  test('gives way to another choice or alternative', () => {
    expect(sampled({ x: { anyOf: [large, { type: 'boolean' }] }, y: { enum: ['..', 'up'] } }, ['x'])).toEqual({
      tool: 't',
      arguments: { x: true, y: 'up' },
    });
  });
});

test('a sample of a hostile schema ends soon', () => {
  const wide = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`field${index}`, { $ref: '#' }]));
  const endless = { type: 'object', required: Object.keys(wide), properties: wide };
  expect(JSON.stringify(sampleCalls([{ name: 't', inputSchema: endless }])).length).toBeLessThan(2_000_000);
  const pattern = `^${'('.repeat(6)}a${'{256})'.repeat(6)}$`;
  expect(sampleForPattern(pattern).length).toBeLessThanOrEqual(4096);
  const slow = { type: 'object', required: ['x'], properties: { x: { type: 'string', minLength: 4000, pattern: '^(a|a?)+$' } } };
  expect(sampleCalls([{ name: 't', inputSchema: slow }])).toHaveLength(1);
});
