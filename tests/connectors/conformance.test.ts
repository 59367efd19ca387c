/**
 * The conformance suite of MCP against a connector of every language. Some of its checks call tools of certain names, so the
 * specification here has operations of these names; what a connector cannot be asked, because it relies on
 * nothing of its client, is named below and in docs/connectors.md.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { buildModel } from '@mcpoverflow/connectors';
import type { Language } from '@mcpoverflow/types';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningConnector, startNodeServer, writeConnector } from '../support/connector-process.ts';
import { goToolchain, startGoConnector, writeGoConnector } from '../support/go-connector.ts';
import { environment, installedConnector, installedPackages } from '../support/npm-packages.ts';
import { pythonOf, pythonToolchain, startPythonConnector, writePythonConnector } from '../support/python-connector.ts';
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
const specified = model.value;

interface Started {
  readonly running: RunningConnector;
  remove(): void;
}

const start: Readonly<Record<Language, (variables: Readonly<Record<string, string>>) => Promise<Started>>> = {
  async typescript(variables) {
    const { files } = connectorOf(specified);
    const { folder, remove } = writeConnector(files, join(installedConnector(files), 'node_modules'));
    return { running: await startNodeServer(folder, variables), remove };
  },
  async python(variables) {
    const { files } = connectorOf(specified, { language: 'python' });
    const { folder, remove } = writePythonConnector(files);
    return { running: await startPythonConnector(pythonOf(files), folder, 'docker', variables), remove };
  },
  async go(variables) {
    const { folder, remove } = writeGoConnector(connectorOf(specified, { language: 'go' }).files);
    return { running: await startGoConnector(folder, 'docker', variables), remove };
  },
};

beforeAll(async () => {
  api.listen(0, '127.0.0.1');
  await once(api, 'listening');
});
afterAll(() => {
  api.close();
});

/** Passed checks of `server-stateless`: three are about subscriptions, which a Python connector does not offer, and are skipped there. */
const passed: Readonly<Record<Language, string>> = { typescript: '26/28', python: '23/25', go: '26/28' };

describe.each([
  ['typescript', true],
  ['python', pythonToolchain()],
  ['go', goToolchain()],
] as const)('a connector in %s', (language, available) => {
  if (available !== true) {
    test.skipIf(process.env.CI === undefined)(`cannot be tried: ${available}`, () => expect.fail(available));
    return;
  }

  let started: Started;
  beforeAll(async () => {
    const address = api.address();
    if (typeof address !== 'object' || address === null) throw new Error('The API has no port.');
    started = await start[language]({ BASE_URL: `http://127.0.0.1:${address.port}` });
  });
  afterAll(async () => {
    await started?.running.stop();
    started?.remove();
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
    const output = await conformance(scenario, started.running.url);
    const failed = [...output.matchAll(/\[([a-z0-9-]+)\s*\][^\n]*FAILURE/g)].map(([, check]) => check);
    expect(output).toMatch(scenario === 'server-stateless' ? `Passed: ${passed[language]}` : /Passed: (\d+)\/\1\b/);
    expect(failed).toEqual(expected);
  });
});

/** What the suite says. Not awaited synchronously: the API it ends up at is this process. */
async function conformance(scenario: string, url: string): Promise<string> {
  const run = spawn(suite, ['server', '--url', url, '--scenario', scenario], {
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
