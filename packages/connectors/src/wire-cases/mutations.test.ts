/**
 * A connector is not believed: whatever its table says otherwise than the specification, the suite that is made for
 * it fails, in a case that names the tool.
 */
import { describe, expect, test } from 'vitest';
import { type ConnectorOptions, planConnector } from '../connector/generate-connector.ts';
import type { ConnectorPlan } from '../languages/language.ts';
import type { Annotations, Body, Credential, Field, InputSchema, Operation, Parameter } from '../languages/typescript/runtime/operation.ts';
import { type ApiModel, parameterStyles } from '../model/model.ts';
import { buildModel } from '../readers/build-model.ts';
import { inProcessPlayer } from './fixtures/play-in-process.ts';
import { generateTests } from './generate-tests.ts';
import { wireCases } from './wire-cases.ts';

const text = { type: 'string' };
const list = { type: 'array', items: text };
const record = { type: 'object', properties: { a: text, b: text } };
const json = (schema: unknown) => ({ 'application/json': { schema } });

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

const shop = modelOf({
  components: {
    securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Key' }, token: { type: 'http', scheme: 'bearer' } },
  },
  paths: {
    '/first': { get: { operationId: 'first', security: [{ key: [] }], responses: { 200: { description: '', content: json(record) } } } },
    '/open': { get: { operationId: 'open', responses: {} } },
    '/shops/{shop}/books/{isbn}': {
      get: {
        operationId: 'getBook',
        security: [{ key: [] }, { token: [] }],
        servers: [{ url: 'https://books.example' }],
        parameters: [
          { name: 'shop', in: 'path', required: true, schema: text },
          { name: 'isbn', in: 'path', required: true, schema: text },
          { name: 'format', in: 'query', required: true, schema: { const: 'full', type: 'string' } },
          { name: 'limit', in: 'query', schema: { type: 'integer' } },
          { name: 'tags', in: 'query', style: 'pipeDelimited', explode: false, schema: list },
          { name: 'X-Trace', in: 'header', schema: text },
          { name: 'session', in: 'cookie', schema: text },
          { name: 'filter', in: 'query', content: json(record) },
        ],
        responses: { 200: { description: '', content: json({ type: 'object', properties: { title: text } }) } },
      },
      put: {
        operationId: 'putBook',
        parameters: [
          { name: 'shop', in: 'path', required: true, schema: text },
          { name: 'isbn', in: 'path', required: true, schema: text },
        ],
        requestBody: {
          required: true,
          content: json({
            type: 'object',
            required: ['title', 'shop'],
            properties: { title: text, shop: text, pages: { type: 'integer' } },
          }),
        },
        responses: {},
      },
    },
    '/forms': {
      post: {
        operationId: 'sendForm',
        requestBody: {
          content: {
            'application/x-www-form-urlencoded': {
              schema: { type: 'object', properties: { tags: list, name: text } },
              encoding: { tags: { style: 'spaceDelimited', explode: false } },
            },
          },
        },
        responses: {},
      },
    },
    '/photos': {
      post: {
        operationId: 'sendPhoto',
        requestBody: {
          required: true,
          content: {
            'multipart/form-data': {
              schema: { type: 'object', properties: { photo: { type: 'string', format: 'binary' }, note: text } },
              encoding: { photo: { contentType: 'image/png' } },
            },
          },
        },
        responses: {},
      },
    },
    '/drafts': {
      post: {
        operationId: 'makeDraft',
        requestBody: { required: true, content: json({ type: 'object', properties: { title: text } }) },
        responses: {},
      },
    },
    '/lists': { post: { operationId: 'sendList', requestBody: { required: true, content: json(list) }, responses: {} } },
  },
});

function planOf(model: ApiModel, options: Partial<ConnectorOptions> = {}): ConnectorPlan {
  const planned = planConnector(model, { name: 'T', language: 'typescript', runtime: 'docker', ...options });
  if (!planned.ok) throw new Error(planned.error.message);
  return planned.value.plan;
}

const plan = planOf(shop);

/** The plan with one row changed; a row that is taken for another keeps its place. */
function changed(tool: string, change: (row: Operation) => Operation, whole: ConnectorPlan = plan): ConnectorPlan {
  return { ...whole, operations: new Map([...whole.operations].map(([name, row]) => [name, name === tool ? change(row) : row])) };
}

const withParameter =
  (argument: string, change: Partial<Parameter> | null) =>
  (row: Operation): Operation => ({
    ...row,
    parameters: row.parameters.flatMap((each) => (each.argument !== argument ? [each] : change === null ? [] : [{ ...each, ...change }])),
  });

const withBody =
  (change: (body: Body) => Body | undefined) =>
  ({ body, ...row }: Operation): Operation => {
    const other = body === undefined ? undefined : change(body);
    return other === undefined ? row : { ...row, body: other };
  };

const withField = (argument: string, change: Partial<Field> | null) =>
  withBody((body) => ({
    ...body,
    fields: (body.fields ?? []).flatMap((each) => (each.argument !== argument ? [each] : change === null ? [] : [{ ...each, ...change }])),
  }));

const annotated =
  (hints: Partial<Annotations>) =>
  (row: Operation): Operation => ({ ...row, annotations: { ...row.annotations, ...hints } });

/** The arguments that a caller is told of, without one; or with it, but not as one that is needed. */
function schemaWithout(schema: InputSchema, argument: string, entirely: boolean): InputSchema {
  const properties = Object.entries(Object(schema.properties)).filter(([name]) => !entirely || name !== argument);
  const required = Array.isArray(schema.required) ? schema.required.filter((name) => name !== argument) : [];
  return { ...schema, properties: Object.fromEntries(properties), required };
}

const forgetting =
  (argument: string) =>
  (row: Operation): Operation => ({
    ...withParameter(argument, null)(row),
    inputSchema: schemaWithout(row.inputSchema, argument, true),
  });

const credential = (scheme: string, other: Credential): ConnectorPlan => ({
  ...plan,
  api: { ...plan.api, credentials: { ...plan.api.credentials, [scheme]: other } },
});

const mutations: Readonly<Record<string, readonly [tool: string, mutated: ConnectorPlan]>> = {
  'a required parameter lost': ['getBook', changed('getBook', forgetting('format'))],
  'a required parameter lost from the table alone': ['getBook', changed('getBook', withParameter('format', null))],
  'a parameter of the path lost': ['getBook', changed('getBook', forgetting('isbn'))],
  'an optional parameter lost': ['getBook', changed('getBook', forgetting('limit'))],
  'an optional parameter that no caller is told of': [
    'getBook',
    changed('getBook', (row) => ({ ...row, inputSchema: schemaWithout(row.inputSchema, 'limit', true) })),
  ],
  'a required parameter made optional': [
    'getBook',
    changed('getBook', (row) => ({ ...row, inputSchema: schemaWithout(row.inputSchema, 'format', false) })),
  ],
  'a parameter of the path made optional': [
    'getBook',
    changed('getBook', (row) => ({ ...row, inputSchema: schemaWithout(row.inputSchema, 'isbn', false) })),
  ],
  'an optional parameter made required': [
    'getBook',
    changed('getBook', (row) => ({ ...row, inputSchema: { ...row.inputSchema, required: ['shop', 'isbn', 'format', 'limit'] } })),
  ],
  'a parameter by a wrong name': ['getBook', changed('getBook', withParameter('limit', { name: 'max' }))],
  'a parameter of the path by the name of another': ['getBook', changed('getBook', withParameter('isbn', { name: 'shop' }))],
  'a query parameter sent as a header': ['getBook', changed('getBook', withParameter('limit', { in: 'header' }))],
  'a header sent in the query': ['getBook', changed('getBook', withParameter('X-Trace', { in: 'query' }))],
  'a cookie sent as a header': ['getBook', changed('getBook', withParameter('session', { in: 'header' }))],
  'a wrong style': ['getBook', changed('getBook', withParameter('tags', { style: 'spaceDelimited' }))],
  'a list exploded': ['getBook', changed('getBook', withParameter('tags', { style: 'form', explode: true }))],
  'a document written in a style': ['getBook', changed('getBook', withParameter('filter', { json: false }))],
  'reserved characters that are not escaped': ['getBook', changed('getBook', withParameter('shop', { allowReserved: true }))],
  'a wrong method': ['getBook', changed('getBook', (row) => ({ ...row, method: 'POST' }))],
  'the method of another operation': ['getBook', changed('getBook', (row) => ({ ...row, method: 'PUT' }))],
  'a wrong segment of the path': ['getBook', changed('getBook', (row) => ({ ...row, path: '/shop/{shop}/books/{isbn}' }))],
  'two parameters exchanged': [
    'getBook',
    changed('getBook', (row) => withParameter('session', { name: 'X-Trace' })(withParameter('X-Trace', { name: 'session' })(row))),
  ],
  'two parameters of one place exchanged': [
    'getBook',
    changed('getBook', (row) => withParameter('format', { name: 'limit' })(withParameter('limit', { name: 'format' })(row))),
  ],
  'two fields exchanged': [
    'putBook',
    changed('putBook', (row) => withField('title', { name: 'shop' })(withField('body_shop', { name: 'title' })(row))),
  ],
  'two placeholders exchanged': ['getBook', changed('getBook', (row) => ({ ...row, path: '/shops/{isbn}/books/{shop}' }))],
  'a wrong server': ['getBook', changed('getBook', (row) => ({ ...row, server: 'https://thief.example' }))],
  'its own server lost': ['getBook', changed('getBook', ({ server, ...row }) => row)],
  'a wrong constant': [
    'getBook',
    changed('getBook', (row) => {
      const properties = { ...Object(row.inputSchema.properties), format: { const: 'short', type: 'string' } };
      return { ...row, inputSchema: { ...row.inputSchema, properties } };
    }),
  ],
  'an argument of another type': [
    'getBook',
    changed('getBook', (row) => {
      const properties = { ...Object(row.inputSchema.properties), limit: { type: 'boolean' } };
      return { ...row, inputSchema: { ...row.inputSchema, properties } };
    }),
  ],
  'a parameter that the API does not have': [
    'open',
    changed('open', (row) => ({
      ...row,
      parameters: [{ argument: 'spy', in: 'query' }],
      inputSchema: { ...row.inputSchema, properties: { spy: text } },
    })),
  ],
  'an answer promised otherwise': [
    'getBook',
    changed('getBook', (row) => ({ ...row, outputSchema: { type: 'object', properties: { title: { type: 'integer' } } } })),
  ],
  'no promise of an answer, where other tools have one': ['getBook', changed('getBook', ({ outputSchema, ...row }) => row)],
  'credentials lost': ['getBook', changed('getBook', (row) => ({ ...row, security: [] }))],
  'one of two ways to be let in lost': ['getBook', changed('getBook', (row) => ({ ...row, security: [['key']] }))],
  'credentials given away': ['sendList', changed('sendList', (row) => ({ ...row, security: [['key']] }))],
  'a write that is said to only read': ['sendForm', changed('sendForm', annotated({ readOnlyHint: true }))],
  'a write that is said to destroy nothing': ['putBook', changed('putBook', annotated({ destructiveHint: false }))],
  'a call that is said to be the same when it is made twice': ['sendList', changed('sendList', annotated({ idempotentHint: true }))],
  'a key under a wrong header': ['first', credential('key', { kind: 'apiKey', in: 'header', parameter: 'X-Token', variable: 'KEY' })],
  'a key in a wrong place': ['first', credential('key', { kind: 'apiKey', in: 'query', parameter: 'X-Key', variable: 'KEY' })],
  'a token in another scheme': ['getBook', credential('token', { kind: 'basic', usernameVariable: 'A', passwordVariable: 'B' })],
  'all credentials lost': ['first', { ...plan, api: { ...plan.api, credentials: {} } }],
  'a body lost': [
    'putBook',
    changed(
      'putBook',
      withBody(() => undefined),
    ),
  ],
  'a body lost, and its arguments': [
    'putBook',
    changed('putBook', (row) => ({
      ...withBody(() => undefined)(row),
      inputSchema: ['title', 'body_shop', 'pages'].reduce((schema, name) => schemaWithout(schema, name, true), row.inputSchema),
    })),
  ],
  'a body that may be empty and is not sent': [
    'makeDraft',
    changed(
      'makeDraft',
      withBody(({ required, ...body }) => body),
    ),
  ],
  'a whole body lost': [
    'sendList',
    changed(
      'sendList',
      withBody(() => undefined),
    ),
  ],
  'a required field lost': ['putBook', changed('putBook', withField('title', null))],
  'an optional field lost': ['putBook', changed('putBook', withField('pages', null))],
  'a field by a wrong name': ['putBook', changed('putBook', withField('body_shop', { name: 'body_shop' }))],
  'a body of a wrong media type': [
    'putBook',
    changed(
      'putBook',
      withBody((body) => ({ ...body, mediaType: 'application/merge-patch+json' })),
    ),
  ],
  'a form sent as JSON': [
    'sendForm',
    changed(
      'sendForm',
      withBody((body) => ({ ...body, kind: 'json', mediaType: 'application/json' })),
    ),
  ],
  'a field of a form in a wrong style': ['sendForm', changed('sendForm', withField('tags', { style: 'pipeDelimited' }))],
  'a file sent as a text': ['sendPhoto', changed('sendPhoto', withField('photo', { file: false }))],
  'a part of a wrong media type': ['sendPhoto', changed('sendPhoto', withField('photo', { contentType: 'image/jpeg' }))],
  'parts of another multipart type': [
    'sendPhoto',
    changed(
      'sendPhoto',
      withBody((body) => ({ ...body, mediaType: 'multipart/mixed' })),
    ),
  ],
};

/** The cases of a plan, or of one of its tools, that fail. */
async function failuresOf(tried: ConnectorPlan, model: ApiModel, tool = ''): Promise<readonly string[]> {
  const play = inProcessPlayer(tried);
  const failed: string[] = [];
  for (const each of wireCases(tried, model).cases) if (each.name.startsWith(tool) && (await play(each)).length > 0) failed.push(each.name);
  return failed;
}

describe('the suite of a connector', () => {
  test('passes for the one that the engine made', async () => {
    expect(await failuresOf(plan, shop)).toEqual([]);
    expect(wireCases(plan, shop)).toMatchObject({ mistaken: [], unknown: [], toolless: [] });
  });

  test.each(Object.entries(mutations))('fails for %s', async (_what, [tool, mutated]) => {
    expect(await failuresOf(mutated, shop, `${tool} `)).not.toEqual([]);
    expect(wireCases(mutated, shop).unknown).toEqual([]);
  });

  test('says what differs, first of all', () => {
    const told = (name: string): string | undefined => wireCases(mutations[name]?.[1] ?? plan, shop).cases[0]?.name;
    expect(told('a parameter by a wrong name')).toBe('getBook sends "limit" in the query, which its table does not have');
    expect(told('a wrong style')).toBe(
      'getBook sends "tags" in the query in the style pipeDelimited, and its table says in the style spaceDelimited',
    );
    expect(told('the method of another operation')).toBe(
      'getBook calls GET /shops/{shop}/books/{isbn}, and its table says PUT /shops/{shop}/books/{isbn}',
    );
    expect(told('a required field lost')).toBe('putBook sends the field "title" of the body, which its table does not have');
    expect(told('a parameter of the path made optional')).toBe(
      'getBook asks for "isbn", which the specification requires and its table does not',
    );
    const suite = generateTests({ language: 'typescript', plan: changed('getBook', forgetting('limit')) }, shop);
    const page = suite.ok ? suite.value.files.find(({ path }) => path === 'TESTS.md')?.content : undefined;
    expect(page).toContain('the specification differ about `getBook`');
  });
});

describe('a parameter', () => {
  /** Parameters of every style, each with a list, an object and a value. */
  const styled = modelOf({
    paths: Object.fromEntries(
      [
        ...(['simple', 'label', 'matrix'] as const).map((style) => ['path', style] as const),
        ...(['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'] as const).map((style) => ['query', style] as const),
        ['header', 'simple'] as const,
        ['cookie', 'form'] as const,
      ].flatMap(([place, style]) =>
        [true, false].map((explode) => [
          `/${place}/${style}/${explode}${place === 'path' ? '/{v}' : ''}`,
          {
            get: {
              operationId: `${place}_${style}_${explode ? 'exploded' : 'whole'}`,
              parameters: [
                {
                  name: 'v',
                  in: place,
                  required: true,
                  style,
                  explode,
                  schema: style === 'deepObject' || place === 'header' ? record : list,
                },
              ],
              responses: {},
            },
          },
        ]),
      ),
    ),
  });
  const made = planOf(styled);

  test.each(['list', 'dynamic'])('passes in every style, in the mode %s', async (mode) => {
    expect(await failuresOf(planOf(styled, { customizations: { mode } }), styled)).toEqual([]);
  });

  test.each([...made.operations.keys()])('%s is missed in every style that is written otherwise', async (tool) => {
    const row = made.operations.get(tool);
    const parameter = row?.parameters[0];
    if (row === undefined || parameter === undefined) throw new Error('There is no parameter.');
    const written = await requestOf(made, tool, row);
    const others = parameterStyles.flatMap((style) => [true, false].map((explode) => withParameter('v', { style, explode })(row)));
    let tried = 0;
    for (const other of others) {
      const mutated = changed(tool, () => other, made);
      if ((await requestOf(mutated, tool, row)) === written) continue;
      tried += 1;
      expect(await failuresOf(mutated, styled, `${tool} `), JSON.stringify(other.parameters)).not.toEqual([]);
    }
    expect(tried).toBeGreaterThan(0);
  });
});

/** What goes over the wire for a list of two, or an object of two. */
async function requestOf(tried: ConnectorPlan, tool: string, { inputSchema }: Operation): Promise<string> {
  const isObject = JSON.stringify(inputSchema.properties).includes('"type":"object"');
  const args = { v: isObject ? { a: 'x', b: 'y' } : ['x', 'y'] };
  const complaints = await inProcessPlayer(tried)({
    name: 'a request',
    tool,
    arguments: args,
    answers: [{ status: 200 }],
    requests: [{ method: 'NONE', target: '', headers: { v: '', cookie: '' } }],
    result: { isError: false },
  });
  return complaints.join('\n');
}

describe('what its owner may choose', () => {
  const chosen: Readonly<Record<string, Partial<ConnectorOptions>>> = {
    'names and descriptions': { customizations: { names: { getBook: 'find_one', putBook: 'getBook_' }, descriptions: { open: 'Mine.' } } },
    'the name of another operation': { customizations: { names: { getBook: 'open' } } },
    'a selection': { selectedEndpoints: ['getBook', 'sendPhoto'] },
    'no output schemas': { customizations: { outputSchemas: false } },
    'the dynamic mode': { customizations: { mode: 'dynamic' } },
    'references as definitions': { customizations: { refs: 'defs' } },
    'another address': { customizations: { baseUrl: 'https://elsewhere.example' } },
  };

  test.each(Object.entries(chosen))('%s: its suite passes', async (_what, options) => {
    const own = planOf(shop, options);
    expect(await failuresOf(own, shop)).toEqual([]);
    expect(wireCases(own, shop)).toMatchObject({ mistaken: [], unknown: [] });
  });

  test('a way to be let in where the specification forgot it: its suite passes, and fails for a tool that has forgotten it, too', async () => {
    const silent = { ...shop, operations: shop.operations.map((operation) => ({ ...operation, security: [] })) };
    const own = planOf(silent, { authConfig: { type: 'apiKey', in: 'query', name: 'auth' } });
    expect(await failuresOf(own, silent)).toEqual([]);
    const mutated = changed('sendList', (row) => ({ ...row, security: [] }), own);
    expect(await failuresOf(mutated, silent)).toContain('sendList is let in by api');
  });

  test('a tool that is called more dangerous than it is', () => {
    const careful = annotated({ readOnlyHint: false, destructiveHint: true, idempotentHint: false });
    expect(wireCases(changed('open', careful), shop).mistaken).toEqual([]);
  });

  test('a write that is called harmless where the specification says so, too', () => {
    const annotations = { readOnlyHint: true, destructiveHint: false };
    const said = { ...shop, operations: shop.operations.map((operation) => ({ ...operation, annotations })) };
    const own = planOf(said);
    expect(own.operations.get('sendForm')?.annotations).toMatchObject(annotations);
    expect(wireCases(own, said).mistaken).toEqual([]);
    expect(wireCases(own, shop).mistaken).toContain('sendForm');
  });

  test('names of arguments, their order, and a body as one argument', async () => {
    const curated = changed('getBook', (row) => {
      const { limit, ...properties } = Object(row.inputSchema.properties);
      return {
        ...row,
        path: '/shops/{shop}/books/{book}',
        parameters: withParameter('isbn', { name: 'book' })(
          withParameter('limit', { argument: 'most', name: 'limit' })(row),
        ).parameters.toReversed(),
        inputSchema: { ...row.inputSchema, properties: { ...properties, most: limit } },
      };
    });
    const whole = changed(
      'putBook',
      (row) => {
        const { shop: place, isbn, ...fields } = Object(row.inputSchema.properties);
        const { body_shop: field, ...others } = fields;
        return {
          ...row,
          body: { mediaType: 'application/json', kind: 'json', argument: 'book' },
          inputSchema: {
            type: 'object',
            required: ['shop', 'isbn', 'book'],
            properties: { shop: place, isbn, book: { type: 'object', properties: { ...others, shop: field } } },
          },
        };
      },
      curated,
    );
    expect(await failuresOf(whole, shop)).toEqual([]);
    expect(wireCases(whole, shop).mistaken).toEqual([]);
  });
});

test('a tool that is called twice has cases for both, and operations without a tool are named', () => {
  const { operations } = plan;
  const open = operations.get('open');
  if (open === undefined) throw new Error('There is no such tool.');
  const twice: ConnectorPlan = {
    ...plan,
    operations: new Map([
      ['open', open],
      ['again', open],
      ['stranger', { ...open, path: '/nowhere' }],
    ]),
  };
  const suite = wireCases(twice, shop);
  expect(suite.cases.filter(({ name }) => name.endsWith('sends what is required of it')).map(({ tool }) => tool)).toEqual([
    'open',
    'again',
  ]);
  expect(suite.unknown).toEqual(['stranger']);
  expect(suite.toolless.map(({ path }) => path)).toEqual([
    '/first',
    '/shops/{shop}/books/{isbn}',
    '/shops/{shop}/books/{isbn}',
    '/forms',
    '/photos',
    '/drafts',
    '/lists',
  ]);
  const generated = generateTests({ language: 'typescript', plan: twice }, shop);
  const page = generated.ok ? generated.value.files.find(({ path }) => path === 'TESTS.md')?.content : undefined;
  expect(page).toContain('fails nothing: `GET /first`, `GET /shops/{shop}/books/{isbn}`');
});
