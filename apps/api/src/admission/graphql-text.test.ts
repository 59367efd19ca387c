import { expect, it } from 'vitest';
import { countGraphqlOperations } from './graphql-text.ts';

const count = (text: string) => {
  const counted = countGraphqlOperations(text);
  return counted.ok ? counted.value : counted.error;
};

it('counts the fields of the root types, renamed and extended ones included', () => {
  const sdl = `
    schema @link(url: "x") { query: Root mutation: Mutation }
    type Root implements Node & Other { a: Int b(x: Int, y: [String!] = ["a:b"]): Int }
    extend type Root { c: Int }
    type Mutation { "does: something" d: Int }
    interface Node { id: ID }
    input Filter { e: Int f: Int }
    enum Color { RED }
    type Other { g: Int }`;
  expect(count(sdl)).toBe(4);
});

it('says what is wrong with text that is no schema', () => {
  expect(count('type Query { a: Int }}')).toContain('nothing opened');
  expect(count('type Query { a: "open }')).toContain('does not end');
  expect(count('type Query { """ open }')).toContain('does not end');
});

it('takes long strings in its stride', () => {
  expect(count(`type Query { """${'x\\"""'.repeat(500_000)}""" a: Int }`)).toBe(1);
});
