/**
 * Numbers that JavaScript cannot hold, in connectors of every language. No client's JSON writes them (infinity becomes
 * null), so they are sent as they would be on the wire, where models and other languages do write them.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { buildModel } from '@mcpoverflow/connectors';
import type { Language } from '@mcpoverflow/types';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningConnector, startConnector, writeConnector } from '../support/connector-process.ts';
import { goToolchain, startGoConnector, writeGoConnector } from '../support/go-connector.ts';
import { pythonOf, pythonToolchain, startPythonConnector, writePythonConnector } from '../support/python-connector.ts';
import { connectorOf } from '../support/specifications.ts';

const query = ['whole', 'number', 'any'].map((name) => ({
  name,
  in: 'query',
  schema: { whole: { type: 'integer' }, number: { type: 'number' } }[name] ?? {},
}));
const model = buildModel({
  openapi: '3.1.0',
  info: { title: 'Numbers', version: '1' },
  paths: { '/': { get: { operationId: 'read', parameters: query, responses: {} } } },
});
if (!model.ok) throw new Error(model.error.message);
const specified = model.value;

let asked: string[] = [];
const api = createServer((request, response) => {
  asked.push(request.url ?? '');
  response.end('fine');
});
let variables: Readonly<Record<string, string>>;
beforeAll(async () => {
  api.listen(0, '127.0.0.1');
  await once(api, 'listening');
  const address = api.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  variables = { BASE_URL: `http://127.0.0.1:${address.port}` };
});
afterAll(() => {
  api.close();
});

interface Started {
  readonly running: RunningConnector;
  remove(): void;
}

const languages: Readonly<Record<Language, { readonly missing: true | string; start(): Promise<Started> }>> = {
  typescript: {
    missing: true,
    async start() {
      const { folder, remove } = writeConnector(connectorOf(specified).files);
      return { running: await startConnector(folder, variables), remove };
    },
  },
  python: {
    missing: pythonToolchain(),
    async start() {
      const { files } = connectorOf(specified, { language: 'python' });
      const { folder, remove } = writePythonConnector(files);
      return { running: await startPythonConnector(pythonOf([...files]), folder, 'docker', variables), remove };
    },
  },
  go: {
    missing: goToolchain(),
    async start() {
      const { folder, remove } = writeGoConnector(connectorOf(specified, { language: 'go' }).files);
      return { running: await startGoConnector(folder, 'docker', variables), remove };
    },
  },
};

describe.each(Object.entries(languages))('a connector in %s', (language, { missing, start }) => {
  if (missing !== true) {
    test.skipIf(process.env.CI === undefined)(`cannot be started: ${missing}`, () => expect.fail(missing));
    return;
  }
  let started: Started;
  beforeAll(async () => {
    started = await start();
  });
  afterAll(async () => {
    await started?.running.stop();
    started?.remove();
  });

  /** What the connector answers to arguments that are written so. */
  async function told(written: string): Promise<string> {
    asked = [];
    const response = await fetch(started.running.url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' },
      body: `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","arguments":${written}}}`,
    });
    return response.text();
  }

  test.each(['1E400', '-1e999999999', '1.7976931348623159e308', '9007199254740993.0', '9.007199254740993e15', '1e20'])(
    'refuses %s with the same sentence wherever it stands',
    async (written) => {
      for (const place of [`{"whole":${written}}`, `{"number":${written}}`, `{"any":{"list":[${written}]}}`]) {
        expect(await told(place), place).toContain('"A whole number beyond 9007199254740991 cannot be sent exactly."');
        expect(asked).toEqual([]);
      }
    },
  );

  test('sends what is near enough', async () => {
    const answer = await told('{"whole":9007199254740991,"number":1e-400,"any":1e300}');
    expect(answer).toContain('fine');
    expect(asked).toEqual(['/?whole=9007199254740991&number=0&any=1e%2B300']);
  });

  test('sends whole numbers beyond 2^53 exactly, or not at all', async () => {
    const answer = await told('{"whole":9007199254740993}');
    if (language === 'typescript') expect(answer).toContain('cannot be sent exactly');
    else expect(asked).toEqual(['/?whole=9007199254740993']);
  });
});
