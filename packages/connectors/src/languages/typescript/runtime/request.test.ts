import { describe, expect, test } from 'vitest';
import type { Api, Operation } from './operation.ts';
import { type Arguments, buildRequest } from './request.ts';
import { readSettings } from './settings.ts';

const api: Api = {
  name: 'test',
  title: 'Test',
  version: '1',
  baseUrl: 'https://api.example/v1',
  instructions: '',
  credentials: {
    key: { kind: 'apiKey', in: 'query', parameter: 'api key', variable: 'KEY' },
    cookie: { kind: 'apiKey', in: 'cookie', parameter: 'session', variable: 'SESSION' },
    bearer: { kind: 'bearer', variable: 'TOKEN' },
    basic: { kind: 'basic', usernameVariable: 'USERNAME', passwordVariable: 'PASSWORD' },
  },
};
const plain: Operation = {
  description: '',
  method: 'GET',
  path: '/things',
  parameters: [],
  security: [],
  inputSchema: { type: 'object' },
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true },
};
const build = (operation: Partial<Operation>, args: Arguments = {}, env: Record<string, string> = {}) =>
  buildRequest({ ...plain, ...operation }, args, api, readSettings(env, api));

describe('the address', () => {
  test('is the API\u2019s own, the operation\u2019s own, or BASE_URL, which wins', () => {
    expect(build({}).request.url).toBe('https://api.example/v1/things');
    expect(build({ server: 'https://upload.example' }).request.url).toBe('https://upload.example/things');
    expect(build({ server: 'https://upload.example' }, {}, { BASE_URL: 'http://127.0.0.1:1/x/' }).request.url).toBe(
      'http://127.0.0.1:1/x/things',
    );
  });

  test('is refused with a sentence when BASE_URL is no web address', () => {
    expect(() => build({}, {}, { BASE_URL: 'file:///etc/passwd' })).toThrow('BASE_URL');
  });

  test('never leaves the path of the operation, whatever a path argument holds', () => {
    const operation = { path: '/things/{id}/parts', parameters: [{ argument: 'id', in: 'path' as const }] };
    expect(build(operation, { id: 'a/../../admin?x#y' }).request.url).toBe(
      'https://api.example/v1/things/a%2F..%2F..%2Fadmin%3Fx%23y/parts',
    );
    for (const id of ['.', '..']) expect(() => build(operation, { id })).toThrow('must not be');
    expect(() => build(operation, {})).toThrow('"id" is needed');
  });

  test('keeps what a template itself holds: escapes, odd characters and a query', () => {
    expect(build({ path: '/a b/%7Bx%7D/$count()' }).request.url).toBe('https://api.example/v1/a%20b/%7Bx%7D/$count()');
    expect(build({ path: '/responses?beta=true' }).request.url).toBe('https://api.example/v1/responses?beta=true');
  });
});

describe('an argument that has the name of an inherited property', () => {
  test('is absent unless it was given', () => {
    const operation = { parameters: [{ argument: 'constructor', in: 'query' as const }] };
    expect(build(operation).request.url).toBe('https://api.example/v1/things');
    expect(build(operation, { constructor: 'x' }).request.url).toBe('https://api.example/v1/things?constructor=x');
  });
});

describe('credentials', () => {
  const env = { KEY: 'k&y', SESSION: 's', TOKEN: 't', USERNAME: 'üser', PASSWORD: 'p' };

  test('go only to operations that ask for them', () => {
    const { request } = build({}, {}, env);
    expect(request.url).not.toContain('k%26y');
    expect(request.headers.get('Authorization')).toBeNull();
  });

  test('go where their scheme says', () => {
    expect(build({ security: [['key']] }, {}, env).request.url).toBe('https://api.example/v1/things?api%20key=k%26y');
    expect(build({ security: [['bearer']] }, {}, env).request.headers.get('Authorization')).toBe('Bearer t');
    expect(build({ security: [['basic']] }, {}, env).request.headers.get('Authorization')).toBe('Basic w7xzZXI6cA==');
    expect(build({ security: [['cookie']] }, {}, env).request.headers.get('Cookie')).toBe('session=s');
  });

  test('are those of the first alternative that is complete', () => {
    const { request, missingCredentials } = build({ security: [['bearer', 'key'], ['cookie']] }, {}, { TOKEN: 't', SESSION: 's' });
    expect(request.headers.get('Cookie')).toBe('session=s');
    expect(request.headers.get('Authorization')).toBeNull();
    expect(missingCredentials).toEqual([]);
  });

  test('of a scheme that cannot be sent stay away, whatever it is called', () => {
    const { request, missingCredentials } = build({ security: [['constructor'], ['digest']] }, {}, env);
    expect([...request.headers.keys()]).toEqual([...build({}).request.headers.keys()]);
    expect(missingCredentials).toEqual([]);
  });

  test('that are missing are named, unless the operation works without', () => {
    expect(build({ security: [['bearer'], ['basic']] }).missingCredentials).toEqual(['TOKEN', 'USERNAME', 'PASSWORD']);
    expect(build({ security: [['bearer'], []] }).missingCredentials).toEqual([]);
  });
});

describe('the body', () => {
  const post = { method: 'POST' };

  test('is JSON of the fields that were given, under their own names', async () => {
    const body = {
      mediaType: 'application/json',
      kind: 'json' as const,
      fields: [{ argument: 'body_id', name: 'id' }, { argument: 'note' }],
    };
    const { request } = build({ ...post, body }, { body_id: 7 });
    expect(request.headers.get('Content-Type')).toBe('application/json');
    expect(await request.json()).toEqual({ id: 7 });
    expect(build({ ...post, body }).request.body).toBeNull();
  });

  test('is a form in the declared styles, lists repeated and objects as JSON otherwise', async () => {
    const fields = [{ argument: 'tags' }, { argument: 'meta' }, { argument: 'deep', style: 'deepObject' as const, explode: true }];
    const body = { mediaType: 'application/x-www-form-urlencoded', kind: 'form' as const, fields };
    const text = await build({ ...post, body }, { tags: ['a', 'b&c'], meta: { x: 1 }, deep: { k: ['v'] } }).request.text();
    expect([...new URLSearchParams(text)]).toEqual([
      ['tags', 'a'],
      ['tags', 'b&c'],
      ['meta', '{"x":1}'],
      ['deep[k][0]', 'v'],
    ]);
  });

  test('is multipart with files from base64', async () => {
    const fields = [{ argument: 'file', file: true }, { argument: 'note' }];
    const body = { mediaType: 'multipart/form-data', kind: 'multipart' as const, fields };
    const form = await build({ ...post, body }, { file: btoa('content'), note: 'n' }).request.formData();
    const file = form.get('file');
    expect(file instanceof Blob ? await file.text() : file).toBe('content');
    expect(form.get('note')).toBe('n');
    expect(() => build({ ...post, body }, { file: '***' })).toThrow('base64');
  });

  test('is text or bytes as it is', async () => {
    const text = { mediaType: 'application/xml', kind: 'text' as const, argument: 'body' };
    expect(await build({ ...post, body: text }, { body: '<a/>' }).request.text()).toBe('<a/>');
    const bytes = { mediaType: 'application/octet-stream', kind: 'binary' as const, argument: 'body' };
    expect(await build({ ...post, body: bytes }, { body: btoa('raw') }).request.text()).toBe('raw');
  });
});
