/**
 * Python connectors build the requests that TypeScript connectors build, to the byte: random operations with
 * random arguments through both builders. What no wire case thought of is found here.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Api, Body, Field, Operation, Parameter } from '../../packages/connectors/src/languages/typescript/runtime/operation.ts';
import { type Arguments, buildRequest, UnusableArguments } from '../../packages/connectors/src/languages/typescript/runtime/request.ts';
import { readSettings } from '../../packages/connectors/src/languages/typescript/runtime/settings.ts';
import { pythonOf, pythonToolchain } from '../support/python-connector.ts';
import { bookshop, connectorOf, modelOf } from '../support/specifications.ts';

const REQUESTS = 3000;
const toolchain = pythonToolchain();
if (toolchain !== true) {
  if (process.env.CI) throw new Error(toolchain);
  console.warn(`Skipped: ${toolchain}`);
}

const runtime = fileURLToPath(new URL('../../packages/connectors/src/languages/python/runtime/', import.meta.url));
const program = fileURLToPath(new URL('../support/python-requests.py', import.meta.url));

interface Asked {
  readonly operation: Operation;
  readonly arguments: Arguments;
  readonly api: Api;
  readonly environment: Readonly<Record<string, string>>;
}

// JavaScript puts keys that are numbers first.
const isName = (text: string): boolean => !/^\d+$/.test(text) && text !== '__proto__';
const name = fc.oneof(
  fc.constantFrom('id', 'tags', 'X-Trace', 'filter[x]', 'a b', 'größe', 'q"uote', "it's"),
  fc.string({ minLength: 1, maxLength: 8 }).filter(isName),
);
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('', '.', '..', 'a/b', '100%', '%2F', "it's", 'é€😀', 'a\r\nb'),
);
const key = fc.string({ minLength: 1, maxLength: 6 }).filter(isName);
// A whole number beyond 2^53 is what TypeScript alone refuses: its SDK has rounded it (request.test.ts).
const isExact = (given: number): boolean => Number.isSafeInteger(given) || !/^-?\d+$/.test(String(given));
const number = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter(isExact),
  fc.constantFrom(0.1, 1e-7, 1.5e21, -0.000001),
);
const scalar = fc.oneof(text, number, fc.boolean(), fc.constant(null));
const value = fc.letrec((tie) => ({
  any: fc.oneof({ maxDepth: 2 }, scalar, fc.array(tie('any'), { maxLength: 3 }), fc.dictionary(key, tie('any'), { maxKeys: 3 })),
})).any;

const names = {
  path: fc.constantFrom('id', 'X-Trace', 'filter[x]'),
  query: name,
  querystring: name,
  header: fc.constantFrom('X-One', 'x-two', 'Accept'),
  cookie: name,
};
const queryStyle = fc.constantFrom('form', 'spaceDelimited', 'pipeDelimited', 'deepObject');
const parameter: fc.Arbitrary<Parameter> = fc.constantFrom('path', 'query', 'querystring', 'header', 'cookie').chain((place) =>
  fc.record(
    {
      argument: fc.constantFrom('a', 'b', 'c', 'constructor'),
      name: names[place],
      in: fc.constant(place),
      style: place === 'path' ? fc.constantFrom('simple', 'label', 'matrix') : queryStyle,
      explode: fc.boolean(),
      allowReserved: fc.boolean(),
      json: fc.boolean(),
    },
    { requiredKeys: ['argument', 'in'] },
  ),
);

const field: fc.Arbitrary<Field> = fc.record(
  {
    argument: fc.constantFrom('a', 'b', 'c', 'file'),
    name,
    style: fc.constantFrom('form', 'spaceDelimited', 'pipeDelimited', 'deepObject'),
    explode: fc.boolean(),
    contentType: fc.constantFrom('image/png', 'Text/Plain', 'text/x\r\nX-Evil: 1'),
    file: fc.boolean(),
  },
  { requiredKeys: ['argument'] },
);

const mediaType = fc.constantFrom('application/json', 'application/vnd.api+json; v=1', 'text/plain');
const argument = fc.constantFrom('a', 'file');
const fields = fc.array(field, { maxLength: 3 });
const body: fc.Arbitrary<Body> = fc.oneof(
  fc.record({ mediaType, kind: fc.constantFrom('json', 'form', 'multipart', 'text', 'binary'), argument }),
  fc.record({ mediaType, kind: fc.constantFrom('json', 'form', 'multipart'), required: fc.boolean(), fields }),
  fc.record({ mediaType, kind: fc.constant('graphql' as const), document: fc.constant('query Q { q }'), fields }),
);

const operation: fc.Arbitrary<Operation> = fc.record(
  {
    description: fc.constant(''),
    method: fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE'),
    path: fc.constantFrom(
      '/things',
      '/things/{id}',
      '/a b/{id}/{X-Trace}.json',
      '/%7Bx%7D/$count()',
      '/x?beta=true&b=%20+',
      '/{filter[x]}/ü#f',
    ),
    server: fc.constantFrom('https://other.example/v2/', 'http://other.example:8080'),
    parameters: fc.array(parameter, { maxLength: 5 }),
    body,
    security: fc.subarray([['key'], ['cookie', 'bearer'], ['header'], ['basic'], []]),
    inputSchema: fc.constant({ type: 'object' as const }),
    annotations: fc.constant({ readOnlyHint: false, destructiveHint: true, idempotentHint: false }),
  },
  { requiredKeys: ['description', 'method', 'path', 'parameters', 'security', 'inputSchema', 'annotations'] },
);

const api: Api = {
  name: 'test',
  title: 'Test',
  version: '1',
  baseUrl: 'https://api.example/v1/',
  instructions: '',
  credentials: {
    key: { kind: 'apiKey', in: 'query', parameter: "api key's", variable: 'KEY' },
    cookie: { kind: 'apiKey', in: 'cookie', parameter: 'session', variable: 'SESSION' },
    header: { kind: 'apiKey', in: 'header', parameter: 'X-Key', variable: 'HEADER' },
    bearer: { kind: 'bearer', variable: 'TOKEN' },
    basic: { kind: 'basic', usernameVariable: 'USERNAME', passwordVariable: 'PASSWORD' },
  },
};

const asked: fc.Arbitrary<Asked> = fc.record({
  operation,
  arguments: fc.record({ a: value, b: value, c: value, file: fc.oneof(fc.base64String(), text), constructor: text }, { requiredKeys: [] }),
  api: fc.constant(api),
  environment: fc.record(
    {
      BASE_URL: fc.constantFrom('http://127.0.0.1:8080/base/', 'https://API.example:443/v1?x=1#f', 'ftp://api.example', 'nonsense'),
      KEY: fc.constantFrom("k&y's", 'kéy'),
      SESSION: fc.constant('s; t'),
      HEADER: fc.constantFrom('h', 'hé'),
      TOKEN: fc.constant('t'),
      USERNAME: fc.constant('üser'),
      PASSWORD: fc.constant('p'),
    },
    { requiredKeys: [] },
  ),
});

/** A multipart boundary is anybody's, and reaches both the header and the body. */
function withoutBoundary(type: string | undefined, content: string): string {
  const boundary = /boundary=(\S+)/.exec(type ?? '')?.[1];
  return boundary === undefined ? content : content.replaceAll(boundary, 'boundary');
}

interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function comparable({ method, url, headers: { 'content-type': type, ...headers }, body }: Sent) {
  const bytes = Buffer.from(body, 'base64').toString('latin1');
  return { method, url, headers, type: type && withoutBoundary(type, type), body: withoutBoundary(type, bytes) };
}

async function byTypeScript({ operation, arguments: args, api, environment }: Asked): Promise<unknown> {
  try {
    const { request, missingCredentials } = buildRequest(operation, args, api, readSettings(environment, api));
    const bytes = Buffer.from(await request.arrayBuffer()).toString('base64');
    const sent = { method: request.method, url: request.url, headers: Object.fromEntries(request.headers), body: bytes };
    return { ...comparable(sent), missing: missingCredentials };
  } catch (error) {
    return { refused: error instanceof UnusableArguments ? error.message : 'unsendable' };
  }
}

function byPython(python: string, all: readonly Asked[]): unknown[] {
  const input = all.map((each) => JSON.stringify(each)).join('\n');
  const run = spawnSync(python, [program, runtime], { input, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
  if (run.status !== 0) throw new Error(run.stderr);
  return run.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .map((sent) => (sent.refused === undefined ? { ...comparable(sent), missing: sent.missing } : sent));
}

describe.runIf(toolchain === true)('a request', () => {
  test('is the same in Python and in TypeScript, to the byte', async () => {
    const all = fc.sample(asked, { numRuns: REQUESTS, seed: 6 });
    const ours = byPython(pythonOf(connectorOf(modelOf(bookshop), { language: 'python' }).files), all);
    expect(ours.length).toBe(all.length);
    for (const [index, each] of all.entries()) expect(ours[index], JSON.stringify(each)).toEqual(await byTypeScript(each));
  });
});
