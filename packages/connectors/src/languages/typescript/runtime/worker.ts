/**
 * The MCP endpoint over HTTP, stateless, at every path, as a web-standard handler: Cloudflare Workers run it
 * as it is, and every other place this connector may run has a few lines around it.
 *
 * Set the secret CONNECTOR_TOKEN before you deploy: without it whoever knows the address can use the
 * API with your credentials. Browser pages are refused unless ALLOWED_ORIGINS names their host, which
 * also stops DNS rebinding against a server on your own machine; ALLOWED_HOSTS narrows the names it answers to.
 */
// Before the SDK, which would put it in its midst: gzip looks back 32 KB, and what is alike there would lie further apart.
import '@modelcontextprotocol/server/validators/cf-worker';

import { createMcpHandler } from '@modelcontextprotocol/server';
import { api, operations } from './operations.ts';
import type { Clockwork } from './send.ts';
import { catalogueOf, createServer } from './server.ts';
import { type Env, MAX_REQUEST_BYTES, readSettings } from './settings.ts';

/** Hosts whose pages may always call. */
const LOCAL_NAMES = ['localhost', '127.0.0.1', '[::1]'];

const catalogue = catalogueOf(api, operations);

const clockwork: Clockwork = {
  fetch: (request) => fetch(request),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const settings = readSettings(env, api);
    const origin = request.headers.get('Origin') ?? '';
    if (origin !== '' && ![...LOCAL_NAMES, ...settings.allowedOrigins].includes(hostName(origin)))
      return forbidden(`Invalid Origin: ${origin}`);
    const host = request.headers.get('Host') ?? '';
    if (settings.allowedHosts.length > 0 && !settings.allowedHosts.includes(hostName(`http://${host}`)))
      return forbidden(`Invalid Host: ${host}`);
    if (settings.connectorToken !== undefined && !(await isAuthorized(request, settings.connectorToken))) {
      return new Response('This connector needs its token.', { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } });
    }
    return createMcpHandler(() => createServer(catalogue, settings, clockwork), { maxRequestBodySize: MAX_REQUEST_BYTES }).fetch(request);
  },
};

/** The address's host without its port; empty when there is none. */
const hostName = (address: string): string => URL.parse(address)?.hostname ?? '';

const forbidden = (message: string): Response =>
  Response.json({ jsonrpc: '2.0', error: { code: -32000, message }, id: null }, { status: 403 });

/** Compares digests: their comparison tells nothing about the token, however long it takes. */
const isAuthorized = async (request: Request, token: string): Promise<boolean> =>
  (await digest(request.headers.get('Authorization') ?? '')) === (await digest(`Bearer ${token}`));

const digest = async (text: string): Promise<string> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))).join();
