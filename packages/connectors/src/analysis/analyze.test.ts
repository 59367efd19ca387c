import { readFileSync } from 'node:fs';
import { analysisSchema } from '@mcpoverflow/types';
import { expect, test } from 'vitest';
import { buildModel } from '../readers/build-model.ts';
import { readSpecification } from '../readers/read-specification.ts';
import { analyze } from './analyze.ts';

function analysisOf(document: unknown) {
  const model = buildModel(document);
  if (!model.ok) throw new Error(model.error.message);
  return analyze(model.value);
}

test('an analysis tells what the document says', () => {
  const text = readFileSync(new URL('../../../../examples/bookshop.yaml', import.meta.url), 'utf8');
  const document = readSpecification({ text, specType: 'openapi', format: 'yaml' });
  const analysis = analysisOf(document.ok ? document.value : null);
  expect(analysisSchema.safeParse(analysis).error).toBeUndefined();
  expect(analysis).toMatchObject({
    title: 'Bookshop',
    domain: 'commerce',
    purpose: 'Search the catalogue, read about a book, place and follow orders.',
    authMethods: [{ type: 'apiKey (header X-Shop-Key)' }, { type: 'basic' }, { type: 'oauth2' }],
    rateLimits: expect.stringContaining('60 a minute'),
    recommendedTools: [{ name: 'catalogue', operations: ['searchBooks', 'getBook', 'getSubject', 'replaceSubject'] }, { name: 'orders' }],
    stats: { operations: 6, reads: 3, writes: 3 },
  });
  expect(analysis.dataModels.find(({ name }) => name === 'Book')?.fields).toEqual(['isbn', 'title', 'authors', 'price', 'subjects']);
});

test('an analysis of the seed\u2019s smallest document has the declared shape', () => {
  const analysis = analysisOf({
    openapi: '3.0.0',
    info: { title: 'Test API', version: '1.0.0' },
    paths: { '/users': { get: { summary: 'List users' } } },
  });
  expect(analysisSchema.safeParse(analysis).error).toBeUndefined();
  expect(analysis.endpoints).toEqual([
    {
      method: 'GET',
      path: '/users',
      operationId: 'get_users',
      summary: 'List users',
      category: 'users',
      parameters: [],
      deprecated: false,
    },
  ]);
});

test('tags and schemas called like inherited properties are read as names', () => {
  const analysis = analysisOf({
    openapi: '3.1.0',
    info: { title: 'T', version: '1' },
    paths: { '/a': { get: { tags: ['constructor'], responses: {} } } },
    components: { schemas: JSON.parse('{"__proto__": {"allOf": [{"$ref": "#/components/schemas/__proto__"}]}}') },
  });
  expect(analysis.recommendedTools[0]).toMatchObject({ name: 'constructor', operations: ['get_a'] });
  expect(analysis.dataModels).toEqual([{ name: '__proto__', fields: [] }]);
});

test('an analysis of a GraphQL schema tells reads from writes, and variables as parameters', () => {
  const analysis = analysisOf('type Query { pet(id: ID!): Pet } type Mutation { deletePet(id: ID!): Boolean } type Pet { name: String }');
  expect(analysis).toMatchObject({
    purpose: 'GraphQL API: 2 operations on Pet, mutation.',
    endpoints: [
      { method: 'POST', path: '#Query.pet', category: 'Pet', parameters: [{ name: 'id', in: 'body', required: true, type: 'string' }] },
      { path: '#Mutation.deletePet' },
    ],
    dataModels: [{ name: 'Pet', fields: ['name'] }],
    stats: { reads: 1, writes: 1 },
  });
  expect(analysis.bestPractices.join('\n')).toMatch(/Set BASE_URL.*\n.*[\s\S]*Operations that delete: 1/);
});

test('rate limits are found wherever a document speaks of them', () => {
  const spoken = 'Be kind. At most 10 requests per minute are answered.';
  const of = (fields: Record<string, unknown>) =>
    analysisOf({ openapi: '3.1.0', info: { title: 'T', version: '1' }, paths: {}, ...fields }).rateLimits;
  const told = 'At most 10 requests per minute are answered.';
  expect(of({ info: { title: 'T', version: '1', description: spoken } })).toBe(told);
  expect(of({ tags: [{ name: 'a', description: spoken }] })).toBe(told);
  expect(of({ paths: { '/a': { get: { description: spoken } } } })).toBe(told);
  expect(of({ paths: { '/a': { get: { responses: { 429: { description: 'Slow down.' } } } } } })).toContain('429');
  expect(of({})).toBeUndefined();
});

test.each([
  ['Kubernetes', '/api/v1/namespaces/{namespace}/pods', 'cloud infrastructure'],
  ['Chat', '/conversations.list', 'communication'],
  ['Public API', '/Accounts/{Sid}/Messages.json', 'communication'],
  ['Films', '/films', 'entertainment'],
])('%s with %s is of the domain %s', (title, path, domain) => {
  expect(analysisOf({ openapi: '3.1.0', info: { title, version: '1' }, paths: { [path]: { get: {} } } }).domain).toBe(domain);
});
