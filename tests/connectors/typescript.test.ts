/**
 * Every specification of the corpus as a TypeScript connector: installed from its own lockfile, type-checked,
 * started as a Node server, listed by the clients of both SDKs and by MCP Inspector, and called.
 *
 * Each is tried as a list of tools, whatever its size, because a list is where names, schemas and references
 * can be wrong; what no list may hold is tried through the three tools that stand for it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { mockUpstream, sampleCalls } from '@mcpoverflow/connectors';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serveUpstream, startNodeServer, typeCheck, writeConnector } from '../support/connector-process.ts';
import { clientV1, clientV2, type ListedTool, type McpClient, textOf } from '../support/mcp-clients.ts';
import { environment, installedConnector, installedPackages } from '../support/npm-packages.ts';
import { bookshop, connectorOf, corpus, corpusFiles, modelOf } from '../support/specifications.ts';

/** A list longer than this no connector offers. */
const MAX_LISTED = 2000;
/** Tools called per specification: the first, and others spread over the rest. */
const CALLED = 25;

const files = [bookshop, ...corpusFiles().map((name) => new URL(name, corpus))];
if (files.length === 1) console.warn(`\n!!! ${corpus.pathname} is missing: NO real specification is tested.\n`);
test.runIf(process.env.CI !== undefined)('the corpus is there', () => expect(files.length).toBeGreaterThan(20));

const inspector = join(installedPackages({ '@modelcontextprotocol/inspector': '2.12.0' }), 'node_modules/.bin/mcp-inspector');

interface Subject {
  readonly connector: ReturnType<typeof connectorOf>;
  readonly operations: number;
  readonly folder: string;
  readonly url: string;
  readonly clients: readonly McpClient[];
  readonly lists: readonly (readonly ListedTool[])[];
  readonly requests: readonly unknown[];
  end(): Promise<void>;
}

/** Null for a document without operations: it describes webhooks only, and there is nothing to call. */
async function startSubject(file: URL): Promise<Subject | null> {
  const model = modelOf(file);
  const operations = model.operations.length;
  if (operations === 0) return null;
  const connector = connectorOf(model, { customizations: { mode: operations > MAX_LISTED ? 'dynamic' : 'list' } });
  const written = writeConnector(connector.files, join(installedConnector(connector.files), 'node_modules'));
  const upstream = await serveUpstream(mockUpstream(model));
  const running = await startNodeServer(written.folder, { BASE_URL: upstream.url });
  const clients = [await clientV1(running.url), await clientV2(running.url)];
  const lists = [];
  for (const client of clients) lists.push(await client.listTools());
  return {
    connector,
    operations,
    folder: written.folder,
    url: running.url,
    clients,
    lists,
    requests: upstream.requests,
    async end() {
      for (const client of clients) await client.close();
      await running.stop();
      await upstream.stop();
      written.remove();
    },
  };
}

describe.each(files.map((file) => [file.pathname.split('/').at(-1) ?? '', file] as const))('%s', (_, file) => {
  let started: Subject | null = null;
  beforeAll(async () => {
    started = await startSubject(file);
  });
  afterAll(async () => {
    await started?.end();
    // Models of the corpus are large, and all of them would be kept until the last test.
    started = null;
  });
  const check = (name: string, look: (subject: Subject) => Promise<void> | void): void =>
    test(name, async ({ skip }) => (started === null ? skip() : look(started)));

  check('type-checks', async ({ folder }) => {
    expect(await typeCheck(folder)).toBe('');
  });

  check('offers every operation, under a name that every client takes', ({ connector, operations }) => {
    const names = connector.tools.map(({ name }) => name);
    expect(names.length + connector.skipped.length).toBe(operations > MAX_LISTED ? 3 : operations);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
  });

  check('is listed alike by both clients, and as the result describes it', ({ connector, lists }) => {
    const described = connector.tools.map(({ name, inputSchema, outputSchema }) => ({ name, inputSchema, outputSchema }));
    for (const list of lists)
      expect(list.map(({ name, inputSchema, outputSchema }) => ({ name, inputSchema, outputSchema }))).toEqual(described);
  });

  check('has schemas that are valid and whose references lead somewhere', ({ connector }) => {
    const complaints: string[] = [];
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    for (const tool of connector.tools) {
      for (const schema of [tool.inputSchema, tool.outputSchema ?? {}]) {
        try {
          ajv.compile(schema);
        } catch (error) {
          complaints.push(`${tool.name}: ${error}`);
        }
      }
    }
    expect(complaints).toEqual([]);
  });

  check('passes MCP Inspector', async ({ url }) => {
    const args = ['--cli', url, '--transport', 'http', '--method', 'tools/list', '--strict'];
    const run = spawn(inspector, args, { env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
    let complaints = '';
    run.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaints = (complaints + text).slice(-2000);
    });
    const [code] = await once(run, 'close');
    expect(code, complaints).toBe(0);
  });

  check('calls the API as its specification wants it', async (subject) => {
    if (subject.operations > MAX_LISTED) await callThroughThree(subject);
    else await callFromList(subject);
  });
});

async function callFromList({ connector, clients, requests }: Subject): Promise<void> {
  const step = Math.max(1, Math.floor(connector.tools.length / CALLED));
  const calls = sampleCalls(connector.tools).filter((_call, index) => index % step === 0);
  const failures: string[] = [];
  for (const [index, { tool, arguments: args }] of calls.entries()) {
    const result = await clients[index % 2]?.callTool(tool, args);
    if (result?.isError === true) failures.push(`${tool} ${JSON.stringify(args)}: ${JSON.stringify(result.content)}`);
  }
  expect(failures).toEqual([]);
  expect(requests.length).toBeGreaterThanOrEqual(calls.length);
}

async function callThroughThree({ clients, requests }: Subject): Promise<void> {
  for (const client of clients) {
    const search = JSON.parse(textOf(await client.callTool('search_operations', { query: 'list messages', limit: 3 })));
    expect(search.operations).toHaveLength(3);
    const [{ operation }] = search.operations;
    const { inputSchema } = JSON.parse(textOf(await client.callTool('describe_operation', { operation })));
    const [call] = sampleCalls([{ name: operation, inputSchema }]);
    const before = requests.length;
    const result = await client.callTool('call_operation', { operation, arguments: call?.arguments });
    expect(result.isError, textOf(result)).toBeFalsy();
    expect(requests.length).toBe(before + 1);
  }
}
