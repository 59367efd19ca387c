import { describe, expect, test } from 'vitest';
import { buildModel } from '../readers/build-model.ts';
import { toolInput } from './tool-input.ts';

function inputOf(operation: Record<string, unknown>, path = '/a/{id}', components: Record<string, unknown> = {}) {
  const model = buildModel({ openapi: '3.1.0', info: {}, components, paths: { [path]: { post: operation } } });
  const first = model.ok ? model.value.operations[0] : undefined;
  if (!model.ok || first === undefined) throw new Error('no operation');
  return toolInput(first, model.value);
}
const json = (schema: unknown, required = true) => ({ required, content: { 'application/json': { schema } } });

test('a body that is a plain object gives its fields to the root; clashes are told apart by their place', () => {
  const input = inputOf({
    parameters: [{ name: 'id', in: 'query', schema: {} }],
    requestBody: json({ type: 'object', required: ['id'], properties: { id: {}, note: {}, made: { readOnly: true } } }),
  });
  expect(input.properties.map(({ argument, required }) => [argument, required])).toEqual([
    ['id', true],
    ['query_id', false],
    ['body_id', true],
    ['note', false],
  ]);
  expect(input.body?.fields).toEqual([{ argument: 'body_id', name: 'id' }, { argument: 'note' }]);
});

test('argument names are of the characters model APIs take, and lead back to the real names', () => {
  const names = ['StartTime>', '$filter', 'a[b]', 'ü'.repeat(9), 'x'.repeat(90), '__proto__', 'StartTime<'];
  const { parameters, properties } = inputOf({ parameters: names.map((name) => ({ name, in: 'query', schema: {} })) }, '/a');
  for (const { argument } of properties) expect(argument).toMatch(/^[A-Za-z0-9_.-]{1,64}$/);
  expect(new Set(properties.map(({ argument }) => argument)).size).toBe(names.length);
  expect(parameters.map(({ argument, name }) => name ?? argument)).toEqual(names);
});

describe('a body stays one argument', () => {
  test.each([
    ['a list', { type: 'array', items: {} }],
    ['alternatives', { oneOf: [{ type: 'object', properties: { a: {} } }, { type: 'string' }] }],
    ['a map', { type: 'object', properties: { a: {} }, additionalProperties: { type: 'string' } }],
    ['nothing known', {}],
  ])('when it is %s', (_, schema) => {
    const { body } = inputOf({ requestBody: json(schema) }, '/a');
    expect(body).toEqual({ mediaType: 'application/json', kind: 'json', argument: 'body' });
  });
});

test('the fields of an allOf are lifted through references', () => {
  const components = { schemas: { Base: { type: 'object', properties: { a: {} }, required: ['a'] } } };
  const { properties } = inputOf(
    { requestBody: json({ allOf: [{ $ref: '#/components/schemas/Base' }, { properties: { b: {} } }] }) },
    '/a',
    components,
  );
  expect(properties.map(({ argument, required }) => [argument, required])).toEqual([
    ['a', true],
    ['b', false],
  ]);
});

test('forms, files and other media are bound as what they are', () => {
  const kinds = (content: Record<string, unknown>) => inputOf({ requestBody: { content } }, '/a').body;
  const schema = { type: 'object', properties: { file: { type: 'string', format: 'binary' }, n: { type: 'object' } } };
  expect(kinds({ 'multipart/form-data': { schema } })?.fields).toEqual([{ argument: 'file', file: true }, { argument: 'n' }]);
  const encoding = { n: { style: 'deepObject', explode: true } };
  expect(kinds({ 'application/x-www-form-urlencoded': { schema, encoding } })?.fields?.[1]).toEqual({
    argument: 'n',
    style: 'deepObject',
    explode: true,
  });
  expect(kinds({ 'application/xml': { schema } })).toEqual({ mediaType: 'application/xml', kind: 'text', argument: 'body' });
  expect(kinds({ 'image/png': {} })?.kind).toBe('binary');
  expect(kinds({ 'application/xml': { schema }, 'application/json; charset=utf-8': { schema } })?.kind).toBe('json');
});
