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

describe('null', () => {
  const { operations, schemas } = modelOf(`
    type Query { none: Int }
    type Mutation { save(id: ID!, name: String, tags: [String!], list: [[Int]!]!, by: By, note: Note = {}, size: Int! = 3): Int }
    input Note { text: String mark: Int! }
    input By @oneOf { id: ID slug: String }`);

  test('is a value of every argument and field whose type does not forbid it: it unsets what nothing would leave', () => {
    const save = operations.find(({ operationId }) => operationId === 'save')?.body?.media[0]?.schema;
    expect(save).toEqual({
      type: 'object',
      properties: {
        id: { type: 'string' },
        name: { type: 'string', nullable: true },
        tags: { type: 'array', items: { type: 'string' }, nullable: true },
        list: { type: 'array', items: { type: 'array', items: { type: 'integer', nullable: true } } },
        by: { $ref: '#/components/schemas/By', nullable: true },
        note: { $ref: '#/components/schemas/Note', nullable: true, default: {} },
        size: { type: 'integer', default: 3 },
      },
      required: ['id', 'list'],
    });
    expect(schemas.Note).toMatchObject({ properties: { text: { type: 'string', nullable: true }, mark: { type: 'integer' } } });
  });

  test('is none of the one field that is given of several', () => {
    expect(schemas.By).toMatchObject({ properties: { id: { type: 'string' }, slug: { type: 'string' } } });
  });
});

describe('a file', () => {
  const model = modelOf(`
    scalar Upload
    type Query { none: Int }
    type Mutation {
      upload(file: Upload!): Int
      uploads(files: [Upload!]!, folder: ID): Int
      attach(note: Attachment!): Int
      post(title: String!, cover: Upload, more: Attachment, look: Look): Int
      link(to: Upload): Int
    }
    input Attachment { of: Attachment file: Upload! name: String }
    input Look { icon: Upload color: String }`);

  test('leaves out what cannot do without it, and is left out of the rest', () => {
    expect(model.operations.map(({ graphql }) => graphql?.document)).toEqual([
      'query none { none }',
      'mutation post($title: String!, $look: Look) { post(title: $title, look: $look) }',
      'mutation link { link }',
    ]);
    expect(model.operations[1]?.body?.media[0]?.schema).toMatchObject({ required: ['title'] });
    expect(model.schemas.Look).toMatchObject({ properties: { color: { type: 'string' } } });
    expect(JSON.stringify([model.operations, model.schemas.Look])).not.toMatch(/cover|more|icon/);
  });

  test('is found once, however many take a long chain of types that leads to it', () => {
    const count = 5_000;
    const numbers = Array.from({ length: count }, (_, number) => number);
    const { operations, issues } = modelOf(`
      scalar Upload
      type Query { none: Int }
      type Mutation { ${numbers.map((number) => `m${number}(it: I${number}): Int`).join(' ')} }
      ${numbers.map((number) => `input I${number} { next: I${number + 1} }`).join(' ')}
      input I${count} { file: Upload }`);
    expect(operations).toHaveLength(count + 1);
    expect(issues[0]).toMatchObject({ pointer: '/Mutation/m0' });
  });

  test('is told at each of them', () => {
    const file = 'It takes a file, and a connector sends none to GraphQL:';
    expect(model.issues).toEqual([
      ...['upload', 'uploads', 'attach'].map((field) => ({
        severity: 'warning',
        pointer: `/Mutation/${field}`,
        message: `${file} it was left out.`,
      })),
      ...['post', 'link'].map((field) => ({
        severity: 'warning',
        pointer: `/Mutation/${field}`,
        message: `${file} what asks for one was left out.`,
      })),
    ]);
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
    const sdl = `type Query { u: U n: N } union U = A | B | C enum E { F }
      type A { x: Int y: String! } type B { x: String! y: String! } type C { x: Int! x_B: Int y: [String] x_C: E }
      interface N { y: String } type D implements N { y: String! x: Int } type F implements N { y: String x: E }`;
    expect(documentOf(sdl, 'u')).toBe(
      'query u { u { __typename ... on A { x y } ... on B { x_B: x y } ... on C { x_C: x x_B_C: x_B y_C: y x_C_C: x_C } } }',
    );
    expect(documentOf(sdl, 'n')).toBe('query n { n { y __typename ... on D { x } ... on F { x_F: x } } }');
    const schema = buildSchema(sdl);
    const model = modelOf(sdl);
    for (const { graphql } of model.operations) expect(validate(schema, parse(graphql?.document ?? ''))).toEqual([]);
    expect(buildTools(model, () => true).operations.get('n')?.outputSchema).toMatchObject({
      properties: {
        data: {
          properties: {
            n: {
              properties: { x: { type: ['integer', 'null'] }, x_F: { description: 'The field `x` of `F`.', type: ['string', 'null'] } },
            },
          },
        },
      },
    });
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
])('%s is unusable', (_, document) => {
  expect(buildModel(document)).toMatchObject({ ok: false, error: { code: 'specification-unusable' } });
});

test('names of inherited properties are names', () => {
  const model = modelOf('type Query { constructor(__proto__: Int!): toString } type toString { valueOf: Int }');
  expect(model.operations[0]?.graphql?.document).toBe(
    'query constructor($__proto__: Int!) { constructor(__proto__: $__proto__) { valueOf } }',
  );
});

test('what has no description is described as a person would', () => {
  const described = Object.fromEntries(modelOf(shop).operations.map(({ operationId = '', description }) => [operationId, description]));
  expect(described).toMatchObject({
    book: 'One book.',
    books: 'Query `books`. It answers a page of `Book`. It takes `filter`, `first` and `after`.',
    find: 'Query `find`. It answers a list of `Found`. It takes `text`.',
    old: 'Query `old`. It answers `String`. Deprecated: Use book.',
    addBook: 'Mutation `addBook`. It answers `AddBookPayload`. It takes `input`.',
  });
  expect(buildTools(modelOf('type Query { count: Int }'), () => true).operations.get('count')?.description).toBe(
    'Query `count`. It answers `Int`.',
  );
});

describe('an introspection answer that is not as it should be', () => {
  const int = { kind: 'SCALAR', name: 'Int' };
  const field = (name: unknown, type: unknown, more: Record<string, unknown> = {}) => ({ name, type, args: [], ...more });
  const answer = (fields: unknown, more: readonly unknown[] = [], root: Record<string, unknown> = { queryType: { name: 'Query' } }) => ({
    __schema: { ...root, types: [{ kind: 'OBJECT', name: 'Query', fields }, ...more] },
  });
  const read = (document: unknown) => {
    const { operations, issues } = modelOf(document);
    return { ids: operations.map(({ operationId }) => operationId), issues: issues.map(({ pointer }) => pointer) };
  };
  const good = field('good', int);

  test.each([
    ['a field that is none', answer([null, good]), '/__schema/types/0/fields/0'],
    ['a name that is no name', answer([field('"; import os', int), good]), '/__schema/types/0/fields/0'],
    ['a type that is none', answer([field('bad', 5), good]), '/__schema/types/0/fields/0'],
    ['a list of nothing', answer([field('bad', { kind: 'LIST', ofType: null }), good]), '/__schema/types/0/fields/0'],
    ['arguments that are no list', answer([{ ...good, args: 5 }]), '/__schema/types/0/fields/0/args'],
    ['an argument that is none', answer([{ ...good, args: [null] }]), '/__schema/types/0/fields/0/args/0'],
    [
      'a default that is no value',
      answer([{ ...good, args: [{ name: 'x', type: int, defaultValue: '}{' }] }]),
      '/__schema/types/0/fields/0/args/0',
    ],
    ['a type without a name', answer([good], [{ kind: 'OBJECT', fields: [] }]), '/__schema/types/1'],
    ['a type of no kind', answer([good], [{ kind: 'WIDGET', name: 'W' }]), '/__schema/types/1'],
    [
      'an enumeration with a value that is none',
      answer([good], [{ kind: 'ENUM', name: 'E', enumValues: [5] }]),
      '/__schema/types/1/enumValues/0',
    ],
    [
      'an answer of an input type',
      answer([field('bad', { kind: 'INPUT_OBJECT', name: 'I' }), good], [{ kind: 'INPUT_OBJECT', name: 'I' }]),
      '/__schema/types/0/fields/0',
    ],
    ['fields that are no list', answer([good], [{ kind: 'OBJECT', name: 'T', fields: 'x' }]), '/__schema/types/1/fields'],
  ])('is read without %s', (_, document, pointer) => {
    expect(read(document)).toEqual({ ids: ['good'], issues: [pointer] });
  });

  test('is read when it says nothing of its roots, its directives, interfaces or descriptions', () => {
    expect(read(answer([{ ...good, description: 5, deprecationReason: [] }], [], { directives: 7, description: {} }))).toEqual({
      ids: ['good'],
      issues: [],
    });
  });

  test('is read at once, however many fields it has', () => {
    const { operations } = modelOf(answer(Array.from({ length: 50_000 }, (_, index) => field(`f${index}`, int))));
    expect(operations.at(-1)?.pointer).toBe('/__schema/types/0/fields/49999');
  });
});

test.each([
  ['an input for an answer', 'type Query { bad: In good: Int } input In { a: Int }', '/Query/bad'],
  ['an answer for an input', 'type Query { good(a: Out): Int } type Out { a: Int }', '/Query/good'],
  ['too many lists', `type Query { bad: ${'['.repeat(50)}Int${']'.repeat(50)} good: Int }`, '/Query/bad'],
  ['a default that nests too deep', `type Query { good(a: Any = ${'['.repeat(50)}${']'.repeat(50)}): Int } scalar Any`, '/Query/good'],
  ['a union of what is no object', 'type Query { good: U } union U = U | String', '/U'],
  ['an interface that is none', 'type Query implements Int { good: Int }', '/Query'],
  ['a second meaning of a name', 'type Query { good: T } type T { a: Int } input T { b: Int }', '/T'],
])('%s is told at its place and left out', (_, sdl, pointer) => {
  const model = modelOf(sdl);
  expect(model.operations.map(({ operationId }) => operationId)).toEqual(['good']);
  expect(new Set(model.issues.map((issue) => issue.pointer))).toEqual(new Set([pointer]));
});

test('a type that is defined twice has the fields of both', () => {
  expect(modelOf('type Query { a: Int } type Query { b: Int }').operations.map(({ operationId }) => operationId)).toEqual(['a', 'b']);
});

test('a root that is no object has no operations', () => {
  for (const sdl of ['enum Query { A }', 'schema { query: Nowhere }']) expect(modelOf(sdl).operations).toEqual([]);
});

test('directives that say it wrongly say nothing', () => {
  expect(modelOf('type Query { a: Int @deprecated(reason: 5) } scalar S @specifiedBy(url: 5)').operations[0]?.deprecated).toBe(true);
});

test('what is wrong with a text is told with its line', () => {
  expect(buildModel('type Query {\n  a Int }')).toMatchObject({ error: { message: expect.stringContaining('(line 2, column 5)') } });
});
