import { createMcpHandler } from '@modelcontextprotocol/server';
import { describe, expect, test } from 'vitest';
import { dynamicTools } from '../../dynamic-tools.ts';
import type { Api, Operation, Operations } from './operation.ts';
import { operationsOf } from './rows.ts';
import { catalogueOf, createServer } from './server.ts';
import { readSettings } from './settings.ts';

const api: Api = { name: 'test', title: 'Test', version: '1', baseUrl: 'https://api.example', instructions: '', credentials: {} };
const operation: Operation = {
  description: 'Reads a thing.',
  method: 'GET',
  path: '/things/{id}',
  parameters: [{ argument: 'id', in: 'path' }],
  security: [],
  inputSchema: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'], additionalProperties: false },
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true },
};

/** Asks a server as a client does, its API answering `answer` to everything. */
function asking(operations: Operations, { mode, answer = '{}' }: { readonly mode?: 'dynamic'; readonly answer?: string } = {}) {
  const own: Api = { ...api, ...(mode === undefined ? {} : { mode, tools: dynamicTools }) };
  const asked: string[] = [];
  const clockwork = {
    sleep: async () => undefined,
    fetch: async (request: Request) => {
      asked.push(request.url);
      return new Response(answer, { headers: { 'Content-Type': 'application/json' } });
    },
  };
  const catalogue = catalogueOf(own, operations);
  const handler = createMcpHandler(() => createServer(catalogue, readSettings({}, own), clockwork));
  /** `params` as a text is JSON that JSON.stringify would write otherwise. */
  const ask = async (method: string, params: object | string) => {
    const written = typeof params === 'string' ? params : JSON.stringify(params);
    const response = await handler.fetch(
      new Request('http://localhost/mcp', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' },
        body: `{"jsonrpc":"2.0","id":1,"method":"${method}","params":${written}}`,
      }),
    );
    const text = await response.text();
    return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text);
  };
  return { asked, ask, call: async (name: string, args: object) => (await ask('tools/call', { name, arguments: args })).result };
}

test('a long list comes in pages, and an unknown page is a protocol error', async () => {
  const { ask } = asking(Object.fromEntries(Array.from({ length: 250 }, (_, index) => [`tool_${index}`, operation])));
  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const { result } = await ask('tools/list', cursor === undefined ? {} : { cursor });
    names.push(...result.tools.map(({ name }: { readonly name: string }) => name));
    cursor = result.nextCursor;
  } while (cursor !== undefined);
  expect(new Set(names).size).toBe(250);
  expect((await ask('tools/list', { cursor: 'x' })).error.code).toBe(-32602);
});

test('a whole number that was rounded when it was read is told and not sent, and no other', async () => {
  const open = { ...operation, inputSchema: { type: 'object', properties: { id: {} } } } as const;
  const { asked, ask } = asking({ read: open });
  const raw = async (id: string) => (await ask('tools/call', `{"name":"read","arguments":{"id":${id}}}`)).result;
  for (const id of ['9007199254740993', '[-9007199254740992]', '{"a":18446744073709551615}', '1E400', '-1E400']) {
    const result = await raw(id);
    expect(result).toMatchObject({ isError: true, content: [{ text: 'A whole number beyond 9007199254740991 cannot be sent exactly.' }] });
  }
  expect(asked).toEqual([]);
  for (const id of ['9007199254740991', '1e21', '0.1']) await raw(id);
  expect(asked).toEqual(['9007199254740991', '1e%2B21', '0.1'].map((id) => `https://api.example/things/${id}`));
});

test('arguments that do not fit are told, and nothing is sent', async () => {
  const { asked, call } = asking({ read: operation });
  const result = await call('read', { id: 1 });
  expect(result.isError).toBe(true);
  expect(asked).toEqual([]);
});

test('an object of more members than it may have is told so', async () => {
  const { call } = asking({ read: { ...operation, inputSchema: { type: 'object', minProperties: 2, maxProperties: 2 } } });
  for (const args of [{ id: 'a' }, { id: 'a', b: 1, c: 2 }])
    expect((await call('read', args)).content[0].text).toContain('has fewer or more than 2 properties.');
});

test('a value that is listed may have a member of any name', async () => {
  const shape = { const: { format: 'round', size: 1 } };
  const { asked, call } = asking({ read: { ...operation, inputSchema: { type: 'object', properties: { id: {}, shape } } } });
  expect((await call('read', { id: 'a', shape: { size: 1 } })).isError).toBe(true);
  await call('read', { id: 'a', shape: shape.const });
  expect(asked).toHaveLength(1);
});

describe('an answer of a tool with an output schema', () => {
  const outputSchema = { type: 'object', properties: { id: { type: ['integer', 'null'] }, name: { type: ['string', 'null'] } } } as const;
  const structured = async (answer: string) =>
    (await asking({ read: { ...operation, outputSchema } }, { answer }).call('read', { id: 'a' })).structuredContent;

  test('is structured', async () => {
    expect(await structured('{"id":1,"more":true}')).toEqual({ id: 1, more: true });
  });

  test('leaves out what the specification got wrong, because a client would throw all of it away', async () => {
    expect(await structured('{"id":"one","name":"A"}')).toEqual({ name: 'A' });
    expect(await structured('[1,2]')).toEqual({ result: [1, 2] });
    expect(await structured('no JSON')).toEqual({});
  });
});

describe('the dynamic mode', () => {
  test('searches, describes and calls', async () => {
    const { asked, ask, call } = asking({ readThing: operation }, { mode: 'dynamic', answer: '{"ok":true}' });
    const { result } = await ask('tools/list', {});
    expect(result.tools.map(({ name }: { readonly name: string }) => name)).toEqual([
      'search_operations',
      'describe_operation',
      'call_operation',
    ]);
    expect(JSON.parse((await call('search_operations', { query: 'thing' })).content[0].text).operations[0].operation).toBe('readThing');
    expect(JSON.parse((await call('describe_operation', { operation: 'readThing' })).content[0].text).inputSchema).toEqual(
      operation.inputSchema,
    );
    expect((await call('call_operation', { operation: 'readThing', arguments: { id: 'a/b' } })).content[0].text).toBe('{"ok":true}');
    expect(asked).toEqual(['https://api.example/things/a%2Fb']);
  });

  test('tells what is wrong with a name or with arguments', async () => {
    const { asked, call } = asking({ readThing: operation }, { mode: 'dynamic' });
    for (const args of [{ operation: 'constructor' }, { operation: 'readThing', arguments: { id: 1 } }, {}])
      expect((await call('call_operation', args)).isError).toBe(true);
    expect(asked).toEqual([]);
  });
});

test('rows stand for the operations they were made of', () => {
  const { parameters, inputSchema } = operation;
  const row = { ...operation, parameters: [0], inputSchema: { ...inputSchema, properties: { id: 1 } } };
  const shared = [JSON.stringify(parameters[0]), JSON.stringify({ type: 'string' })];
  expect(operationsOf(shared, [JSON.stringify(['read', row])])).toEqual({ read: operation });
});
