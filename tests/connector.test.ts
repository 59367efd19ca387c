/**
 * A connector outside of this project: type-checked by TypeScript, started in Node, called by the MCP
 * client SDK, its API played by a mock made from the same specification. Two small ones, so that `npm test`
 * stays short; `tests/connectors` tries every specification, platform and client.
 */
import { existsSync, readFileSync } from 'node:fs';
import { type ApiModel, buildModel, generateConnector, mockUpstream, readSpecification, sampleCalls } from '@mcpoverflow/connectors';
import type { Connector } from '@mcpoverflow/types';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serveUpstream, startConnector, typeCheck, writeConnector } from './support/connector-process.ts';

const corpus = new URL('../../shared/corpus/', import.meta.url);
const bookshop = new URL('../examples/bookshop.yaml', import.meta.url);
const specifications = [
  { name: 'bookshop', file: bookshop, tools: 6 },
  { name: 'petstore', file: new URL('petstore.yaml', corpus), tools: 19 },
];

for (const { name, file, tools } of specifications) {
  if (!existsSync(file)) {
    console.warn(`\n!!! ${file.pathname} is missing: the connector for ${name} is NOT tested.\n`);
    test.runIf(process.env.CI !== undefined)(`the specification of ${name} is there`, () => expect(existsSync(file)).toBe(true));
    continue;
  }
  describe(`the connector for ${name}`, () => testConnector(file, tools));
}

function testConnector(file: URL, tools: number): void {
  const { model, connector } = generate(file);
  const written = writeConnector(connector.files);
  let upstream: Awaited<ReturnType<typeof serveUpstream>>;
  let running: Awaited<ReturnType<typeof startConnector>>;
  let client: Client;

  beforeAll(async () => {
    upstream = await serveUpstream(mockUpstream(model));
    running = await startConnector(written.folder, { BASE_URL: upstream.url });
    client = new Client({ name: 'connector-test', version: '1.0.0' });
    await client.connect(new StreamableHTTPClientTransport(new URL(running.url)));
  }, 30_000);
  afterAll(async () => {
    await client?.close();
    await running?.stop();
    await upstream?.stop();
    written.remove();
  });

  test('type-checks', async () => {
    expect(await typeCheck(written.folder)).toBe('');
  }, 60_000);

  test('lists every tool as the result describes it', async () => {
    const listed = await client.listTools();
    expect(listed.tools).toHaveLength(tools);
    const described = new Map(connector.tools.map((tool) => [tool.name, tool]));
    for (const tool of listed.tools) expect(tool.inputSchema).toEqual(described.get(tool.name)?.inputSchema);
  });

  test('calls the API as the specification wants it, for every tool', async () => {
    const failures: string[] = [];
    for (const { tool, arguments: args } of sampleCalls(connector.tools)) {
      const result = await client.callTool({ name: tool, arguments: args });
      if (result.isError === true) failures.push(`${tool} ${JSON.stringify(args)}: ${JSON.stringify(result.content)}`);
    }
    expect(failures).toEqual([]);
    expect(upstream.requests.length).toBeGreaterThanOrEqual(tools);
  }, 60_000);

  test('tells the model what is wrong with its arguments', async () => {
    const [tool] = connector.tools;
    const result = await client.callTool({ name: tool?.name ?? '', arguments: { no_such_argument: 1 } });
    expect(result.isError).toBe(true);
    expect(JSON.stringify(result.content)).toContain('no_such_argument');
  });

  test('answers an unknown tool with a protocol error', async () => {
    await expect(client.callTool({ name: 'no_such_tool', arguments: {} })).rejects.toThrow('no_such_tool');
  });
}

function generate(file: URL): { readonly model: ApiModel; readonly connector: Omit<Connector, 'verification'> } {
  const format = file.pathname.endsWith('.json') ? 'json' : 'yaml';
  const document = readSpecification({ text: readFileSync(file, 'utf8'), specType: 'openapi', format });
  if (!document.ok) throw new Error(document.error.message);
  const model = buildModel(document.value);
  if (!model.ok) throw new Error(model.error.message);
  const connector = generateConnector(model.value, { name: 'Test connector', language: 'typescript', runtime: 'cloudflare-workers' });
  if (!connector.ok) throw new Error(connector.error.message);
  return { model: model.value, connector: connector.value };
}
