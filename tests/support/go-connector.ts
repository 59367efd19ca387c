/**
 * Generated Go connectors as a stranger would meet them: written to disk, built with the modules their own
 * `go.sum` names, and started as their platform would start them. Go's caches are the user's.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { GeneratedFile, Runtime } from '@mcpoverflow/types';
import { type RunningConnector, startProgram } from './connector-process.ts';

const MIN_GO_MINOR = 25;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** True, or a sentence that says what is missing. */
export function goToolchain(): true | string {
  const { stdout } = spawnSync('go', ['version'], { encoding: 'utf8' });
  const minor = Number(/go1\.(\d+)/.exec(stdout ?? '')?.[1] ?? 0);
  return minor >= MIN_GO_MINOR || `Go connectors are built with Go 1.${MIN_GO_MINOR} or later, which is not on the PATH.`;
}

/** Writes the files into a new folder. The caller removes it. */
export function writeGoConnector(files: readonly GeneratedFile[]): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'go-connector-'));
  for (const { path, content } of files) write(folder, path, content);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function write(folder: string, path: string, content: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

/** What a program of the toolchain says, whether it succeeds or not. `-mod=readonly`: go.mod and go.sum are complete, or it fails. */
export async function goTool(
  folder: string,
  program: 'go' | 'gofmt',
  args: readonly string[],
): Promise<{ readonly code: number; readonly output: string }> {
  const env = { ...process.env, GOFLAGS: '-mod=readonly', GOTOOLCHAIN: 'local' };
  return promisify(execFile)(program, [...args], { cwd: folder, env, maxBuffer: MAX_OUTPUT_BYTES }).then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    (error) => ({ code: Number(error.code), output: `${error.stdout}${error.stderr}` }),
  );
}

async function build(folder: string, target: string, tags = ''): Promise<string> {
  const binary = join(folder, 'built');
  const { code, output } = await goTool(folder, 'go', ['build', '-tags', tags, '-o', binary, target]);
  if (code !== 0) throw new Error(output);
  return binary;
}

/** Vercel compiles a `main` of its own around the exported handler; so does this. */
const vercelMain = `package main

import (
	"fmt"
	"net"
	"net/http"

	handler "connector/api"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	panic(http.Serve(listener, http.HandlerFunc(handler.Handler)))
}
`;

/** Starts the connector as the runtime would, with these variables. */
export async function startGoConnector(
  folder: string,
  runtime: Runtime,
  variables: Readonly<Record<string, string>>,
): Promise<RunningConnector> {
  if (runtime === 'lambda') return startLambda(await build(folder, './lambda', 'lambda.norpc'), variables);
  if (runtime === 'vercel') write(folder, 'vercel-main/main.go', vercelMain);
  const binary = await build(folder, runtime === 'vercel' ? './vercel-main' : '.');
  return startProgram(folder, [binary], { PORT: '0', ...variables });
}

/**
 * Lambda's runtime API with a function URL before it: the function asks for the next event, is given a web request
 * in payload format 2.0, and streams its answer back (a JSON head, eight zero bytes, the body).
 */
async function startLambda(binary: string, variables: Readonly<Record<string, string>>): Promise<RunningConnector> {
  const events: { readonly id: string; readonly event: string }[] = [];
  const waiting: ServerResponse[] = [];
  const answers = new Map<string, ServerResponse>();
  let count = 0;

  const hand = (): void => {
    const next = waiting[0] === undefined ? undefined : events.shift();
    if (next === undefined) return;
    waiting
      .shift()
      ?.writeHead(200, {
        'Lambda-Runtime-Aws-Request-Id': next.id,
        'Lambda-Runtime-Deadline-Ms': String(Date.now() + 60_000),
        'Lambda-Runtime-Invoked-Function-Arn': 'arn:aws:lambda:local:0:function:connector',
      })
      .end(next.event);
  };
  const runtimeApi = createServer(async (incoming, outgoing) => {
    if (incoming.url?.endsWith('/invocation/next')) {
      waiting.push(outgoing);
      return hand();
    }
    const [, id = '', what] = /\/invocation\/([^/]+)\/(\w+)$/.exec(incoming.url ?? '') ?? [];
    const body = await bytesOf(incoming);
    outgoing.writeHead(202).end();
    const answer = answers.get(id);
    answers.delete(id);
    if (what !== 'response') return answer?.writeHead(502).end(body);
    const end = body.indexOf('\0'.repeat(8));
    const head = JSON.parse(body.subarray(0, end).toString());
    answer?.writeHead(head.statusCode, head.headers).end(body.subarray(end + 8));
  });
  const functionUrl = createServer(async (incoming, outgoing) => {
    const { pathname, search, host } = new URL(incoming.url ?? '/', `http://${incoming.headers.host}`);
    const body = await bytesOf(incoming);
    count += 1;
    const id = String(count);
    answers.set(id, outgoing);
    const event = {
      version: '2.0',
      rawPath: pathname,
      rawQueryString: search.slice(1),
      headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
      requestContext: { domainName: host, http: { method: incoming.method, path: pathname, sourceIp: '127.0.0.1' } },
      body: body.toString('base64'),
      isBase64Encoded: true,
    };
    events.push({ id, event: JSON.stringify(event) });
    hand();
  });
  const [runtimePort, functionPort] = await Promise.all([listening(runtimeApi), listening(functionUrl)]);
  const child = spawn(binary, [], {
    env: { AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${runtimePort}`, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256', ...variables },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return {
    url: `http://127.0.0.1:${functionPort}/mcp`,
    async stop() {
      await ended(child);
      for (const server of [runtimeApi, functionUrl]) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

async function bytesOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return address.port;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill();
  await exit;
}
