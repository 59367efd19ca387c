import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { buildModel } from '../build-model.ts';
import { readSpecification } from '../read-specification.ts';

const corpus = new URL('../../../../../../shared/corpus/', import.meta.url);
const fixtures = (folder: string): string[] =>
  existsSync(new URL(folder, corpus)) ? readdirSync(new URL(folder, corpus)).map((name) => `${folder}${name}`) : [];

function issuesOf(document: unknown): string[] {
  const model = buildModel(document);
  if (!model.ok) return [model.error.message];
  return model.value.issues.map(({ severity, pointer, message }) => `${severity} ${pointer} ${message}`);
}

function issuesOfFile(name: string): string[] {
  const document = readSpecification({ text: readFileSync(new URL(name, corpus), 'utf8'), specType: 'openapi', format: 'yaml' });
  return document.ok ? issuesOf(document.value) : [document.error.message];
}

test('a reference that leads nowhere is told where it stands, however deep', () => {
  const schemas = {
    A: {
      properties: { 'a/b': { anyOf: [{ type: 'string' }, { items: { $ref: '#/components/schemas/Gone' } }] } },
      additionalProperties: { $ref: 'other.yaml#/Pet' },
    },
    Loop: { $ref: '#/components/schemas/Pool' },
    Pool: { $ref: '#/components/schemas/Loop' },
  };
  const issues = issuesOf({ openapi: '3.1.0', info: { title: 'T', version: '1' }, components: { schemas } }).join('\n');
  expect(issues).toContain('/components/schemas/A/properties/a~1b/anyOf/1/items Nothing is at the reference #/components/schemas/Gone');
  expect(issues).toContain('/components/schemas/A/additionalProperties The reference other.yaml#/Pet leads to another document');
  expect(issues).toContain('/components/schemas/Loop The chain of references');
});

test('recursion, boolean schemas, names of their own and references that are data are nothing to tell of', () => {
  const schemas = {
    Tree: { properties: { children: { items: { $ref: '#/components/schemas/Tree' } }, any: { $ref: '#/components/schemas/Any' } } },
    Any: true,
    Data: { example: { $ref: '#/gone' }, enum: [{ $ref: '#/gone' }], properties: { $ref: { type: 'string' } } },
    Named: { $anchor: 'named', $id: 'https://example.com/named' },
    Naming: {
      allOf: [{ $ref: '#named' }, { $ref: 'https://example.com/named' }, { $ref: 'https://example.com/api#/components/schemas/Any' }],
    },
  };
  const document = { openapi: '3.2.0', $self: 'https://example.com/api', info: { title: 'T', version: '1' }, components: { schemas } };
  expect(issuesOf(document)).toEqual(['warning  The document describes no operations.']);
});

test.each([
  ['a field that has no meaning', { paths: {}, overlays: {} }, 'warning /overlays The field "overlays" has no meaning here.'],
  [
    'a field of a later version',
    { openapi: '3.0.3', paths: {}, webhooks: {} },
    'warning /webhooks The field "webhooks" has no meaning here.',
  ],
  [
    'a field that is missing',
    { paths: { '/a': { get: { parameters: [{ in: 'query', schema: {} }] } } } },
    '/paths/~1a/get/parameters/0 The field "name" is missing.',
  ],
  ['a list that is none', { paths: {}, servers: {} }, 'warning /servers A list was expected here.'],
  ['a type that is none', { components: { schemas: { A: { type: 'text' } } } }, 'warning /components/schemas/A/type A type is one of'],
  ['a schema that is none', { components: { schemas: { A: null } } }, 'warning /components/schemas/A A schema must be an object'],
  [
    'a status that is none',
    { paths: { '/a': { get: { responses: { OK: {} } } } } },
    'warning /paths/~1a/get/responses/OK The field "OK" has no meaning here.',
  ],
])('%s is told at its place', (_, fields, expected) => {
  expect(issuesOf({ openapi: '3.1.0', info: { title: 'T', version: '1' }, ...fields }).join('\n')).toContain(expected);
});

test('what the reader left out in its own words is not told twice', () => {
  const paths = { users: { get: { responses: {} } }, '/broken': { get: 'not an operation' } };
  const issues = issuesOf({ openapi: '3.1.0', info: { title: 'T', version: '1' }, paths });
  expect(issues).toEqual([
    expect.stringContaining('/paths/users A path must begin with a slash'),
    expect.stringContaining('/paths/~1broken/get An operation must be an object'),
  ]);
});

describe.each([...fixtures('oas31-pass/'), ...fixtures('oas32-pass/')])('%s', (name) => {
  test('is read without an error, and says nothing false about its structure', () => {
    const structural = /has no meaning|expected here|is missing|exclude each other|must be|belongs|is needed|cannot be a name|is one of/;
    expect(issuesOfFile(name).filter((issue) => issue.startsWith('error') || structural.test(issue))).toEqual([]);
  });
});

describe.each(fixtures('oas32-fail/'))('%s', (name) => {
  test('is diagnosed with the place', () => {
    const told = issuesOfFile(name).filter((issue) => /^(warning|error) /.test(issue) && !issue.includes('describes no operations'));
    expect(told).not.toEqual([]);
  });
});
