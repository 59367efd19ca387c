/**
 * The conformance suite of MCP against a connector. Some of its checks call tools of certain names, so the
 * specification here has operations of these names; what a connector cannot be asked, because it relies on
 * nothing of its client, is named below and in docs/connectors.md.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { buildModel } from '@mcpoverflow/connectors';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningConnector, startNodeServer, writeConnector } from '../support/connector-process.ts';
import { environment, installedConnector, installedPackages } from '../support/npm-packages.ts';
import { connectorOf } from '../support/specifications.ts';

const suite = join(installedPackages({ '@modelcontextprotocol/conformance': '0.2.0-alpha.12' }), 'node_modules/.bin/conformance');

/** A connector never needs a capability of its client, so it has no tool that could refuse for want of one. */
const untestable = ['sep-2575-server-rejects-undeclared-capability', 'sep-2575-missing-capability-http-400'];

const png = Buffer.from('iVBORw0KGgo=', 'base64');
const answers: Readonly<Record<string, readonly [status: number, type: string, body: string | Buffer]>> = {
  test_simple_text: [200, 'text/plain', 'This is a simple text response for testing.'],
  test_image_content: [200, 'image/png', png],
  test_audio_content: [200, 'audio/wav', Buffer.from('RIFF')],
  test_embedded_resource: [200, 'application/octet-stream', Buffer.from('bytes')],
  test_error_handling: [500, 'text/plain', 'This tool intentionally returns an error for testing'],
  test_logging_tool: [200, 'application/json', '{"logged":false}'],
  test_streaming_elicitation: [200, 'application/json', '{"streamed":false}'],
};

const api = createServer((request, response) => {
  const [status, type, body] = answers[request.url?.slice(1) ?? ''] ?? [404, 'text/plain', 'Nothing is here.'];
  response.writeHead(status, { 'Content-Type': type }).end(body);
});
const model = buildModel({
  openapi: '3.1.0',
  info: { title: 'Conformance', version: '1' },
  paths: Object.fromEntries(Object.keys(answers).map((name) => [`/${name}`, { get: { operationId: name, responses: {} } }])),
});
if (!model.ok) throw new Error(model.error.message);
const connector = connectorOf(model.value);
const written = writeConnector(connector.files, join(installedConnector(connector.files), 'node_modules'));
let running: RunningConnector;

beforeAll(async () => {
  api.listen(0, '127.0.0.1');
  await once(api, 'listening');
  const address = api.address();
  if (typeof address !== 'object' || address === null) throw new Error('The API has no port.');
  running = await startNodeServer(written.folder, { BASE_URL: `http://127.0.0.1:${address.port}` });
});
afterAll(async () => {
  await running?.stop();
  api.close();
  written.remove();
});

test.each([
  ['server-stateless', untestable],
  ['server-initialize', []],
  ['ping', []],
  ['tools-list', []],
  ['tools-call-simple-text', []],
  ['tools-call-image', []],
  ['tools-call-audio', []],
  ['tools-call-embedded-resource', []],
  ['tools-call-error', []],
  ['http-header-validation', []],
  ['dns-rebinding-protection', []],
] as const)('%s', async (scenario, expected) => {
  const output = await conformance(scenario);
  const failed = [...output.matchAll(/\[([a-z0-9-]+)\s*\][^\n]*FAILURE/g)].map(([, check]) => check);
  expect(output).toMatch(/Passed: \d+\/\d+/);
  expect(failed).toEqual(expected);
});

/** What the suite says. Not awaited synchronously: the API it ends up at is this process. */
async function conformance(scenario: string): Promise<string> {
  const run = spawn(suite, ['server', '--url', running.url, '--scenario', scenario], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  run.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await once(run, 'close');
  return output;
}
