/** The connectors this project generates pass their own verification, in the real runtime. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Verification, verificationSchema } from '@mcpoverflow/types';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createTestHarness, type TestHarness } from 'wrangler';

let worker: TestHarness;

beforeAll(async () => {
  vi.stubEnv('CLOUDFLARE_CF_FETCH_ENABLED', 'false');
  vi.stubEnv('WRANGLER_SEND_METRICS', 'false');
  worker = createTestHarness({ workers: [{ configPath: new URL('./fixtures/wrangler.toml', import.meta.url) }] });
  await worker.listen();
}, 60_000);

afterAll(() => worker.close());

async function verifyGenerated(specification: object, customizations: Record<string, string> = {}): Promise<Verification> {
  return verifyText(JSON.stringify(specification), customizations);
}

async function verifyText(specification: string, customizations: Record<string, string> = {}): Promise<Verification> {
  const response = await worker.fetch(`/?${new URLSearchParams(customizations)}`, { method: 'PUT', body: specification });
  return verificationSchema.parse(await response.json());
}

const pet = { type: 'object', required: ['id', 'name'], properties: { id: { type: 'integer' }, name: { type: 'string' } } };
const answered = { 200: { description: 'ok', content: { 'application/json': { schema: pet } } } };
const id = { name: 'petId', in: 'path', required: true, schema: { type: 'integer' } };

const pets = {
  openapi: '3.1.0',
  info: { title: 'Pets', version: '1.0.0' },
  servers: [{ url: 'https://pets.example.com/v2' }],
  components: { securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } } },
  security: [{ key: [] }],
  paths: {
    '/pets': {
      get: {
        operationId: 'listPets',
        parameters: [{ name: 'tag', in: 'query', schema: { type: 'array', items: { type: 'string' } } }],
        responses: answered,
      },
      post: {
        operationId: 'addPet',
        requestBody: { required: true, content: { 'application/json': { schema: pet } } },
        responses: answered,
      },
    },
    '/pets/{petId}': {
      get: { operationId: 'getPet', parameters: [id], responses: answered },
      delete: { operationId: 'deletePet', parameters: [id], responses: { 204: { description: 'gone' } } },
    },
  },
};

test('every operation becomes a tool that is listed and called', async () => {
  expect(await verifyGenerated(pets)).toMatchObject({ passed: true, toolsListed: 4, toolsCalled: 4, failures: [] });
});

test('a specification without a server is verified against the mock all the same', async () => {
  const { servers: _, ...serverless } = pets;
  expect(await verifyGenerated(serverless)).toMatchObject({ passed: true, toolsCalled: 4 });
});

describe('what is rare and right passes', () => {
  const text = { type: 'string' };
  const query = (name: string, schema: object) => ({ name, in: 'query', schema });
  const inPath = (name: string, schema: object) => ({ name, in: 'path', required: true, schema });
  const asking = (operationId: string, more: object = {}) => ({ operationId, responses: { 200: { description: 'ok' } }, ...more });
  const rare = {
    openapi: '3.2.0',
    info: { title: 'Rare', version: '1' },
    servers: [{ url: 'https://api.example.com/v1' }],
    paths: {
      '/a%20b/c': { get: asking('escaped_space') },
      '/a%2Fb': { get: asking('escaped_slash') },
      '/a%2520b/100%/{x}': { get: asking('escaped_escape', { parameters: [inPath('x', text)] }) },
      '/a?x=1&y={n}': { get: asking('placeholder_in_query', { parameters: [inPath('n', text)] }) },
      '/moved': { get: asking('server_of_the_operation', { servers: [{ url: '/other' }] }) },
      '/away': { servers: [{ url: 'https://files.example.com/up/load/' }], get: asking('server_of_the_path') },
      '/least': { get: asking('large_minimum', { parameters: [query('v', { type: 'integer', minimum: 2 ** 53 })] }) },
      '/choice': { get: asking('large_choice', { parameters: [query('v', { type: 'integer', enum: [2 ** 53] })] }) },
      '/fraction': { get: asking('large_number', { parameters: [query('v', { type: 'number', minimum: 1e18 })] }) },
      '/const': { get: asking('large_constant', { parameters: [{ ...query('v', { const: 2 ** 53 }), required: true }] }) },
      '/dots/{a}': { get: asking('dots', { parameters: [inPath('a', { type: 'string', enum: ['.', '..'] })] }) },
      '/null': { get: asking('nothing', { parameters: [query('v', { type: 'null' })] }) },
      '/linked': { additionalOperations: { LINK: asking('link'), COPY: asking('copy') } },
    },
  };

  test('where Workers run it, and methods that they do not know are skipped', async () => {
    expect(await verifyGenerated(rare)).toMatchObject({ passed: true, toolsListed: 13, toolsCalled: 13, failures: [] });
  });

  test('of Postman, with variables of GraphQL', async () => {
    const graphql = { query: 'query Q($id: ID!) { user(id: $id) { name } }', variables: '{"id": "1"}' };
    const collection = {
      info: { name: 'C', schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json' },
      item: [
        { name: 'ask', request: { method: 'POST', body: { mode: 'graphql', graphql }, url: 'https://api.example.com/graphql' } },
        { name: 'other', request: { method: 'GET', url: 'https://api.example.com/a%20b' } },
      ],
    };
    expect(await verifyGenerated(collection)).toMatchObject({ passed: true, toolsCalled: 2, failures: [] });
  });
});

describe('a specification of many operations with megabytes of descriptions', () => {
  const operation = (index: number) => ({
    get: { operationId: `get${index}`, description: 'All about it. '.repeat(100), parameters: [id], responses: answered },
  });
  const pathsOf = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`/things${index}/{petId}`, operation(index)]));

  test('passes in the dynamic mode, where a sample of a thousand is found and called', async () => {
    const verification = await verifyGenerated({ ...pets, paths: pathsOf(1000) });
    expect(verification).toMatchObject({ passed: true, toolsListed: 3, toolsCalled: 3 });
    expect(verification.reason).toContain('24 of 1000 operations were searched, described and called');
  });

  test('passes as a list, where every one is called', async () => {
    expect(await verifyGenerated({ ...pets, paths: pathsOf(250) }, { mode: 'list' })).toMatchObject({
      passed: true,
      toolsListed: 250,
      toolsCalled: 250,
    });
  }, 60_000);
});

const corpus = fileURLToPath(new URL('../../../../../shared/corpus/', import.meta.url).href);

test.runIf(existsSync(corpus)).each([
  ['petstore-fake.swagger2.yaml', 32],
  ['swapi.graphql', 13],
  ['figma.yaml', 47],
  ['github.json', 3],
])('the connector for %s of the corpus passes', async (name, tools) => {
  const verification = await verifyText(readFileSync(join(corpus, name), 'utf8'));
  expect(verification).toMatchObject({ ran: true, passed: true, toolsListed: tools, toolsCalled: tools, failures: [] });
});
