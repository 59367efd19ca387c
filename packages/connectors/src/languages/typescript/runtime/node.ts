/**
 * The endpoint as a Node server. Node runs these files as they are, so there is nothing to build.
 *
 * Without a token it answers only to the names of this machine: a web page that has its own name point
 * here (DNS rebinding) is turned away by the name it asks for. ALLOWED_HOSTS and CONNECTOR_TOKEN lift that.
 */
import { createServer } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { localhostAllowedHostnames } from '@modelcontextprotocol/server';
import { MAX_REQUEST_BYTES } from './settings.ts';
import worker from './worker.ts';

const local = process.env.CONNECTOR_TOKEN ? '' : localhostAllowedHostnames().join(',');
const env = { ...process.env, ALLOWED_HOSTS: process.env.ALLOWED_HOSTS || local };

const handle = toNodeHandler({ fetch: (request) => worker.fetch(request, env) }, { maxRequestBodySize: MAX_REQUEST_BYTES });
// Every request has both; Node's types leave them open because responses have neither.
const server = createServer((request, response) => {
  void handle(Object.assign(request, { method: request.method ?? 'GET', url: request.url ?? '/' }), response);
});
// Longer than load balancers keep idle connections: whoever reuses one must not meet a closed door.
server.keepAliveTimeout = 65_000;

server.listen(Number(process.env.PORT ?? 3000), process.env.HOST ?? '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) console.log(`MCP endpoint: http://127.0.0.1:${address.port}/mcp`);
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => server.close());
