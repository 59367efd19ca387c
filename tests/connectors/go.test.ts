/**
 * Go connectors as each platform runs them, without the platform: built with the modules of their own `go.sum`,
 * called by both client SDKs against a mock upstream, and held to what a TypeScript connector sends.
 */
import { languages, mockUpstream, planConnector, sampleCalls, type WireCase } from '@mcpoverflow/connectors';
import { supportedRuntimes } from '@mcpoverflow/types';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningConnector, serveUpstream, startConnector, writeConnector } from '../support/connector-process.ts';
import { goTool, goToolchain, startGoConnector, writeGoConnector } from '../support/go-connector.ts';
import { clientV1, clientV2, textOf } from '../support/mcp-clients.ts';
import { requestMatrix } from '../support/request-matrix.ts';
import { bookshop, connectorOf, corpus, modelOf } from '../support/specifications.ts';
import { goWireRunner } from '../support/wire-runner-go.ts';

const toolchain = goToolchain();
if (toolchain !== true) {
  if (process.env.CI) throw new Error(toolchain);
  console.warn(`Skipped: ${toolchain}`);
}

const runtimeFolder = new URL('../../packages/connectors/src/languages/go/runtime/', import.meta.url).pathname;

describe.runIf(toolchain === true)('the Go runtime', () => {
  test('is formatted, vetted and passes its own tests', async () => {
    expect((await goTool(runtimeFolder, 'gofmt', ['-l', '.'])).output).toBe('');
    expect(await goTool(runtimeFolder, 'go', ['vet', './...'])).toEqual({ code: 0, output: '' });
    const tests = await goTool(runtimeFolder, 'go', ['test', './...']);
    expect(tests.code, tests.output).toBe(0);
  });
});

describe.runIf(toolchain === true).each(supportedRuntimes('go'))('a Go connector for %s', (runtime) => {
  const model = modelOf(bookshop);
  const connector = connectorOf(model, { language: 'go', runtime });
  let folder: string;
  let remove: () => void;
  let running: RunningConnector;
  let upstream: Awaited<ReturnType<typeof serveUpstream>>;
  let variables: Readonly<Record<string, string>>;

  beforeAll(async () => {
    ({ folder, remove } = writeGoConnector(connector.files));
    upstream = await serveUpstream(mockUpstream(model));
    variables = { BASE_URL: upstream.url, API_KEY_KEY: 'secret' };
    running = await startGoConnector(folder, runtime, variables);
  });
  afterAll(async () => {
    await running?.stop();
    await upstream?.stop();
    remove();
  });

  test('is formatted, vetted, and asks for no module more or less than it locks', async () => {
    expect((await goTool(folder, 'gofmt', ['-l', '.'])).output).toBe('');
    expect(await goTool(folder, 'go', ['vet', './...'])).toEqual({ code: 0, output: '' });
    expect(await goTool(folder, 'go', ['mod', 'tidy', '-diff'])).toEqual({ code: 0, output: '' });
  });

  test.each([
    ['v1', clientV1],
    ['v2', clientV2],
  ] as const)('is listed and called by the client SDK %s', async (_version, connect) => {
    const client = await connect(running.url);
    const listed = await client.listTools();
    expect(new Set(listed.map(({ name }) => name))).toEqual(new Set(connector.tools.map(({ name }) => name)));
    for (const { name, inputSchema } of connector.tools)
      expect(listed.find((tool) => tool.name === name)?.inputSchema).toEqual(inputSchema);
    for (const { tool, arguments: args } of sampleCalls(connector.tools)) {
      const before = upstream.requests.length;
      const result = await client.callTool(tool, args);
      expect(result.isError, `${tool}: ${textOf(result)}`).toBeFalsy();
      expect(upstream.requests.length).toBe(before + 1);
    }
    await client.close();
  });

  test('turns away web pages of other hosts, and callers without its token', async () => {
    const call = (url: string, headers: Record<string, string>) =>
      fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: '{}' });
    expect((await call(running.url, { Origin: 'https://evil.example' })).status).toBe(403);
    const guarded = await startGoConnector(folder, runtime, { ...variables, CONNECTOR_TOKEN: 'token' });
    expect((await call(guarded.url, {})).status).toBe(401);
    expect((await call(guarded.url, { Authorization: 'Bearer token' })).status).not.toBe(401);
    await guarded.stop();
  });
});

describe.runIf(toolchain === true)('a generated Go suite', () => {
  test('passes beside its connector, and fails when the connector sends something else', async () => {
    const planned = planConnector(modelOf(bookshop), { name: 'Bookshop', language: 'go', runtime: 'docker' });
    if (!planned.ok) throw new Error(planned.error.message);
    const { plan } = planned.value;
    const { tool = '' } = sampleCalls(planned.value.tools).find(({ arguments: args }) => Object.keys(args).length === 0) ?? {};
    const operation = plan.operations.get(tool);
    if (operation === undefined) throw new Error('The bookshop has no operation that can be called without arguments.');
    const wireCase = (target: string): WireCase => ({
      name: 'the operation is called',
      tool,
      arguments: {},
      answers: [{ status: 200, headers: { 'content-type': 'application/json' }, body: '{}' }],
      requests: [{ method: operation.method, target }],
      result: { isError: false },
    });
    for (const [target, code] of [
      [operation.path, 0],
      ['/elsewhere', 1],
    ] as const) {
      const { folder, remove } = writeGoConnector([
        ...languages.go.connectorFiles(plan),
        ...languages.go.testFiles(plan, [wireCase(target)]),
      ]);
      const suite = await goTool(folder, 'go', ['test', './...']);
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
  const { accept, authorization, cookie, 'content-type': type } = headers;
  return { method, url, accept, authorization, cookie, type: type && withoutBoundary(type), body: body && withoutBoundary(body) };
};

describe.runIf(toolchain === true)('what a Go connector sends', () => {
  test('in every style, place and body is what the TypeScript runtime writes', async () => {
    const { plan, cases } = await requestMatrix();
    const failed = [...(await goWireRunner.play(plan, cases))].filter(([, verdict]) => verdict !== true);
    expect(failed).toEqual([]);
  });

  test.each(['petstore.yaml', 'resend.yaml', 'postman21-echo.json', 'swapi.graphql', 'slack.swagger2.json'])(
    'for %s is what a TypeScript connector sends',
    async (name) => {
      const model = modelOf(new URL(name, corpus));
      const connector = connectorOf(model, { language: 'go', customizations: { mode: 'list' } });
      const reference = connectorOf(model, { customizations: { mode: 'list' } });
      const go = writeGoConnector(connector.files);
      const typescript = writeConnector(reference.files);
      const upstream = await serveUpstream(mockUpstream(model));
      const variables = { BASE_URL: upstream.url };
      const both = [await startGoConnector(go.folder, 'docker', variables), await startConnector(typescript.folder, variables)];
      const clients = await Promise.all(both.map(({ url }) => clientV2(url)));
      for (const { tool, arguments: args } of sampleCalls(reference.tools)) {
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
      for (const { remove } of [go, typescript]) remove();
    },
  );
});
