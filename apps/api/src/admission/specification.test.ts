import { describe, expect, it } from 'vitest';
import { admitSpecification } from './specification.ts';

const kindOf = (spec: string | Record<string, unknown>, claimed?: 'openapi' | 'graphql' | 'postman') => {
  const admitted = admitSpecification(spec, claimed);
  return admitted.ok ? `${admitted.value.specType} ${admitted.value.format}` : admitted.error.errors;
};

describe('a specification is taken', () => {
  const openapi = { openapi: '3.1.0', info: { title: 'T', version: '1' }, paths: {} };

  it.each([
    ['an object', openapi, 'openapi json'],
    ['JSON text', JSON.stringify(openapi), 'openapi json'],
    ['JSON text with a byte order mark', `\uFEFF${JSON.stringify(openapi)}`, 'openapi json'],
    ['JSON with comments and trailing commas', '{ // mine\n"openapi": "3.1.0", "paths": {},}', 'openapi json'],
    ['YAML text', 'openapi: "3.0.0"\npaths: {}', 'openapi yaml'],
    ['YAML with an unquoted version', 'swagger: 2.0\npaths: {}', 'openapi yaml'],
    ['YAML in braces, with a comment', '{openapi: 3.0.1, # yes\n paths: {}}', 'openapi yaml'],
    ['YAML with repeated keys', 'openapi: 3.0.1\ninfo: {}\ninfo: {}', 'openapi yaml'],
    ['YAML with merge keys and aliases', 'openapi: 3.0.1\na: &a {b: 1}\npaths: {/x: {<<: *a}}', 'openapi yaml'],
    ['webhooks alone', { openapi: '3.1.0', webhooks: {} }, 'openapi json'],
    ['references that never end', { openapi: '3.0.0', components: { schemas: { A: { $ref: '#/components/schemas/A' } } } }, 'openapi json'],
    ['a Postman collection', { info: { schema: 'https://x/v2.1.0/collection.json' }, item: [] }, 'postman json'],
    ['an old Postman collection', { name: 'x', requests: [{}] }, 'postman json'],
    ['a Postman collection as their API tells it', { collection: { info: {}, item: [] } }, 'postman json'],
    ['an introspection answer', { data: { __schema: { queryType: { name: 'Query' }, types: [] } } }, 'graphql json'],
    ['the inside of an introspection answer', '{"__schema": {"types": []}}', 'graphql json'],
    ['GraphQL SDL', 'type Query { hello(name: String = "}"): String # }\n}', 'graphql graphql'],
    ['GraphQL with descriptions', '"""\nA "quoted" \\""" {\n"""\nschema { query: Root }\ntype Root { a: Int }', 'graphql graphql'],
  ])('when it is %s', (_name, spec, expected) => {
    expect(kindOf(spec)).toBe(expected);
  });

  it('word for word, when it is text', () => {
    const text = '# mine\nopenapi: 3.0.0\n';
    expect(admitSpecification(text, 'openapi')).toEqual({ ok: true, value: { specType: 'openapi', format: 'yaml', text } });
  });
});

it('an introspection answer is taken where GraphQL is claimed, and nothing else in braces', () => {
  expect(kindOf('{"data": {"__schema": {"types": []}}}', 'graphql')).toBe('graphql json');
  expect(kindOf('{"data": {}}', 'graphql')).toEqual([{ pointer: '/spec', detail: expect.stringContaining('introspection') }]);
});
