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
