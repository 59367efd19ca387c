import { describe, expect, test } from 'vitest';
import { planConnector } from '../connector/generate-connector.ts';
import type { ConnectorPlan } from '../languages/language.ts';
import type { ApiModel } from '../model/model.ts';
import { buildModel } from '../readers/build-model.ts';
import { generateTests } from './generate-tests.ts';
import { wireCases } from './wire-cases.ts';

function modelOf(document: Record<string, unknown>): ApiModel {
  const model = buildModel({
    openapi: '3.1.0',
    info: { title: 'T', version: '1' },
    servers: [{ url: 'https://api.example' }],
    ...document,
  });
  if (!model.ok) throw new Error(model.error.message);
  return model.value;
}

function planOf(model: ApiModel, customizations: Record<string, unknown> = {}): ConnectorPlan {
  const planned = planConnector(model, { name: 'T', language: 'typescript', runtime: 'docker', customizations });
  if (!planned.ok) throw new Error(planned.error.message);
  return planned.value.plan;
}

const text = { type: 'string' };
const json = (schema: unknown) => ({ 'application/json': { schema } });

const shop = modelOf({
  components: {
    securitySchemes: {
      key: { type: 'apiKey', in: 'query', name: 'api key' },
      token: { type: 'http', scheme: 'bearer' },
    },
  },
  paths: {
    '/books': {
      get: {
        operationId: 'listBooks',
        parameters: [
          { name: 'subjects', in: 'query', style: 'pipeDelimited', explode: false, schema: { type: 'array', items: text } },
          { name: 'cursor', in: 'query', schema: text },
        ],
        responses: {
          200: {
            description: '',
            content: json({ type: 'object', properties: { next_cursor: text, items: { type: 'array', items: text } } }),
          },
          429: { description: 'Busy' },
        },
      },
      post: {
        operationId: 'addBook',
        security: [{ key: [], token: [] }],
        requestBody: {
          required: true,
          content: json({ type: 'object', required: ['title'], properties: { title: text, pages: { type: 'integer' } } }),
        },
        responses: { 201: { description: '' }, 422: { description: '', content: json({ type: 'object', properties: { reason: text } }) } },
      },
    },
    '/books/{isbn}/cover': {
      get: {
        operationId: 'getCover',
        parameters: [{ name: 'isbn', in: 'path', required: true, schema: text }],
        responses: { 200: { description: '', content: { 'image/png': {} } }, '5XX': { description: '' } },
      },
    },
  },
});

const plan = planOf(shop);
const { cases } = wireCases(plan, shop);
const named = (name: string) => cases.find((each) => each.name === name);

describe('the cases of an API', () => {
  test('show every behaviour once, and every operation in each way it can be called and fail', () => {
    expect(cases.map(({ name }) => name)).toEqual([
      'listBooks gives up when the API does not answer in time',
      'listBooks waits as the API asks and tries again',
      'listBooks tries again after 503, too',
      'listBooks tries 3 times and no more',
      'listBooks does not try again before the time that the API asks for',
      'listBooks leaves a long wait to its caller',
      'listBooks stays below the path of BASE_URL',
      'addBook follows no redirect to another host, and hands it no credentials',
      'addBook tells no secret when the API cannot be reached',
      'listBooks follows a redirect on the same host',
      'listBooks follows 3 redirects and no more',
      'addBook reads what a redirect leads to, and posts it nothing',
      'getCover refuses an argument that would lead to another path',
      'listBooks shortens an answer that is too long, and says so',
      'listBooks reads letters that are two bytes or more',
      'listBooks tells the path of what was made, and no key behind it',
      'listBooks tells how a long refusal begins, and not all of it',
      'addBook is let in by key and token',
      'addBook names the variables that are not set when the API refuses it',
      'listBooks is given no credentials, because it asks for none',
      'listBooks writes a list in the query in the style pipeDelimited',
      'listBooks writes a value in the query in the style form',
      'getCover writes a value in the path in the style simple',
      'listBooks sends what is required of it',
      'addBook sends what is required of it',
      'getCover sends what is required of it',
      'listBooks tells where the next page begins',
      'listBooks asks for the next page by "cursor"',
      'listBooks sends every argument where it belongs',
      'addBook sends every argument where it belongs',
      'listBooks tells of the answer 429',
      'addBook tells of the answer 422',
      'getCover tells of the answer 5XX',
      'addBook sends nothing without its arguments',
      'getCover sends nothing without its arguments',
    ]);
  });

  test('are the same for the same input', () => {
    expect(wireCases(plan, shop)).toEqual({ cases, isCut: false, untested: 0, unknown: [], toolless: [], mistaken: [] });
  });

  test('expect of styles what OpenAPI says, whatever the values hold', () => {
    const adorned = 'a%20b%2Cc%7Cd%3Be%3Df%26g%2Fh%25%C3%A9%F0%9F%98%80';
    expect(named('listBooks writes a list in the query in the style pipeDelimited')?.requests[0]?.target).toBe(
      `/books?subjects=${adorned}%7Csecond`,
    );
    expect(named('getCover writes a value in the path in the style simple')?.requests[0]?.target).toBe(`/books/${adorned}/cover`);
  });

  test('expect credentials of the operations that ask for them, and of no others', () => {
    expect(named('addBook is let in by key and token')).toMatchObject({
      environment: { KEY: 'key/+=1', TOKEN: 'token/+=1' },
      requests: [{ target: '/books?api%20key=key%2F%2B%3D1', headers: { authorization: 'Bearer token/+=1' } }],
    });
    expect(named('addBook names the variables that are not set when the API refuses it')?.result.contains).toEqual(['403', 'KEY', 'TOKEN']);
    expect(named('listBooks is given no credentials, because it asks for none')).toMatchObject({
      environment: { KEY: 'key/+=1', TOKEN: 'token/+=1' },
      requests: [{ target: '/books', absentHeaders: ['authorization'] }],
    });
  });

  test('send bodies and read answers as the specification describes them', () => {
    expect(named('addBook sends every argument where it belongs')).toMatchObject({
      arguments: { title: 'sample', pages: 1 },
      answers: [{ status: 201 }],
      requests: [
        { method: 'POST', body: { kind: 'json', value: { title: 'sample', pages: 1 } }, headers: { 'content-type': 'application/json' } },
      ],
      result: { isError: false, contains: ['Done: 201'] },
    });
    expect(named('getCover sends what is required of it')).toMatchObject({
      answers: [{ headers: { 'content-type': 'image/png' }, bodyBase64: 'c2FtcGxl' }],
      result: { contentType: 'image' },
    });
    expect(named('addBook tells of the answer 422')?.result.contains).toEqual(['422', 'req-0123456789', '{"reason":"sample"}']);
    expect(named('addBook sends nothing without its arguments')).toMatchObject({ requests: [], result: { isError: true } });
  });

  test('expect answers to be structured as the tool promises, and of tools that promise nothing nothing', () => {
    const structured = { next_cursor: 'sample', items: ['sample'] };
    expect(named('listBooks sends what is required of it')?.result.structured).toEqual(structured);
    expect(named('getCover sends what is required of it')?.result).not.toHaveProperty('structured');
    const without = wireCases(planOf(shop, { outputSchemas: false }), shop).cases;
    expect(without.filter(({ result }) => 'structured' in result)).toEqual([]);
  });

  test('hand a cursor on, there and back', () => {
    const cursor = 'bmV4dA==/page+2&';
    expect(named('listBooks tells where the next page begins')?.answers[0]?.body).toContain(cursor);
    expect(named('listBooks asks for the next page by "cursor"')?.requests[0]?.target).toBe('/books?cursor=bmV4dA%3D%3D%2Fpage%2B2%26');
  });

  test('call operations through one tool in the dynamic mode', () => {
    const dynamic = wireCases(planOf(shop, { mode: 'dynamic' }), shop);
    expect(dynamic.cases.map(({ name }) => name)).toEqual(cases.map(({ name }) => name));
    expect(dynamic.cases.at(-1)).toMatchObject({ tool: 'call_operation', arguments: { operation: 'getCover', arguments: {} } });
  });
});

describe('the pages of a list', () => {
  const page = {
    type: 'object',
    required: ['size'],
    properties: { size: { type: 'integer' }, number: { type: 'integer', minimum: 1 } },
  };
  const listed = (parameters: unknown, headers: unknown = {}, customizations: Record<string, unknown> = {}) => {
    const responses = { 200: { description: '', headers, content: json({ type: 'array', items: text }) } };
    const api = modelOf({
      components: { schemas: { Page: page } },
      paths: { '/all': { get: { operationId: 'list', parameters, responses } } },
    });
    const made = wireCases(planOf(api, customizations), api).cases;
    return (does: string) => made.find(({ name }) => name === `list ${does}`);
  };

  test('are asked for by a member of one argument', () => {
    const parameters = [{ name: 'page', in: 'query', style: 'deepObject', schema: { $ref: '#/components/schemas/Page' } }];
    const found = listed(parameters, { Link: {} });
    expect(found('asks for the next page by "page[number]"')).toMatchObject({
      arguments: { page: { size: 1, number: 2 } },
      requests: [{ target: '/all?page%5Bsize%5D=1&page%5Bnumber%5D=2' }],
    });
    expect(found('tells of the next page that a link names')).toMatchObject({
      answers: [{ headers: { Link: expect.stringContaining('&page%5Bnumber%5D=2>; rel="next"') } }],
      result: { contains: ['There is a next page. Call this again with the same arguments and {"page":{"number":2}}.'] },
    });
    expect(listed(parameters, { Link: {} }, { refs: 'defs' })('tells of the next page that a link names')).toBeUndefined();
  });

  test('are told where an answer has a link to the next one, and not what else is in it', () => {
    const parameters = [{ name: 'page[number]', in: 'query', schema: { type: 'integer' } }];
    expect(listed(parameters, { LINK: {} })('tells of the next page that a link names')).toMatchObject({
      answers: [{ headers: { Link: expect.stringContaining('not-to-be-told=not-to-be-told&page%5Bnumber%5D=2>; rel="next"') } }],
      result: {
        contains: ['There is a next page. Call this again with the same arguments and {"page_number":2}.'],
        excludes: ['not-to-be-told'],
      },
    });
    expect(listed(parameters)('tells of the next page that a link names')).toBeUndefined();
  });
});

test('an operation whose credentials cannot be sent is not expected to ask for none', () => {
  const securitySchemes = { digest: { type: 'http', scheme: 'digest' }, key: { type: 'apiKey', in: 'header', name: 'X-Key' } };
  const asks = (operationId: string, name: string) => ({ get: { operationId, security: [{ [name]: [] }], responses: {} } });
  const closed = modelOf({ components: { securitySchemes }, paths: { '/a': asks('digested', 'digest'), '/b': asks('keyed', 'key') } });
  const names = wireCases(planOf(closed), closed).cases.map(({ name }) => name);
  expect(names).toContain('keyed is let in by key');
  expect(names.filter((name) => name.includes('is given no credentials'))).toEqual([]);
});

test('a field of a body that may be null is sent as null', () => {
  const schema = { type: 'object', properties: { a: text, b: { type: ['string', 'null'] } } };
  const unset = modelOf({ paths: { '/a': { patch: { operationId: 'change', requestBody: { content: json(schema) }, responses: {} } } } });
  const made = wireCases(planOf(unset), unset).cases.find(({ name }) => name === 'change sends null where it is given');
  expect(made).toMatchObject({ arguments: { b: null }, requests: [{ body: { kind: 'json', value: { b: null } } }] });
});

test('an argument for which no value is found is left out, and a tool that requires it has no case', () => {
  const hopeless = { type: 'string', pattern: '^(?!)$' };
  const asking = (operationId: string, required: boolean) => ({
    get: {
      operationId,
      parameters: [
        { name: 'never', in: 'query', required, schema: hopeless },
        { name: 'q', in: 'query', schema: text },
      ],
      responses: {},
    },
  });
  const odd = modelOf({ paths: { '/may': asking('may', false), '/must': asking('must', true) } });
  const suite = wireCases(planOf(odd), odd);
  expect(suite).toMatchObject({ untested: 1, isCut: false, mistaken: [] });
  expect(suite.cases.filter(({ tool }) => tool === 'must')).toEqual([]);
  expect(suite.cases.find(({ name }) => name === 'may sends every argument where it belongs')?.arguments).toEqual({ q: 'sample' });
});

test('tools that the specification does not describe have no cases, and are named', () => {
  const other = modelOf({ paths: { '/films': { get: { operationId: 'x', responses: {} } } } });
  expect(wireCases(plan, other)).toMatchObject({ cases: [], untested: 0, unknown: ['listBooks', 'addBook', 'getCover'] });
  expect(generateTests({ language: 'typescript', plan }, other)).toMatchObject({ ok: false, error: { code: 'specification-unusable' } });
});

test('operations without a tool fail nothing, and the page names them', () => {
  const chosen = planConnector(shop, { name: 'T', language: 'typescript', runtime: 'docker', selectedEndpoints: ['listBooks'] });
  if (!chosen.ok) throw new Error(chosen.error.message);
  const suite = generateTests({ language: 'typescript', plan: chosen.value.plan }, shop);
  if (!suite.ok) throw new Error(suite.error.message);
  expect(suite.value.files.find(({ path }) => path === 'TESTS.md')?.content).toContain(
    'The specification has operations that the connector has no tool for. No case calls them, and that fails nothing: `POST /books`, `GET /books/{isbn}/cover`.',
  );
});

test('an API too large for all of its cases has the worthiest, and the suite says so', () => {
  const paths = Object.fromEntries(
    Array.from({ length: 3100 }, (_, index) => [`/p${index}`, { get: { operationId: `op${index}`, responses: {} } }]),
  );
  const large = modelOf({ paths });
  const suite = generateTests({ language: 'go', plan: planOf(large) }, large);
  if (!suite.ok) throw new Error(suite.error.message);
  expect(suite.value).toMatchObject({ framework: 'go test', cases: 3000 });
  const page = suite.value.files.find(({ path }) => path === 'TESTS.md')?.content;
  expect(page).toContain('the suite holds the first 3000');
  expect(page).toContain('115 of 3100 operations have no case');
});
