/** What strangers send: everything here must be refused in words, at once, and leave nothing behind. */
import { gzipSync } from 'fflate';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeEngine } from '../testing/fake-engine.ts';

const engine = new FakeEngine();
const headers = { 'Content-Type': 'application/json' };
const openapi = { openapi: '3.1.0', info: { title: 'T', version: '1' }, paths: {} };

const send = (body: BodyInit | undefined, more: Record<string, string> = {}, path = '/api/analyze') =>
  engine.request(path, { method: 'POST', headers: { ...headers, ...more }, ...(body === undefined ? {} : { body }) });
const submit = (body: unknown, path = '/api/analyze') => send(JSON.stringify(body), {}, path);

/** Status, code and the first pointer of a refusal. */
async function refusal(answer: Promise<Response>): Promise<unknown[]> {
  const response = await answer;
  expect(response.headers.get('Content-Type')).toBe('application/problem+json');
  const problem = await response.json<{ code: string; error: string; requestId: string; errors?: { pointer: string }[] }>();
  expect(problem.error).not.toBe('');
  expect(problem.requestId).toBe(response.headers.get('X-Request-Id'));
  return [response.status, problem.code, ...(problem.errors?.slice(0, 1).map(({ pointer }) => pointer) ?? [])];
}

afterEach(() => {
  expect(engine.jobs.size).toBe(0);
  expect(engine.sent).toEqual([]);
});

describe('a body that cannot be read', () => {
  it('is refused when it is empty', async () => {
    expect(await refusal(send(undefined))).toEqual([400, 'invalid-json', '']);
    expect(await refusal(send('  '))).toEqual([400, 'invalid-json', '']);
  });

  it('is refused when it is not JSON', async () => {
    expect(await refusal(send('{"specType":'))).toEqual([400, 'invalid-json', '']);
    expect(await refusal(send('hello'))).toEqual([400, 'invalid-json', '']);
    const { error } = await (await send('hello')).json<{ error: string }>();
    expect(error).toMatch(/^The body is not valid JSON: The body cannot be parsed: /);
  });

  it('is refused when it is not UTF-8', async () => {
    expect(await refusal(send(new Uint8Array([0x22, 0xff, 0xfe, 0x22])))).toEqual([400, 'invalid-json', '']);
  });

  it('is refused when it does not claim to be JSON', async () => {
    expect(await refusal(send('{}', { 'Content-Type': 'text/plain' }))).toEqual([415, 'unsupported-media-type']);
    expect(await refusal(send('{}', { 'Content-Type': 'application/jsonp' }))).toEqual([415, 'unsupported-media-type']);
  });

  it('is refused when its encoding is not gzip', async () => {
    expect(await refusal(send('{}', { 'Content-Encoding': 'br' }))).toEqual([415, 'unsupported-media-type']);
    expect(await refusal(send('{}', { 'Content-Encoding': 'gzip' }))).toEqual([400, 'invalid-request', '']);
  });
});

describe('a body beyond the limits', () => {
  it('is refused above MAX_BODY_BYTES, announced or not', async () => {
    const body = JSON.stringify({ specType: 'openapi', spec: 'x'.repeat(2000) });
    const small = { MAX_BODY_BYTES: '1000' };
    const chunked = new Blob([body]).stream();
    const post = { method: 'POST', headers };
    const streamed = { ...post, body: chunked, duplex: 'half' };
    expect(await refusal(engine.request('/api/analyze', { ...post, body }, small))).toEqual([413, 'body-too-large', '']);
    expect(await refusal(engine.request('/api/analyze', streamed, small))).toEqual([413, 'body-too-large', '']);
  });

  it('is refused above 25 MiB by default', async () => {
    expect(await refusal(send(`"${'x'.repeat(25 * 1024 * 1024)}"`))).toEqual([413, 'body-too-large', '']);
  });

  it('is cut off at the limit when a gzip bomb unfolds', async () => {
    const bomb = gzipSync(new Uint8Array(64 * 1024 * 1024));
    expect(bomb.byteLength).toBeLessThan(100_000);
    expect(await refusal(send(bomb, { 'Content-Encoding': 'gzip' }))).toEqual([413, 'body-too-large', '']);
  });

  it('is refused when it is nested 10,000 levels deep', async () => {
    const deep = '['.repeat(10_000) + ']'.repeat(10_000);
    expect(await refusal(send(`{"specType":"openapi","spec":{"openapi":"3.0.0","paths":${deep}}}`))).toEqual([
      400,
      'invalid-request',
      '/spec',
    ]);
    expect(await refusal(submit({ specType: 'openapi', spec: `{"openapi":"3.0.0","paths":${deep}}` }))).toEqual([
      400,
      'invalid-specification',
      '/spec',
    ]);
  });

  it('is refused when 25 MiB of brackets would fill the memory', async () => {
    expect(await refusal(send(`[${'[],'.repeat(8_000_000)}[]]`))).toEqual([400, 'invalid-request', '']);
    expect(await refusal(send('['.repeat(26_000_000)))).toEqual([400, 'invalid-request', '']);
  });

  it('is refused when a small field holds a crowd', async () => {
    const crowd = Object.fromEntries(Array.from({ length: 300_000 }, (_, index) => [`k${index}`, 1]));
    expect(await refusal(submit({ specType: 'openapi', spec: openapi, metadata: crowd }))).toEqual([400, 'invalid-request', '/metadata']);
    expect(await refusal(submit(crowd))).toEqual([400, 'invalid-request', '/k20000']);
  });

  it('is refused when it has 60,000 operations', async () => {
    const paths = Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`/${index}`, { get: {} }]));
    expect(await refusal(submit({ specType: 'openapi', spec: { ...openapi, paths } }))).toEqual([
      400,
      'invalid-specification',
      '/spec/paths',
    ]);
    const item = Array.from({ length: 60_000 }, (_, index) => ({ name: `${index}`, request: {} }));
    expect(await refusal(submit({ specType: 'postman', spec: { info: {}, item } }))).toEqual([400, 'invalid-specification', '/spec/item']);
    const fields = Array.from({ length: 60_000 }, (_, index) => `f${index}: Int`).join('\n');
    expect(await refusal(submit({ specType: 'graphql', spec: `type Query {\n${fields}\n}` }))).toEqual([
      400,
      'invalid-specification',
      '/spec',
    ]);
  });
});

describe('YAML that is larger than it looks', () => {
  it('is refused when aliases multiply', async () => {
    const lines = Array.from({ length: 12 }, (_, level) => `a${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`).join(', ')}]`);
    const bomb = ['openapi: 3.0.0', 'a0: &a0 [x, x, x]', ...lines].join('\n');
    expect(await refusal(submit({ specType: 'openapi', spec: bomb }))).toEqual([400, 'invalid-specification', '/spec']);
  });

  it('is refused when an alias names its own parent', async () => {
    expect(await refusal(submit({ specType: 'openapi', spec: 'openapi: 3.0.0\npaths: &p\n  /a: *p' }))).toEqual([
      400,
      'invalid-specification',
      '/spec',
    ]);
  });

  it('is refused when it is nested too deep or has too many lines', async () => {
    const deep = `openapi: 3.0.0\na: ${'['.repeat(5000)}${']'.repeat(5000)}`;
    expect(await refusal(submit({ specType: 'openapi', spec: deep }))).toEqual([400, 'invalid-specification', '/spec']);
    const long = `openapi: 3.0.0\nlist:\n${'- a\n'.repeat(600_000)}`;
    expect(await refusal(submit({ specType: 'openapi', spec: long }))).toEqual([400, 'invalid-specification', '/spec']);
    const { error } = await (await submit({ specType: 'openapi', spec: long })).json<{ error: string }>();
    expect(error).toContain('has more than 400000 lines and entries, and cannot be read in parts; send it as JSON');
    const larger = `openapi: 3.0.0\nx-text: ${'x'.repeat(16_000_000)}\nlist: &list\n${'- a\n'.repeat(300_000)}last: *list\n`;
    const refused = await (await submit({ specType: 'openapi', spec: larger })).json<{ error: string }>();
    expect(refused.error).toContain('has more than 280000');
  });
});

describe('a submission of the wrong shape', () => {
  it('is refused with a pointer to each fault', async () => {
    const response = await submit({ specType: 'raml', spec: 7, engine: 'gpt', colour: 'red' });
    expect(response.status).toBe(400);
    const { errors } = await response.json<{ errors: unknown }>();
    expect(errors).toEqual([
      { pointer: '/specType', detail: 'must be one of openapi, graphql, postman' },
      { pointer: '/spec', detail: 'must be a string or an object' },
      { pointer: '/engine', detail: 'must be one of auto, openhands, embedded' },
      { pointer: '/colour', detail: 'is not a field of this submission' },
    ]);
  });

  it('names what is missing', async () => {
    const response = await submit({}, '/api/generate-connector');
    const { errors } = await response.json<{ errors: { pointer: string; detail: string }[] }>();
    expect(errors.map(({ pointer }) => pointer)).toEqual(['/name', '/specType', '/spec']);
    expect(errors[0]).toEqual({ pointer: '/name', detail: 'is missing' });
  });

  it('is refused when it is no object at all', async () => {
    expect(await refusal(submit([]))).toEqual([400, 'invalid-request', '']);
    expect(await refusal(submit(null))).toEqual([400, 'invalid-request', '']);
  });

  it('is refused when a name or metadata holds control characters', async () => {
    const body = { name: 'a\u0000b', specType: 'openapi', spec: openapi };
    expect(await refusal(submit(body, '/api/generate-connector'))).toEqual([400, 'invalid-request', '/name']);
    expect(await refusal(submit({ specType: 'openapi', spec: openapi, metadata: { a: 'x\ny' } }))).toEqual([
      400,
      'invalid-request',
      '/metadata/a',
    ]);
  });

  it('says which part of a connector reference is wrong', async () => {
    const error = { message: 'it fails' };
    const files = [{ path: '../etc/passwd', content: '' }];
    expect(await refusal(submit({ connector: { files, language: 'go' }, error }, '/api/fix-connector'))).toEqual([
      400,
      'invalid-request',
      '/connector/files/0/path',
    ]);
    expect(await refusal(submit({ error }, '/api/fix-connector'))).toEqual([400, 'invalid-request', '/connector']);
    const twice = [1, 2].map(() => ({ path: 'main.go', content: '' }));
    expect(await refusal(submit({ connector: { files: twice, language: 'go' }, error }, '/api/fix-connector'))).toEqual([
      400,
      'invalid-request',
      '/connector/files/1/path',
    ]);
  });

  it('never repeats what was sent', async () => {
    const response = await submit({ specType: 'openapi', spec: openapi, authConfig: { token: 's3cret' }, webhook: { url: 's3cret' } });
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain('s3cret');
  });
});

describe('a specification that no job could use', () => {
  const cases: [string, unknown, unknown[]][] = [
    ['no version', { specType: 'openapi', spec: { info: {} } }, [400, 'invalid-specification', '/spec']],
    ['OpenAPI 4', { specType: 'openapi', spec: { openapi: '4.0.0' } }, [400, 'unsupported-specification', '/spec/openapi']],
    ['Swagger 1.2', { specType: 'openapi', spec: { swagger: '1.2' } }, [400, 'unsupported-specification', '/spec/swagger']],
    [
      'paths that are a list',
      { specType: 'openapi', spec: { openapi: '3.0.0', paths: [] } },
      [400, 'invalid-specification', '/spec/paths'],
    ],
    ['a list', { specType: 'openapi', spec: '[1]' }, [400, 'invalid-specification', '/spec']],
    ['plain words', { specType: 'openapi', spec: 'my API' }, [400, 'invalid-specification', '/spec']],
    ['broken YAML', { specType: 'openapi', spec: 'openapi: "3.0.0\npaths: [' }, [400, 'invalid-specification', '/spec']],
    ['broken JSON', { specType: 'openapi', spec: '{"openapi": "3.0.0", "paths": {' }, [400, 'invalid-specification', '/spec']],
    ['another type than it says', { specType: 'postman', spec: openapi }, [400, 'invalid-specification', '/specType']],
    ['Postman without items', { specType: 'postman', spec: { info: { name: 'x' } } }, [400, 'invalid-specification', '/spec']],
    ['GraphQL as an object', { specType: 'graphql', spec: { data: {} } }, [400, 'invalid-specification', '/spec']],
    ['GraphQL with an open brace', { specType: 'graphql', spec: 'type Query { a: Int' }, [400, 'invalid-specification', '/spec']],
    ['GraphQL without types', { specType: 'graphql', spec: 'query { a }' }, [400, 'invalid-specification', '/spec']],
  ];
  it.each(cases)('is refused: %s', async (_name, body, expected) => {
    expect(await refusal(submit(body))).toEqual(expected);
  });

  it('is refused when nothing says what it is', async () => {
    const connector = { code: 'x', language: 'go' };
    expect(await refusal(submit({ connector, spec: { hello: 1 } }, '/api/generate-tests'))).toEqual([
      400,
      'unsupported-specification',
      '/spec',
    ]);
  });
});

describe('headers that make no sense', () => {
  it('refuses an idempotency key that is empty, endless or not printable', async () => {
    for (const key of ['""', 'x'.repeat(256), 'a b', '"a']) {
      expect(await refusal(send('{}', { 'Idempotency-Key': key }))).toEqual([400, 'invalid-idempotency-key']);
    }
  });
});
