/**
 * Python connectors as each platform runs them, without the platform: installed from their own requirements by
 * hash, called by both client SDKs against a mock upstream, and held to what a TypeScript connector sends.
 */
import { languages, mockUpstream, planConnector, sampleCalls, type WireCase } from '@mcpoverflow/connectors';
import { supportedRuntimes } from '@mcpoverflow/types';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningConnector, serveUpstream, startConnector, writeConnector } from '../support/connector-process.ts';
import { clientV1, clientV2, textOf } from '../support/mcp-clients.ts';
import {
  pythonOf,
  pythonToolchain,
  pythonWith,
  runPython,
  startPythonConnector,
  writePythonConnector,
} from '../support/python-connector.ts';
import { bookshop, connectorOf, corpus, modelOf } from '../support/specifications.ts';

const toolchain = pythonToolchain();
if (toolchain !== true) {
  if (process.env.CI) throw new Error(toolchain);
  console.warn(`Skipped: ${toolchain}`);
}

const runtimeFolder = new URL('../../packages/connectors/src/languages/python/runtime/', import.meta.url).pathname;

describe.runIf(toolchain === true)('the Python runtime', () => {
  test('passes its own tests', async () => {
    const python = pythonOf(connectorOf(modelOf(bookshop), { language: 'python', runtime: 'docker' }).files);
    const tests = await runPython(python, runtimeFolder, ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', 'connector']);
    expect(tests.code, tests.output).toBe(0);
  });
});

describe.runIf(toolchain === true).each(supportedRuntimes('python'))('a Python connector for %s', (runtime) => {
  const model = modelOf(bookshop);
  const connector = connectorOf(model, { language: 'python', runtime });
  let python: string;
  let folder: string;
  let remove: () => void;
  let running: RunningConnector;
  let upstream: Awaited<ReturnType<typeof serveUpstream>>;
  let variables: Readonly<Record<string, string>>;

  beforeAll(async () => {
    python = pythonOf(connector.files);
    ({ folder, remove } = writePythonConnector(connector.files));
    upstream = await serveUpstream(mockUpstream(model));
    variables = { BASE_URL: upstream.url, API_KEY_KEY: 'secret' };
    running = await startPythonConnector(python, folder, runtime, variables);
  });
  afterAll(async () => {
    await running?.stop();
    await upstream?.stop();
    remove();
  });

  test('is formatted and passes a linter, and its manifest is TOML', async () => {
    const ruff = pythonWith('ruff==0.17.6');
    const sources = ['connector', ...(runtime === 'vercel' ? ['api'] : [])];
    expect(await runPython(ruff, folder, ['-m', 'ruff', 'format', '--check', '--quiet', ...sources])).toEqual({ code: 0, output: '' });
    const lint = await runPython(ruff, folder, ['-m', 'ruff', 'check', '--quiet', '--select', 'E,F,I,UP,B,SIM,N,C4', ...sources]);
    expect(lint, lint.output).toEqual({ code: 0, output: '' });
    const toml = await runPython(python, folder, ['-c', 'import tomllib; tomllib.load(open("pyproject.toml", "rb"))']);
    expect(toml).toEqual({ code: 0, output: '' });
  });

  test('names no registry, and locks every package it asks for by a hash', () => {
    const requirements = connector.files.filter(({ path }) => path.startsWith('requirements')).map(({ content }) => content);
    for (const text of requirements) {
      expect(text).not.toMatch(/https?:/);
      for (const entry of text.split(/\n(?=[a-z])/).filter((each) => !each.startsWith('-r')))
        expect(entry).toMatch(/^[a-z0-9-]+==\S+ (; [^\\]+)?\\\n +--hash=sha256:/);
    }
  });

  test.each([
    ['v1', clientV1],
    ['v2', clientV2],
  ] as const)('is listed and called by the client SDK %s', async (_version, connect) => {
    const client = await connect(running.url);
    const listed = await client.listTools();
    expect(listed.map(({ name }) => name)).toEqual(connector.tools.map(({ name }) => name));
    for (const { name, inputSchema, outputSchema } of connector.tools)
      expect(listed.find((tool) => tool.name === name)).toMatchObject({ inputSchema, ...(outputSchema && { outputSchema }) });
    for (const { tool, arguments: args } of sampleCalls(connector.tools)) {
      const before = upstream.requests.length;
      const result = await client.callTool(tool, args);
      expect(result.isError, `${tool}: ${textOf(result)}`).toBeFalsy();
      expect(upstream.requests.length).toBe(before + 1);
    }
    await client.close();
  });

  test('turns away web pages of other hosts, other methods, and callers without its token', async () => {
    const call = (url: string, headers: Record<string, string>) =>
      fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: '{}' });
    expect((await call(running.url, { Origin: 'https://evil.example' })).status).toBe(403);
    expect((await call(running.url, { Origin: 'http://localhost:1' })).status).not.toBe(403);
    expect((await fetch(running.url)).status).toBe(405);
    const guarded = await startPythonConnector(python, folder, runtime, { ...variables, CONNECTOR_TOKEN: 'token' });
    expect((await call(guarded.url, {})).status).toBe(401);
    expect((await call(guarded.url, { Authorization: 'Bearer token' })).status).not.toBe(401);
    await guarded.stop();
  });
});

describe.runIf(toolchain === true)('a generated Python suite', () => {
  test('passes beside its connector, and fails when the connector sends something else', async () => {
    const planned = planConnector(modelOf(bookshop), { name: 'Bookshop', language: 'python', runtime: 'docker' });
    if (!planned.ok) throw new Error(planned.error.message);
    const { plan } = planned.value;
    const [[tool, operation] = []] = [...plan.operations].filter(
      ([, { method, inputSchema }]) => method === 'GET' && inputSchema.required === undefined,
    );
    if (tool === undefined || operation === undefined) throw new Error('The bookshop has no operation that needs no argument.');
    const wireCase = (target: string): WireCase => ({
      name: 'the operation is called',
      tool,
      arguments: {},
      answers: [{ status: 200, headers: { 'content-type': 'application/json' }, body: '{}' }],
      requests: [{ method: 'GET', target }],
      result: { isError: false },
    });
    for (const [target, code] of [
      [operation.path, 0],
      ['/elsewhere', 1],
    ] as const) {
      const files = [...languages.python.connectorFiles(plan), ...languages.python.testFiles(plan, [wireCase(target)])];
      const { folder, remove } = writePythonConnector(files);
      const suite = await runPython(pythonOf(files), folder, ['-m', 'pytest', '-q']);
      expect(suite.code, suite.output).toBe(code);
      remove();
    }
  });
});

/** What identifies a request; a multipart boundary is anybody's. */
const seen = ({
  method,
  url,
  headers,
  body,
}: {
  method: string;
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string | null;
}) => {
  const boundary = /boundary=(\S+)/.exec(headers['content-type'] ?? '')?.[1];
  const withoutBoundary = (text: string) => (boundary === undefined ? text : text.replaceAll(boundary, 'boundary'));
  const { accept, authorization, cookie, 'content-type': type, 'user-agent': agent } = headers;
  return { method, url, accept, agent, authorization, cookie, type: type && withoutBoundary(type), body: body && withoutBoundary(body) };
};

describe.runIf(toolchain === true)('what a Python connector sends', () => {
  test.each([
    ['petstore.yaml', 'list'],
    ['resend.yaml', 'list'],
    ['postman21-echo.json', 'list'],
    ['swapi.graphql', 'list'],
    ['slack.swagger2.json', 'list'],
    ['slack.swagger2.json', 'dynamic'],
  ] as const)('for %s as a %s is what a TypeScript connector sends', async (name, mode) => {
    const model = modelOf(new URL(name, corpus));
    const connector = connectorOf(model, { language: 'python', customizations: { mode } });
    const reference = connectorOf(model, { customizations: { mode } });
    const ours = writePythonConnector(connector.files);
    const theirs = writeConnector(reference.files);
    const upstream = await serveUpstream(mockUpstream(model));
    const variables = { BASE_URL: upstream.url };
    const both = [
      await startPythonConnector(pythonOf(connector.files), ours.folder, 'docker', variables),
      await startConnector(theirs.folder, variables),
    ];
    const clients = await Promise.all(both.map(({ url }) => clientV2(url)));
    const lists = await Promise.all(clients.map((client) => client.listTools()));
    expect(lists[0]).toEqual(lists[1]);
    const searches = ['message', 'list users', 'zebra', 'Größe -- channels'].flatMap((query) => [
      { tool: 'search_operations', arguments: { query } },
      { tool: 'search_operations', arguments: { query, limit: 3 } },
    ]);
    const tried = mode === 'dynamic' ? searches : [];
    for (const { tool, arguments: args } of [...tried, ...sampleCalls(reference.tools)]) {
      const results = [];
      const requests = [];
      for (const client of clients) {
        upstream.requests.length = 0;
        results.push(await client.callTool(tool, args));
        requests.push(upstream.requests.map(seen));
      }
      expect(requests[0], tool).toEqual(requests[1]);
      expect(results[0]?.content, tool).toEqual(results[1]?.content);
      expect(results[0]?.structuredContent, tool).toEqual(results[1]?.structuredContent);
    }
    await Promise.all(clients.map((client) => client.close()));
    for (const running of both) await running.stop();
    await upstream.stop();
    for (const { remove } of [ours, theirs]) remove();
  });
});
