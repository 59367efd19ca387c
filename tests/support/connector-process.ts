/**
 * A generated connector as a stranger would meet it: written to disk, type-checked, and started in a
 * process of its own that serves it over HTTP. Its dependencies are this folder's `node_modules`, or those
 * that npm took from its own lockfile.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MockRequest, MockUpstream } from '@mcpoverflow/connectors';
import type { GeneratedFile } from '@mcpoverflow/types';

const here = dirname(fileURLToPath(import.meta.url));
/** The packages' own binaries: a shell's shim would be the process that `kill` reaches. */
const nodeBinary = join(here, '../../node_modules/node/bin/node');
const tscBinary = join(here, '../../node_modules/.bin/tsc');

/** What platforms have and a test has not: something that turns HTTP into calls of a connector's entry. */
const adapters = {
  /** A web-standard `fetch`, with the variables as its second argument as Workers have it. */
  'adapter.ts': `import { createServer } from 'node:http';

const { default: entry } = await import(process.env.ENTRY ?? './src/worker.ts');
const server = createServer(async (incoming, outgoing) => {
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const body = chunks.length === 0 ? undefined : Buffer.concat(chunks);
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]);
  const request = new Request(\`http://\${incoming.headers.host}\${incoming.url}\`, { method: incoming.method, headers, body });
  const response = await entry.fetch(request, process.env);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(Buffer.from(await response.arrayBuffer()));
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`,
  /** A Lambda function URL (payload format 2.0). */
  'function-url.ts': `import { createServer } from 'node:http';

const { handler } = await import(process.env.ENTRY);
const server = createServer(async (incoming, outgoing) => {
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const { pathname, search } = new URL(incoming.url, 'http://localhost');
  const result = await handler({
    version: '2.0',
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
    requestContext: { http: { method: incoming.method, path: pathname } },
    ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks).toString('base64') }),
    isBase64Encoded: chunks.length > 0,
  });
  outgoing.writeHead(result.statusCode, result.headers);
  outgoing.end(result.body);
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`,
};

/** Writes the files into a new folder where their imports resolve: in `modules`, when that is given. The caller removes it. */
export function writeConnector(
  files: readonly GeneratedFile[],
  modules: string = join(here, '../node_modules'),
): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'connector-'));
  const own = Object.entries(adapters).map(([path, content]) => ({ path, content }));
  for (const { path, content } of [...files, ...own]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  symlinkSync(modules, join(folder, 'node_modules'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** What `tsc` says about the folder; the empty string when it is content. */
export async function typeCheck(folder: string): Promise<string> {
  const tsc = spawn(tscBinary, ['-p', join(folder, 'tsconfig.json')], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  tsc.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await once(tsc, 'close');
  return output;
}

export interface RunningConnector {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts the connector's web-standard handler with these variables and answers its address once it listens. */
export const startConnector = (folder: string, variables: Readonly<Record<string, string>>): Promise<RunningConnector> =>
  start(folder, 'adapter.ts', variables);

/** Starts a Lambda handler behind a function URL. `entry` is a module of the folder. */
export const startFunctionUrl = (folder: string, entry: string, variables: Readonly<Record<string, string>>): Promise<RunningConnector> =>
  start(folder, 'function-url.ts', { ENTRY: entry, ...variables });

/** Starts the connector's own Node server. */
export const startNodeServer = (folder: string, variables: Readonly<Record<string, string>>): Promise<RunningConnector> =>
  start(folder, 'src/node.ts', { PORT: '0', ...variables });

const start = (folder: string, entry: string, variables: Readonly<Record<string, string>>): Promise<RunningConnector> =>
  startProgram(folder, [nodeBinary, entry], variables);

/** Starts a program in the folder that listens. Its first line ends with its port, or with its address. */
export async function startProgram(
  folder: string,
  [program = '', ...args]: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<RunningConnector> {
  const child = spawn(program, args, { cwd: folder, env: variables, stdio: ['ignore', 'pipe', 'inherit'] });
  const port = /(\d+)(?:\/mcp)?$/.exec(await firstLine(child))?.[1];
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The connector ended with code ${code} before it listened.`)));
    child.stdout?.setEncoding('utf8').once('data', (text: string) => resolve(text.trim()));
  });
}

/** Serves a mock upstream over HTTP and keeps what was asked of it. */
export async function serveUpstream(
  upstream: MockUpstream,
): Promise<{ readonly url: string; readonly requests: MockRequest[]; stop(): Promise<void> }> {
  const requests: MockRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const request = {
      method: incoming.method ?? 'GET',
      url: incoming.url ?? '/',
      headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
      body: await bodyOf(incoming),
    };
    requests.push(request);
    const response = upstream.respond(request);
    outgoing.writeHead(response.status, response.headers);
    outgoing.end(response.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    requests,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<string | null> {
  incoming.setEncoding('utf8');
  let text = '';
  for await (const chunk of incoming) text += chunk;
  return text === '' ? null : text;
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return address.port;
}
