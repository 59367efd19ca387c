import { buildSchema, introspectionFromSchema, parse, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import type { ApiModel } from '../../model/model.ts';
import { buildTools } from '../../tools/build-tools.ts';
import { buildModel } from '../build-model.ts';

function modelOf(document: unknown): ApiModel {
  const model = buildModel(document);
  if (!model.ok) throw new Error(model.error.message);
  return model.value;
}
const documentOf = (sdl: string, operationId: string) =>
  modelOf(sdl).operations.find((operation) => operation.operationId === operationId)?.graphql?.document;

const shop = `
  "A shop of books."
  schema { query: Root mutation: Changes subscription: Events }
  type Root {
    "One book."
    book(id: ID!, format: Format = PAPER): Book
    books(filter: Filter, first: Int, after: String): BookConnection!
    find(text: String!): [Found!]!
    old: String @deprecated(reason: "Use book.")
    count: Int
  }
  type Changes { addBook(input: AddBookInput!): AddBookPayload book(id: ID!): Boolean }
  type Events { bookAdded: Book }
  type Book implements Node { id: ID! title: String! author: Author cover(size: Int!): String related: BookConnection price: Price }
  type Author implements Node { id: ID! name: String books: BookConnection }
  type Price { amount: Float currency: Currency }
  scalar Currency
  scalar DateTime
  interface Node { id: ID! }
  union Found = Book | Author
  type BookConnection { totalCount: Int edges: [BookEdge] pageInfo: PageInfo! }
  type BookEdge { cursor: String! node: Book }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type AddBookPayload { clientMutationId: String book: Book }
  enum Format { PAPER EBOOK }
  input Filter { and: [Filter!] title: String since: DateTime }
  input AddBookInput { "What it is called." title: String! price: Float! = 1.5 }`;

describe('a schema', () => {
  const model = modelOf(shop);

  test('gives an operation for each query and mutation, all valid against it', () => {
    expect(model.operations.map(({ operationId, path }) => `${operationId} ${path}`)).toEqual([
      'book #Root.book',
      'books #Root.books',
      'find #Root.find',
      'old #Root.old',
      'count #Root.count',
      'addBook #Changes.addBook',
      'book_mutation #Changes.book',
    ]);
    const schema = buildSchema(shop);
    for (const { graphql } of model.operations) expect(validate(schema, parse(graphql?.document ?? ''))).toEqual([]);
  });

  test('tells that its subscriptions were left out', () => {
    expect(model.issues).toEqual([expect.objectContaining({ severity: 'info', message: expect.stringContaining('Subscriptions') })]);
  });

  test('has arguments as variables, their types as schemas that may hold each other', () => {
    expect(model.operations[0]?.body).toMatchObject({
      required: true,
      media: [{ schema: { properties: { id: { type: 'string' }, format: { $ref: '#/components/schemas/Format' } }, required: ['id'] } }],
    });
    expect(model.schemas).toMatchObject({
      Filter: { properties: { and: { items: { $ref: '#/components/schemas/Filter' } }, since: { type: 'string', format: 'date-time' } } },
      Format: { type: 'string', enum: ['PAPER', 'EBOOK'] },
      AddBookInput: { properties: { title: { description: 'What it is called.' } }, required: ['title'] },
    });
    expect(model.references.resolve({ $ref: '#/components/schemas/Filter' }).kind).toBe('found');
  });

  test('tells queries from mutations, and what is deprecated', () => {
    expect(model.operations.map(({ annotations }) => annotations.readOnlyHint)).toEqual([
      true,
      true,
      true,
      true,
      true,
      undefined,
      undefined,
    ]);
    expect(model.operations.filter(({ deprecated }) => deprecated).map(({ operationId }) => operationId)).toEqual(['old']);
    expect(model.operations.map(({ tags }) => tags[0])).toEqual(['Book', 'Book', 'Found', 'query', 'query', 'Book', 'mutation']);
  });
});

describe('an argument that has a default', () => {
  const sdl = `
    type Query { items(first: Int! = 10, kind: Kind! = NEW, after: String, filter: Filter! = { min: 1 }): [Int] }
    enum Kind { NEW OLD } input Filter { min: Int! = 3 }`;
  const [operation] = modelOf(sdl).operations;

  test('may be left out, whatever its type says', () => {
    const declared = '($first: Int, $kind: Kind, $after: String, $filter: Filter)';
    expect(operation?.graphql?.document).toContain(`query items${declared} {`);
    expect(validate(buildSchema(sdl), parse(operation?.graphql?.document ?? ''))).toEqual([]);
    expect(operation?.body?.media[0]?.schema).not.toHaveProperty('required');
  });

  test.each([
    ['a text', sdl],
    ['an introspection answer', JSON.parse(JSON.stringify(introspectionFromSchema(buildSchema(sdl))))],
  ])('has it in the schema of its input, from %s', (_, document) => {
    const model = modelOf(document);
    const operation = model.operations[0];
    expect(operation?.body?.media[0]?.schema).toMatchObject({
      properties: { first: { type: 'integer', default: 10 }, kind: { default: 'NEW' }, filter: { default: { min: 1 } } },
    });
    expect(model.schemas).toMatchObject({ Filter: { properties: { min: { default: 3 } } } });
    const [tool] = buildTools(model, () => true).operations.values();
    expect(tool?.inputSchema).toMatchObject({ properties: { first: { default: 10 }, kind: { enum: ['NEW', 'OLD'], default: 'NEW' } } });
  });
});

describe('what is asked for', () => {
  test('is the thing and what is near, without fields that need arguments and without other lists', () => {
    expect(documentOf(shop, 'book')).toBe(
      'query book($id: ID!, $format: Format) { book(id: $id, format: $format) { id title author { id name } price { amount currency } } }',
    );
  });

  test('is a page of a list, with what leads to the next', () => {
    expect(documentOf(shop, 'books')).toContain(
      '{ totalCount pageInfo { hasNextPage endCursor } edges { node { id title author { id name }',
    );
  });

  test('tells alternatives apart', () => {
    expect(documentOf(shop, 'find')).toContain('{ __typename ... on Book { id title } ... on Author { id name } }');
  });

  test('never gives one name two types', () => {
    const sdl = 'type Query { u: U } union U = A | B type A { x: Int y: String! } type B { x: String! y: String! }';
    expect(documentOf(sdl, 'u')).toBe('query u { u { __typename ... on A { x y } ... on B { y } } }');
  });

  test('of a payload is what it wraps', () => {
    expect(documentOf(shop, 'addBook')).toContain('{ clientMutationId book { id title author');
  });

  test('never is a list of a list of what it is part of', () => {
    const sdl = (type: string) => `type Query { me: User } type User { id: ID! friends: ${type} }`;
    expect(documentOf(sdl('[User!]!'), 'me')).toBe('query me { me { id friends { id } } }');
    expect(documentOf(sdl('User'), 'me')).toBe('query me { me { id friends { id } } }');
    const byTurns = 'type Query { a: A } type A { bs: [B] } type B { as: [A] }';
    expect(documentOf(byTurns, 'a')).toBe('query a { a { bs { __typename } } }');
  });

  test('of a thing without scalars is its name, and recursion ends', () => {
    expect(documentOf('type Query { a: A } type A { f(x: Int!): Int }', 'a')).toBe('query a { a { __typename } }');
    expect((documentOf('type Query { a: A } type A { a: A b: A c: A d: A }', 'a') ?? '').length).toBeLessThan(5000);
  });
});

test('an introspection answer gives the same operations, and points into itself', () => {
  const introspection = introspectionFromSchema(buildSchema(shop));
  const model = modelOf({ data: JSON.parse(JSON.stringify(introspection)) });
  expect(model.operations.map(({ graphql }) => graphql?.document)).toEqual(
    modelOf(shop).operations.map(({ graphql }) => graphql?.document),
  );
  expect(model.operations[0]?.pointer).toMatch(/^\/data\/__schema\/types\/\d+\/fields\/0$/);
  expect(modelOf(JSON.parse(JSON.stringify(introspection))).operations).toHaveLength(7);
});

test('repeated fields, extensions alone and types that are defined elsewhere are read', () => {
  const model = modelOf('extend type Query { a: Int a: Int b: Missing @key(fields: "id") }');
  expect(model.operations.map(({ operationId }) => operationId)).toEqual(['a', 'b']);
  expect(model.issues).toEqual([expect.objectContaining({ message: expect.stringContaining('Missing') })]);
});

test.each([
  ['no GraphQL', 'openapi: 3.0.0'],
  ['cut off', 'type Query {'],
  ['nested without end', `type Query { a: ${'['.repeat(100_000)}Int${']'.repeat(100_000)} }`],
  ['longer than memory', `type Query { ${'a: Int '.repeat(100_000)} }`],
  ['an answer without types', { __schema: {} }],
  ['an answer with wrong types', { __schema: { types: [{ kind: 'OBJECT', name: 'Query' }], queryType: { name: 'Query' } } }],
])('%s is unusable', (_, document) => {
  expect(buildModel(document)).toMatchObject({ ok: false, error: { code: 'specification-unusable' } });
});

test('names of inherited properties are names', () => {
  const model = modelOf('type Query { constructor(__proto__: Int!): toString } type toString { valueOf: Int }');
  expect(model.operations[0]?.graphql?.document).toBe(
    'query constructor($__proto__: Int!) { constructor(__proto__: $__proto__) { valueOf } }',
  );
});
