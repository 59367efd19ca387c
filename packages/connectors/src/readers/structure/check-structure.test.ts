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

/** Where each of the fixtures is wrong. */
const offences: Readonly<Record<string, readonly string[]>> = {
  'encoding-enc-item-exclusion.yaml': [
    '/components/requestBodies/encoding-with-prefixEncoding-not-allowed/content/multipart~1mixed/prefixEncoding/0/prefixEncoding',
  ],
  'encoding-enc-prefix-exclusion.yaml': [
    '/components/requestBodies/encoding-with-itemEncoding-not-allowed/content/multipart~1mixed/prefixEncoding/0/itemEncoding',
  ],
  'example-examples.yaml': ['/components/parameters/animal/examples'],
  'example-object-old-exclusions.yaml': ['/components/examples/CannotHaveBoth/externalValue'],
  'example-object-old-vs-data.yaml': ['/components/examples/NoValueWithDataValue/dataValue'],
  'example-object-old-vs-ser.yaml': ['/components/examples/CannotHaveBoth/serializedValue'],
  'example-object-ser-exclusions.yaml': ['/components/examples/CannotHaveBoth/externalValue'],
  'header-object-allowReserved.yaml': ['/components/headers/Style/allowReserved'],
  'header-object-name.yaml': ['/paths/~1foo/get/responses/default/headers/Bad=Header'],
  'invalid_schema_types.yaml': [
    '/components/schemas/invalid_null',
    '/components/schemas/invalid_number',
    '/components/schemas/invalid_array',
  ],
  'media-type-enc-item-exclusion.yaml': [
    '/components/requestBodies/encoding-with-itemEncoding-not-allowed/content/multipart~1mixed/itemEncoding',
  ],
  'media-type-enc-prefix-exclusion.yaml': [
    '/components/requestBodies/encoding-with-prefixEncoding-not-allowed/content/multipart~1mixed/prefixEncoding',
  ],
  'no_containers.yaml': [''],
  'operation-object-query-with-querystring.yaml': ['/components/pathItems/my-path-item/get/parameters/0'],
  'operation-object-two-querystrings.yaml': ['/components/pathItems/my-path-item/get/parameters/1'],
  'parameter-object-content-not-with-style.yaml': ['/components/parameters/content-not-with-style/style'],
  'parameter-object-cookie-allowReserved.yaml': ['/components/parameters/my_cookie/allowReserved'],
  'parameter-object-header-allowReserved.yaml': ['/components/parameters/header/allowReserved'],
  'parameter-object-header-name.yaml': ['/components/parameters/BadHeader/name'],
  'parameter-object-path-name.yaml': ['/components/parameters/BadPath/name'],
  'parameter-object-querystring-not-with-schema.yaml': ['/components/parameters/querystring-not-with-schema/schema'],
  'path-item-object-conflicting-additional-operation.yaml': ['/paths/~1pets~1{id}/additionalOperations/POST'],
  'path-item-object-query-with-querystring.yaml': ['/components/pathItems/my-path-item/parameters/0'],
  'path-item-object-two-querystrings.yaml': ['/components/pathItems/my-path-item/parameters/1'],
  'server_enum_empty.yaml': ['/servers/0/variables/var/enum'],
  'servers.yaml': ['/servers'],
  'unknown_container.yaml': ['/overlays'],
  'xml-attr-exclusion.yaml': ['/components/schemas/Attr/xml/attribute'],
  'xml-wrapped-exclusion.yaml': ['/components/schemas/List/xml/wrapped'],
};

describe.each(fixtures('oas32-fail/'))('%s', (name) => {
  test('is diagnosed at the place that is wrong', () => {
    const told = issuesOfFile(name).filter((issue) => /^(warning|error) /.test(issue) && !issue.includes('describes no operations'));
    const places = told.map((issue) => issue.split(' ')[1]);
    const wrong = offences[name.replace('oas32-fail/', '')] ?? [];
    expect(wrong).not.toEqual([]);
    expect(places).toEqual(expect.arrayContaining([...wrong]));
  });
});
