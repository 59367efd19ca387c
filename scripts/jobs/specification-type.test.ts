import { expect, test } from 'vitest';
import { guessSpecificationType } from './specification-type.ts';

test.each([
  ['OpenAPI in JSON', '{"openapi":"3.1.0"}', 'openapi'],
  ['Swagger in YAML', 'info:\n  title: x\nswagger: "2.0"\n', 'openapi'],
  [
    'a Postman collection',
    '{"info":{"schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},"item":[]}',
    'postman',
  ],
  ['a GraphQL schema', '"""The root"""\ntype Query {\n  me: User\n}\n', 'graphql'],
  ['a GraphQL introspection', '{"data":{"__schema":{}}}', 'graphql'],
])('%s is recognised', (_, text, type) => {
  expect(guessSpecificationType(text)).toBe(type);
});

test.each(['{"name":"package"}', '[1]', 'just a text', ''])('%j is recognised as nothing', (text) => {
  expect(guessSpecificationType(text)).toBeUndefined();
});
