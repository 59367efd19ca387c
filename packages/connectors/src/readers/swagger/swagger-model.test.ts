import { expect, test } from 'vitest';
import type { ApiModel } from '../../model/model.ts';
import { buildModel } from '../build-model.ts';

function modelOf(fields: Record<string, unknown>): ApiModel {
  const model = buildModel({ swagger: '2.0', info: { title: 'T', version: '1' }, paths: {}, ...fields });
  if (!model.ok) throw new Error(model.error.message);
  return model.value;
}
const operationOf = (operation: Record<string, unknown>, fields: Record<string, unknown> = {}) =>
  modelOf({ paths: { '/a': { post: { responses: {}, ...operation } } }, ...fields }).operations[0];

test('host, base path and schemes become a base URL, the safe scheme first', () => {
  expect(modelOf({ host: 'a.example', basePath: '/v1/', schemes: ['http', 'https'] }).baseUrl).toBe('https://a.example/v1');
  expect(modelOf({ host: 'a.example', schemes: ['http'] }).baseUrl).toBe('http://a.example');
  expect(modelOf({ host: 'a.example:8443', basePath: 'v1' }).baseUrl).toBe('https://a.example:8443/v1');
  expect(modelOf({ basePath: '/v1' })).toMatchObject({ basePaths: ['/v1'] });
  expect(modelOf({ basePath: '/v1' }).baseUrl).toBeUndefined();
  expect(operationOf({ schemes: ['http'] }, { host: 'a.example', schemes: ['https'] })?.server).toBe('http://a.example');
});

test.each([
  [undefined, 'form', false],
  ['csv', 'form', false],
  ['multi', 'form', true],
  ['ssv', 'spaceDelimited', false],
  ['pipes', 'pipeDelimited', false],
])('the collection format %s travels in the style %s, exploded: %s', (collectionFormat, style, explode) => {
  const parameters = [{ name: 'ids', in: 'query', type: 'array', items: { type: 'integer' }, collectionFormat }];
  const [parameter] = operationOf({ parameters })?.parameters ?? [];
  expect(parameter).toMatchObject({ style, explode, schema: { type: 'array', items: { type: 'integer' } } });
  expect(parameter?.schema).not.toHaveProperty('collectionFormat');
});

test.each(['ssv', 'tsv', 'pipes'])('a list that cannot be sent in the collection format %s is told', (collectionFormat) => {
  const told = (place: string, format: string) => {
    const parameters = [{ name: 'ids', in: place, required: true, type: 'array', items: { type: 'string' }, collectionFormat: format }];
    const { issues } = modelOf({ paths: { '/a/{ids}': { get: { responses: { 200: { description: 'Done.' } }, parameters } } } });
    return issues.filter(({ pointer }) => pointer === '/paths/~1a~1{ids}/get/parameters/0').map(({ message }) => message);
  };
  for (const place of ['path', 'header']) {
    expect(told(place, collectionFormat)).toEqual([expect.stringMatching(/^A list with .* cannot be sent here; commas are used\.$/)]);
    expect(told(place, 'csv')).toEqual([]);
  }
  expect(told('query', collectionFormat)).toHaveLength(collectionFormat === 'tsv' ? 1 : 0);
});

test('a list within a list tells of a collection format of its own', () => {
  const items = { type: 'array', items: { type: 'string' }, collectionFormat: 'pipes' };
  const of = (place: string) => ({ name: place, in: place, type: 'array', items });
  const { issues } = modelOf({
    paths: { '/a': { post: { responses: { 200: { description: 'Done.' } }, parameters: ['query', 'header', 'formData'].map(of) } } },
  });
  const told = issues.filter(({ message }) => message.startsWith('A list within a list cannot be sent with bars'));
  expect(told.map(({ pointer }) => pointer.at(-1)).toSorted()).toEqual(['0', '1', '2']);
});

test('of several bodies the first is taken, and each other one is told', () => {
  const body = (name: string) => ({ name, in: 'body', schema: { type: 'object', properties: { [name]: {} } } });
  const model = modelOf({ paths: { '/a': { post: { responses: {}, parameters: ['x', 'y', 'z'].map(body) } } } });
  expect(model.operations[0]?.body?.media[0]?.schema).toMatchObject({ properties: { x: {} } });
  const told = model.issues.filter(({ message }) => message === 'An operation has one body; this one was left out.');
  expect(told.map(({ pointer }) => pointer)).toEqual(['/paths/~1a/post/parameters/1', '/paths/~1a/post/parameters/2']);
});

test('a body is taken as what the operation consumes', () => {
  const schema = { $ref: '#/definitions/A' };
  const parameters = [{ name: 'body', in: 'body', required: true, schema }];
  const media = (fields: Record<string, unknown>, document = {}) => operationOf({ parameters, ...fields }, document)?.body?.media;
  expect(media({})).toMatchObject([{ mediaType: 'application/json', schema }]);
  expect(media({}, { consumes: ['text/csv'] })).toMatchObject([{ mediaType: 'text/csv' }]);
  expect(media({ consumes: ['application/json; charset=utf-8', 'application/xml'] })).toMatchObject([
    { mediaType: 'application/json' },
    { mediaType: 'application/xml' },
  ]);
});

test('form fields make up a body, files one in parts', () => {
  const text = { name: 'name', in: 'formData', type: 'string', required: true, description: 'Its name.' };
  const list = { name: 'tags', in: 'formData', type: 'array', items: { type: 'string' }, collectionFormat: 'csv' };
  const file = { name: 'file', in: 'formData', type: 'file' };
  const form = operationOf({ parameters: [text, list] })?.body;
  expect(form).toMatchObject({
    required: true,
    media: [
      {
        mediaType: 'application/x-www-form-urlencoded',
        schema: {
          type: 'object',
          properties: { name: { type: 'string', description: 'Its name.' }, tags: { type: 'array' } },
          required: ['name'],
        },
      },
    ],
  });
  expect(form?.media[0]?.encodings.get('tags')).toEqual({ style: 'form', explode: false });
  expect(operationOf({ parameters: [file], consumes: ['application/x-www-form-urlencoded'] })?.body?.media).toMatchObject([
    { mediaType: 'multipart/form-data', schema: { properties: { file: { type: 'string', format: 'binary' } } } },
  ]);
});

test('shared parameters and answers are followed, and the operation\u2019s own win', () => {
  const model = modelOf({
    parameters: { Page: { name: 'page', in: 'query', type: 'integer' } },
    responses: { Gone: { description: 'Gone.', schema: { type: 'string' } } },
    produces: ['text/plain'],
    paths: {
      '/a/{id}': {
        parameters: [{ $ref: '#/parameters/Page' }, { name: 'id', in: 'path', type: 'string', required: true }],
        get: {
          parameters: [{ name: 'id', in: 'path', type: 'integer', required: true }],
          responses: { 410: { $ref: '#/responses/Gone' } },
        },
      },
    },
  });
  expect(model.operations[0]).toMatchObject({
    parameters: [{ name: 'page' }, { name: 'id', schema: { type: 'integer' } }],
    responses: [{ status: '410', description: 'Gone.', media: [{ mediaType: 'text/plain' }] }],
  });
});

test('credentials of every kind are read', () => {
  const securityDefinitions = {
    user: { type: 'basic' },
    key: { type: 'apiKey', name: 'X-Key', in: 'header' },
    site: { type: 'oauth2', flow: 'implicit', authorizationUrl: 'https://a.example', scopes: {} },
  };
  const { securitySchemes } = modelOf({ securityDefinitions });
  expect([...securitySchemes.values()]).toMatchObject([{ kind: 'basic' }, { kind: 'apiKey', parameter: 'X-Key' }, { kind: 'oauth2' }]);
});

test('issues point into the document as it was written', () => {
  const model = modelOf({
    paths: {
      '/a': { get: { operationId: 'x', responses: {}, parameters: [{ $ref: '#/parameters/Gone' }, { in: 'query' }] } },
      '/b': { get: { operationId: 'x', responses: {} } },
    },
    securityDefinitions: { odd: { type: 'digest' } },
  });
  expect(model.operations).toHaveLength(2);
  const pointers = model.issues.map(({ pointer }) => pointer);
  expect(pointers).toEqual(
    expect.arrayContaining(['/paths/~1a/get/parameters/0', '/paths/~1a/get/parameters/1', '/paths/~1b/get', '/securityDefinitions/odd']),
  );
});

test('whatever stands in the wrong place is left out, and nothing throws', () => {
  for (const value of [null, 7, 'text', [], [null], { x: null }, true]) {
    for (const field of [
      'info',
      'host',
      'basePath',
      'schemes',
      'consumes',
      'produces',
      'paths',
      'definitions',
      'parameters',
      'securityDefinitions',
      'tags',
    ])
      expect(() => modelOf({ [field]: value })).not.toThrow();
    for (const field of ['parameters', 'responses', 'security', 'consumes', 'produces', 'schemes', 'tags'])
      expect(() => operationOf({ [field]: value })).not.toThrow();
  }
});
