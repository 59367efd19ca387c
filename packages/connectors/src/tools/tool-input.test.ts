import { describe, expect, test } from 'vitest';
import { buildModel } from '../readers/build-model.ts';
import { buildTools } from './build-tools.ts';
import { takesMedia } from './media-types.ts';
import { toolInput } from './tool-input.ts';

function inputOf(operation: Record<string, unknown>, path = '/a/{id}', components: Record<string, unknown> = {}) {
  const model = buildModel({ openapi: '3.1.0', info: {}, components, paths: { [path]: { post: operation } } });
  const first = model.ok ? model.value.operations[0] : undefined;
  if (!model.ok || first === undefined) throw new Error('no operation');
  return toolInput(first, model.value);
}
const json = (schema: unknown, required = true) => ({ required, content: { 'application/json': { schema } } });

test('a body that is a plain object gives its fields to the root; clashes are told apart by their place', () => {
  const input = inputOf({
    parameters: [{ name: 'id', in: 'query', schema: {} }],
    requestBody: json({ type: 'object', required: ['id'], properties: { id: {}, note: {}, made: { readOnly: true } } }),
  });
  expect(input.properties.map(({ argument, required }) => [argument, required])).toEqual([
    ['id', true],
    ['query_id', false],
    ['body_id', true],
    ['note', false],
  ]);
  expect(input.body?.fields).toEqual([{ argument: 'body_id', name: 'id' }, { argument: 'note' }]);
});

test('a body keeps its fields at the root where a part of it only says what is required', () => {
  const base = { type: 'object', properties: { name: {}, note: {} } };
  const input = inputOf({ requestBody: json({ allOf: [base, { required: ['name'] }] }) }, '/a');
  expect(input.properties.map(({ argument, required }) => [argument, required])).toEqual([
    ['name', true],
    ['note', false],
  ]);
});

test('a field that only a body which may be left out requires says so', () => {
  const schema = { type: 'object', required: ['name'], properties: { name: { description: 'Its name.' }, note: {} } };
  const described = (fields: unknown, required: boolean) => {
    const paths = { '/a': { post: { requestBody: json(fields, required), responses: {} } } };
    const model = buildModel({ openapi: '3.0.0', info: {}, paths });
    const [tool] = model.ok ? buildTools(model.value, () => true).operations.values() : [];
    return tool?.inputSchema;
  };
  const name = { description: 'Required with any other field of the body. Its name.' };
  expect(described(schema, false)).toMatchObject({ properties: { name, note: {} } });
  expect(described(schema, false)).not.toHaveProperty('required');
  expect(described(schema, true)).toMatchObject({ required: ['name'], properties: { name: { description: 'Its name.' } } });
  const { name: only } = schema.properties;
  expect(described({ ...schema, properties: { name: only } }, false)).toMatchObject({ properties: { name: only } });
});

describe('a body whose alternatives only say what is required', () => {
  const fields = { id: { type: 'integer' }, name: { type: 'string', description: 'A name.' }, kind: { type: 'string' }, path: {} };
  const choice = [{ required: ['path'] }, { type: 'object', title: 'By name', required: ['name', 'kind'] }];
  const described = (schema: object) => {
    const paths = { '/a/{path}': { post: { requestBody: json({ type: 'object', ...schema }), responses: {} } } };
    const model = buildModel({ openapi: '3.0.0', info: {}, paths });
    const [tool] = model.ok ? buildTools(model.value, () => true).operations.values() : [];
    return tool?.inputSchema;
  };

  test.each([
    ['anyOf', 'At least', { properties: fields, anyOf: choice }],
    ['oneOf', 'Exactly', { properties: fields, oneOf: choice }],
    ['anyOf of a part', 'At least', { allOf: [{ properties: fields }, { anyOf: choice }] }],
  ])('keeps its fields at the root, and each says what is needed: %s', (_keyword, words, schema) => {
    const need = `${words} one of these is needed: body_path; name with kind.`;
    expect(described(schema)).toEqual({
      type: 'object',
      properties: {
        path: { type: 'string' },
        id: { type: 'integer' },
        name: { type: 'string', description: `${need} A name.` },
        kind: { type: 'string', description: need },
        body_path: { description: `Sent as "path". ${need}` },
      },
      required: ['path'],
      additionalProperties: false,
    });
  });

  test('stays one argument where a name is none of its fields', () => {
    expect(described({ properties: fields, anyOf: [...choice, { required: ['other'] }] })).toMatchObject({ required: ['path', 'body'] });
  });
});

test('a body that says it takes other fields, too, stays one argument', () => {
  for (const additionalProperties of [true, {}, { type: 'string' }]) {
    const input = inputOf({ requestBody: json({ type: 'object', properties: { a: {} }, additionalProperties }) }, '/a');
    expect(input.properties.map(({ argument }) => argument)).toEqual(['body']);
  }
});

test('a body that says more beside its reference has the fields of both', () => {
  const schemas = { A: { type: 'object', properties: { b: {} } } };
  const schema = { $ref: '#/components/schemas/A', required: ['b'], properties: { c: {} } };
  const input = inputOf({ requestBody: json(schema) }, '/a', { schemas });
  expect(input.properties.map(({ argument, required }) => [argument, required])).toEqual([
    ['c', false],
    ['b', true],
  ]);
});

test('files in a body that stays one argument are told, as they cannot be given', () => {
  const file = { properties: { file: { type: 'string', format: 'binary' }, note: {} } };
  const schema = {
    oneOf: [
      { type: 'object', ...file },
      { type: 'object', properties: { url: {} } },
    ],
  };
  const { body, losses } = inputOf({ requestBody: { content: { 'multipart/form-data': { schema } } } }, '/a');
  expect(body?.argument).toBe('body');
  expect(losses).toEqual(['The body is one argument, in which no file can be given: what is one goes as a text (file).']);
});

describe('a body whose schema others take over', () => {
  const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
  const of = (name: string, properties: Record<string, unknown>, required: readonly string[] = []) => ({
    allOf: [ref(name), { type: 'object', properties, required }],
  });
  const Pet = {
    type: 'object',
    additionalProperties: false,
    required: ['kind'],
    properties: { kind: { type: 'string' } },
    discriminator: { propertyName: 'kind', mapping: { fish: 'Fish' } },
  };
  const schemas = {
    Pet,
    Fish: of('Pet', { fins: { type: 'integer' }, size: { type: 'integer' } }, ['fins']),
    Cat: of('Pet', { lives: {}, size: { type: 'string' } }),
  };
  const told = (schema: unknown, all: Record<string, unknown> = schemas) =>
    inputOf({ requestBody: json(schema) }, '/a', { schemas: all }).properties.map(({ argument, required, need }) => [
      argument,
      required,
      need,
    ]);

  test.each([
    ['referred to', ref('Pet')],
    ['wrapped', { allOf: [ref('Pet')], description: 'A pet.' }],
  ])('has their fields, too, when it is %s', (_how, schema) => {
    expect(told(schema)).toEqual([
      ['kind', true, 'Tells which other fields count: fish, Cat.'],
      ['fins', false, 'With "kind" fish (required).'],
      ['size', false, 'With "kind" fish, Cat.'],
      ['lives', false, 'With "kind" Cat.'],
    ]);
    const { properties } = inputOf({ requestBody: json(schema) }, '/a', { schemas });
    expect(properties.find(({ argument }) => argument === 'size')?.schema).toEqual({ anyOf: [{ type: 'integer' }, { type: 'string' }] });
  });

  test('says of a field of its own which of these others require it', () => {
    const all = {
      Pet: { ...Pet, properties: { ...Pet.properties, name: {}, age: {} } },
      Fish: of('Pet', {}),
      Cat: of('Pet', {}, ['name']),
    };
    expect(told(ref('Pet'), all)).toEqual([
      ['kind', true, 'Tells which other fields count: fish, Cat.'],
      ['name', false, 'With "kind" Cat (required).'],
      ['age', false, undefined],
    ]);
  });

  test('has its own where it is one of these others', () => {
    expect(told(ref('Fish')).map(([argument]) => argument)).toEqual(['kind', 'fins', 'size']);
  });

  test('keeps a field that must be given and is no key of an argument, and tells what cannot be given', () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`P${index}`, of('Pet', { [`f${index}`]: {} })]));
    const all = { Pet: { ...Pet, required: ['@kind'], properties: { '@kind': {}, a: {} } }, ...many };
    expect(told(ref('Pet'), all)).toEqual([
      ['kind', true, undefined],
      ['a', false, undefined],
    ]);
    expect(inputOf({ requestBody: json(ref('Pet')) }, '/a', { schemas: all }).losses[0]).toMatch(
      /^Fields that depend on "kind" cannot be given \(P0, .*, 20 more\)\.$/,
    );
  });

  test('stays one argument where they are too many, or are no plain objects', () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`P${index}`, of('Pet', { [`f${index}`]: {} })]));
    expect(told(ref('Pet'), { Pet, ...many })).toEqual([['body', true, undefined]]);
    expect(told(ref('Pet'), { Pet, Map: { allOf: [ref('Pet'), { type: 'object', additionalProperties: {} }] } })).toHaveLength(1);
  });
});

describe('a part of a form', () => {
  const binary = { type: 'string', contentEncoding: 'base64' };
  const part = (schema: unknown, contentType?: string) => {
    const media = {
      schema: { type: 'object', properties: { part: schema } },
      ...(contentType === undefined ? {} : { encoding: { part: { contentType } } }),
    };
    const paths = { '/a': { post: { requestBody: { content: { 'multipart/form-data': media } }, responses: {} } } };
    const model = buildModel({ openapi: '3.1.0', info: {}, paths });
    const [tool] = model.ok ? buildTools(model.value, () => true).operations.values() : [];
    return { ...tool?.body?.fields?.[0], schema: tool?.inputSchema.properties };
  };

  test.each([
    ['is called binary', { type: 'string', format: 'binary' }, undefined, binary],
    [
      'is encoded as binary',
      { type: 'string', contentEncoding: 'binary', description: 'A photo.' },
      undefined,
      { ...binary, description: 'A photo.' },
    ],
    [
      'may be null',
      { anyOf: [{ type: 'string', contentEncoding: 'binary' }, { type: 'null' }], title: 'Photo' },
      undefined,
      { ...binary, description: 'Photo' },
    ],
    [
      'is a list of them',
      { type: 'array', minItems: 1, items: { contentEncoding: 'binary' } },
      undefined,
      { type: 'array', minItems: 1, items: binary },
    ],
  ])('is a file given as base64 when it %s', (_why, schema, contentType, written) => {
    expect(part(schema, contentType)).toEqual({ argument: 'part', file: true, schema: { part: written } });
  });

  test('is a file of the media type that its schema names, or its encoding', () => {
    const named = { type: 'string', contentMediaType: 'image/png' };
    expect(part(named)).toEqual({ argument: 'part', file: true, contentType: 'image/png', schema: { part: binary } });
    expect(part(named, 'image/gif')).toMatchObject({ file: true, contentType: 'image/gif' });
    expect(part({}, 'image/png, image/jpeg')).toEqual({ argument: 'part', file: true, contentType: 'image/png', schema: { part: binary } });
  });

  test.each([
    ['base64 text', { type: 'string', contentEncoding: 'base64', contentMediaType: 'image/png' }, undefined],
    ['JSON text', { type: 'string', contentMediaType: 'application/json' }, undefined],
    ['of a media type for texts', {}, 'text/markdown'],
    ['an object', { type: 'object' }, 'application/octet-stream'],
    ['a text or a file', { anyOf: [{ type: 'string' }, { type: 'string', format: 'binary' }] }, undefined],
  ])('is no file when it is %s', (_what, schema, contentType) => {
    expect(part(schema, contentType)).not.toHaveProperty('file');
  });
});

test('argument names are of the characters model APIs take, and lead back to the real names', () => {
  const names = ['StartTime>', '$filter', 'a[b]', 'ü'.repeat(9), 'x'.repeat(90), '__proto__', 'StartTime<'];
  const { parameters, properties } = inputOf({ parameters: names.map((name) => ({ name, in: 'query', schema: {} })) }, '/a');
  for (const { argument } of properties) expect(argument).toMatch(/^[A-Za-z0-9_.-]{1,64}$/);
  expect(new Set(properties.map(({ argument }) => argument)).size).toBe(names.length);
  expect(parameters.map(({ argument, name }) => name ?? argument)).toEqual(names);
});

test('an argument that is called otherwise than by the API says so first', () => {
  const model = buildModel({
    openapi: '3.1.0',
    info: {},
    components: { schemas: { Note: { type: 'string', description: 'What to remember.' } } },
    paths: {
      '/a/{id}': {
        post: {
          parameters: [
            { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
            { name: '$filter', in: 'query', description: 'Which ones.', schema: { type: 'string', description: 'A filter.' } },
            { name: `x\u0000\n${'y'.repeat(200)}`, in: 'query', schema: {} },
          ],
          requestBody: json({ type: 'object', properties: { id: { type: 'string' }, 'a note': { $ref: '#/components/schemas/Note' } } }),
        },
      },
    },
  });
  const [tool] = model.ok ? buildTools(model.value, () => true).operations.values() : [];
  expect(tool?.inputSchema.properties).toEqual({
    id: { type: 'string' },
    filter: { type: 'string', description: 'Sent as "$filter". Which ones.' },
    [`x_${'y'.repeat(62)}`]: { description: `Sent as "x ${'y'.repeat(77)}…".` },
    body_id: { type: 'string', description: 'Sent as "id".' },
    a_note: { type: 'string', description: 'Sent as "a note". What to remember.' },
  });
});

describe('a body stays one argument', () => {
  test.each([
    ['a list', { type: 'array', items: {} }],
    ['alternatives', { oneOf: [{ type: 'object', properties: { a: {} } }, { type: 'string' }] }],
    ['a map', { type: 'object', properties: { a: {} }, additionalProperties: { type: 'string' } }],
    ['nothing known', {}],
  ])('when it is %s', (_, schema) => {
    const { body } = inputOf({ requestBody: json(schema) }, '/a');
    expect(body).toEqual({ mediaType: 'application/json', kind: 'json', argument: 'body' });
  });
});

test('the fields of an allOf are lifted through references', () => {
  const components = { schemas: { Base: { type: 'object', properties: { a: {} }, required: ['a'] } } };
  const { properties } = inputOf(
    { requestBody: json({ allOf: [{ $ref: '#/components/schemas/Base' }, { properties: { b: {} } }] }) },
    '/a',
    components,
  );
  expect(properties.map(({ argument, required }) => [argument, required])).toEqual([
    ['a', true],
    ['b', false],
  ]);
});

test('a field is what the body itself says of it before what the body took over', () => {
  const Base = { type: 'object', properties: { id: { type: 'string', readOnly: true }, kind: { type: 'string', enum: ['cat', 'dog'] } } };
  const own = { id: { type: 'string' }, kind: { description: 'Which.', enum: ['cat'] } };
  const schema = { allOf: [{ $ref: '#/components/schemas/Base' }], properties: own };
  const kind = { type: 'string', description: 'Which.', enum: ['cat'] };
  const tool = (body: unknown) => {
    const paths = { '/a': { post: { operationId: 'a', requestBody: json(body) } } };
    const model = buildModel({ openapi: '3.1.0', info: {}, components: { schemas: { Base } }, paths });
    return Object(model.ok && buildTools(model.value, () => true).operations.get('a')?.inputSchema.properties);
  };
  expect(tool(schema)).toEqual({ id: { type: 'string' }, kind });
  expect(tool({ type: 'array', items: schema }).body.items.properties.kind).toEqual(kind);
});

test('forms, files and other media are bound as what they are', () => {
  const kinds = (content: Record<string, unknown>) => inputOf({ requestBody: { content } }, '/a').body;
  const schema = { type: 'object', properties: { file: { type: 'string', format: 'binary' }, n: { type: 'object' } } };
  expect(kinds({ 'multipart/form-data': { schema } })?.fields).toEqual([{ argument: 'file', file: true }, { argument: 'n' }]);
  const encoding = { n: { style: 'deepObject', explode: true } };
  expect(kinds({ 'application/x-www-form-urlencoded': { schema, encoding } })?.fields?.[1]).toEqual({
    argument: 'n',
    style: 'deepObject',
    explode: true,
  });
  expect(kinds({ 'application/xml': { schema } })).toEqual({ mediaType: 'application/xml', kind: 'text', argument: 'body' });
  expect(kinds({ 'image/png': {} })?.kind).toBe('binary');
  expect(kinds({ 'application/jose': { schema: { type: 'string' } } })?.kind).toBe('text');
  const text = { mediaType: 'application/x-www-form-urlencoded', kind: 'text', argument: 'body' };
  expect(kinds({ 'application/x-www-form-urlencoded': { schema: { type: 'string' } } })).toEqual(text);
  expect(kinds({ 'application/xml': { schema }, 'application/json; charset=utf-8': { schema } })?.kind).toBe('json');
});

test.each([
  ['referred to', { $ref: '#/components/schemas/List' }],
  ['or null', { type: ['array', 'null'], items: {} }],
])('a multipart body that is a list, %s, is not written', (_how, schema) => {
  const post = { operationId: 'a', requestBody: { content: { 'multipart/form-data': { schema } } } };
  const components = { schemas: { List: { type: 'array', items: {} } } };
  const model = buildModel({ openapi: '3.1.0', info: {}, components, paths: { '/a': { post } } });
  expect(model.ok && buildTools(model.value, () => true).skipped[0]?.reason).toMatch(/^Its body is multipart\/form-data,/);
});

test('a form that is a text, or null, is a text', () => {
  const content = { 'application/x-www-form-urlencoded': { schema: { type: ['string', 'null'] } } };
  expect(inputOf({ requestBody: { content } }, '/a').body?.kind).toBe('text');
});

describe('of several media types', () => {
  const object = (...names: string[]) => ({ schema: { type: 'object', properties: Object.fromEntries(names.map((name) => [name, {}])) } });
  const withFile = { schema: { type: 'object', properties: { a: {}, file: { type: 'string', format: 'binary' } } } };
  const chosen = (content: Record<string, unknown>) => inputOf({ requestBody: { content } }, '/a').body?.mediaType;
  const form = 'application/x-www-form-urlencoded';
  const multipart = 'multipart/form-data';

  test.each([
    ['the one with a file before a form without', multipart, { [form]: object('a'), [multipart]: withFile }],
    ['the one that can send a file', multipart, { [form]: withFile, [multipart]: withFile }],
    ['the one with all fields and more', multipart, { 'application/json': object('a'), [multipart]: object('a', 'b') }],
    ['JSON where they are equal', 'application/json', { [multipart]: object('a'), [form]: object('a'), 'application/json': object('a') }],
    ['JSON where each lacks a field', 'application/json', { [multipart]: object('a', 'b'), 'application/json': object('a', 'c') }],
    ['JSON before a text, whatever is in it', 'application/json', { 'application/xml': object('a', 'b'), 'application/json': object('a') }],
    ['JSON whose fields are not known', 'application/json', { 'application/json': {}, [multipart]: withFile }],
    [
      'a type before a range',
      'application/json',
      { '*/*': object('a'), 'application/*+json': object('a'), 'application/json': object('a') },
    ],
  ])('%s is taken', (_which, expected, content) => {
    expect(chosen(content)).toBe(expected);
  });
});

describe('a range of media types', () => {
  const object = { type: 'object', properties: { a: {} } };
  const sent = (mediaType: string, schema?: unknown) => {
    const { body, properties } = inputOf({ requestBody: { content: { [mediaType]: schema === undefined ? {} : { schema } } } }, '/a');
    return [body?.mediaType, body?.kind, properties[0]?.description];
  };
  const asBytes = (range: string, mediaType: string) => `The body (${range}, sent as ${mediaType}) as base64.`;

  test.each([
    ['*/*', object, 'application/json', 'json', undefined],
    ['*/*', { type: 'string', format: 'binary' }, 'application/octet-stream', 'binary', asBytes('*/*', 'application/octet-stream')],
    [
      'application/*',
      { contentEncoding: 'binary' },
      'application/octet-stream',
      'binary',
      asBytes('application/*', 'application/octet-stream'),
    ],
    ['*/*', { type: 'array', items: { format: 'binary' } }, 'application/json', 'json', 'The body (application/json).'],
    ['application/*+json', object, 'application/x.body+json', 'json', undefined],
    ['image/*', undefined, 'image/png', 'binary', asBytes('image/*', 'image/png')],
    ['model/*', undefined, 'model/octet-stream', 'binary', asBytes('model/*', 'model/octet-stream')],
    ['text/*; charset=utf-8', { type: 'string' }, 'text/plain', 'text', 'The body (text/plain).'],
    ['multipart/*', object, 'multipart/form-data', 'multipart', undefined],
  ])('%s of %j is sent as a type that is in it: %s', (range, schema, mediaType, kind, description) => {
    expect(sent(range, schema)).toEqual([mediaType, kind, description]);
    expect(takesMedia(range.split(';')[0] ?? '', mediaType)).toBe(true);
  });
});

test('a body that the caller writes as text says which fields belong into it', () => {
  const schema = { type: 'object', required: ['b'], properties: { a: {}, b: {} } };
  const [body] = inputOf({ requestBody: { content: { 'application/xml': { schema } } } }, '/a').properties;
  expect(body?.description).toBe('The body (application/xml). Fields: b (required), a.');
  const [lines] = inputOf({ requestBody: { content: { 'application/jsonl': { itemSchema: schema } } } }, '/a').properties;
  expect(lines?.description).toBe('The body (application/jsonl). Fields of each item: b (required), a.');
});

test('fields that only a media type has which was not chosen are told', () => {
  const object = (...names: string[]) => ({ schema: { type: 'object', properties: Object.fromEntries(names.map((name) => [name, {}])) } });
  const lossesOf = (content: Record<string, unknown>) => inputOf({ requestBody: { content } }, '/a').losses;
  expect(lossesOf({ 'application/json': object('a', 'b'), 'multipart/form-data': object('a', 'file\n') })).toEqual([
    'The body is sent as application/json: fields that only multipart/form-data has cannot be given (file).',
  ]);
  const many = Array.from({ length: 100 }, (_, index) => `field${index}`);
  expect(lossesOf({ 'application/json': object('a'), 'application/xml': object(...many) })[0]).toMatch(/field11, 88 more\)\.$/);
  expect(lossesOf({ 'application/json': object('a', 'b'), 'application/xml': object('b') })).toEqual([]);
  expect(lossesOf({ 'application/json': {}, 'application/xml': object('b') })).toEqual([]);
});
