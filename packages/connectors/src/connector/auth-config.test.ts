import { describe, expect, test } from 'vitest';
import { readModel } from '../readers/read-model.ts';
import { asAuthorized, withAuthConfig } from './auth-config.ts';
import { planConnector } from './generate-connector.ts';

const schemes = {
  tok: { type: 'http', scheme: 'Token' },
  key: { type: 'apiKey', in: 'header', name: 'X-Key' },
  mutual: { type: 'mutualTLS' },
};

/** What each operation asks for, with the scheme of an `authConfig` as `api`. */
function asked(paths: Readonly<Record<string, object>>, document: object = {}) {
  const operations = Object.fromEntries(
    Object.entries(paths).map(([path, operation]) => [path, { get: { ...operation, responses: { 200: { description: 'Fine.' } } } }]),
  );
  const text = JSON.stringify({
    openapi: '3.1.0',
    info: { title: 'A', version: '1' },
    ...document,
    paths: operations,
    components: { securitySchemes: schemes },
  });
  const read = readModel({ text, specType: 'openapi', format: 'json' });
  if (!read.ok) throw new Error(read.error.message);
  const { model, issues } = withAuthConfig(read.value, { type: 'bearer' });
  const security = Object.fromEntries(model.operations.map((operation) => [operation.path, operation.security]));
  return { security, issues };
}

describe('an authConfig', () => {
  test('is told of fields that nothing reads, and never of what they hold', () => {
    const read = readModel({
      text: '{"openapi":"3.1.0","info":{},"paths":{"/a":{"get":{"responses":{}}}}}',
      specType: 'openapi',
      format: 'json',
    });
    if (!read.ok) throw new Error(read.error.message);
    const { model, issues } = withAuthConfig(read.value, { type: 'apikey', headerName: 'X-Foo', token: 's3cret' });
    expect(model.operations[0]?.security).toEqual([['api']]);
    expect(issues).toEqual([
      {
        severity: 'warning',
        pointer: '/authConfig',
        message: 'The authConfig has fields that nothing reads ("headerName", "token"): it may have "type", "name" and "in".',
      },
    ]);
  });

  test('helps every operation of a specification that says nothing', () => {
    expect(asked({ '/a': {}, '/b': {} })).toEqual({ security: { '/a': [['api']], '/b': [['api']] }, issues: [] });
  });

  test('helps operations that ask for what no connector can send, and never one that says it is open', () => {
    expect(asked({ '/me': {}, '/login': { security: [] } }, { security: [{ tok: [] }] })).toEqual({
      security: { '/me': [['api']], '/login': [] },
      issues: [],
    });
  });

  test('is kept from an operation that says it is open where all others say nothing', () => {
    expect(asked({ '/a': {}, '/login': { security: [] } }).security).toEqual({ '/a': [['api']], '/login': [] });
  });

  test('is kept from operations that ask for nothing where others ask for something', () => {
    expect(asked({ '/me': { security: [{ tok: [] }] }, '/public': {} }).security).toEqual({ '/me': [['api']], '/public': [] });
  });

  test('takes the place of the scheme that cannot be sent, beside those that can', () => {
    expect(asked({ '/a': { security: [{ key: [], tok: [] }, { tok: [] }, { mutual: [] }] } }).security).toEqual({
      '/a': [['key', 'api'], ['api']],
    });
  });

  test.each([
    ['can be let in', { security: [{ key: [] }] }],
    ['may be called by anybody', { security: [{ tok: [] }, {}] }],
    ['says it is open', { security: [] }],
  ])('that helps no operation, because each %s, is told and not applied', (_why, operation) => {
    const { security, issues } = asked({ '/a': operation });
    expect(security['/a']?.flat()).not.toContain('api');
    expect(issues).toEqual([expect.objectContaining({ severity: 'warning', pointer: '/authConfig' })]);
  });

  test.each([
    [
      'Swagger',
      'openapi',
      { swagger: '2.0', info: { title: 'A', version: '1' }, paths: { '/open': { get: { security: [] } }, '/a': { get: {} } } },
    ],
    [
      'Postman',
      'postman',
      {
        info: { name: 'A', schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json' },
        item: [
          { name: 'open', request: { method: 'GET', url: 'https://a.example/open', auth: { type: 'noauth' } } },
          { name: 'a', request: { method: 'GET', url: 'https://a.example/a' } },
        ],
      },
    ],
  ] as const)('knows who is open in %s, too', (_format, specType, document) => {
    const read = readModel({ text: JSON.stringify(document), specType, format: 'json' });
    if (!read.ok) throw new Error(read.error.message);
    const { operations } = withAuthConfig(read.value, { type: 'bearer' }).model;
    expect(operations.map(({ path, security }) => [path, security])).toEqual([
      ['/open', []],
      ['/a', [['api']]],
    ]);
  });

  test('stands beside a scheme of the specification that has its name', () => {
    const read = readModel({
      text: JSON.stringify({
        openapi: '3.1.0',
        info: { title: 'A', version: '1' },
        paths: {
          '/a': { get: { security: [{ api: [] }], responses: {} } },
          '/b': { get: { security: [{ api: [], tok: [] }], responses: {} } },
        },
        components: { securitySchemes: { ...schemes, api: schemes.key } },
      }),
      specType: 'openapi',
      format: 'json',
    });
    if (!read.ok) throw new Error(read.error.message);
    const planned = planConnector(read.value, {
      name: 'a',
      language: 'typescript',
      runtime: 'docker',
      authConfig: { type: 'bearer' },
    });
    if (!planned.ok) throw new Error(planned.error.message);
    const { api, operations } = planned.value.plan;
    expect([...operations.values()].map(({ security }) => security)).toEqual([[['api']], [['api', 'api_2']]]);
    expect(api.credentials).toEqual({
      api: { kind: 'apiKey', in: 'header', parameter: 'X-Key', variable: 'API_KEY' },
      api_2: { kind: 'bearer', variable: 'API_2_TOKEN' },
    });
    expect(asAuthorized(read.value, api.credentials).operations.map(({ security }) => security)).toEqual([[['api']], [['api', 'api_2']]]);
  });
});
