/**
 * What stands between engine and agent-server in real life and breaks: a proxy that passes every call on
 * whole, loses answers, holds them back or replaces them when it is told to, and keeps a record. What the
 * server did then is always the server's own doing.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import * as z from 'zod';

export interface ProxiedCall {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Of a create. */
  readonly conversationId: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** What the server answered; undefined until it has. */
  status: number | undefined;
}

/** What happens to the answer, after the server has done what was asked. */
export type Fault =
  | { readonly kind: 'lost' }
  | { readonly kind: 'late'; readonly until: Promise<unknown> }
  | { readonly kind: 'status'; readonly status: number };

export interface AgentServerProxy extends AsyncDisposable {
  readonly url: string;
  readonly calls: readonly ProxiedCall[];
  /** Calls that asked for a conversation of that job. */
  createsOf(jobId: string): readonly ProxiedCall[];
  /** What happens to the answer to the create of that job, once the server has made the conversation. */
  faultOnCreate(jobId: string, fault: Fault): void;
  close(): Promise<void>;
}

const createSchema = z.looseObject({ conversation_id: z.string(), tags: z.record(z.string(), z.string()).default({}) });

/** Passes on to `target`, the address of the server. */
export async function startAgentServerProxy(target: string): Promise<AgentServerProxy> {
  const calls: ProxiedCall[] = [];
  const faults = new Map<string, Fault>();

  function record(method: string, path: string, body: Buffer): ProxiedCall {
    const isCreate = method === 'POST' && new URL(path, target).pathname === '/api/conversations';
    const asked = isCreate ? createSchema.parse(JSON.parse(body.toString())) : undefined;
    const call: ProxiedCall = { method, path, conversationId: asked?.conversation_id, tags: asked?.tags ?? {}, status: undefined };
    calls.push(call);
    return call;
  }

  /** A server that refused has done nothing that could be lost. */
  function takeFault(call: ProxiedCall): Fault | undefined {
    const job = call.tags.job;
    if (job === undefined || call.status !== 201) return undefined;
    const fault = faults.get(job);
    faults.delete(job);
    return fault;
  }

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/' } = request;
    const body = await buffer(request);
    const call = record(method, path, body);
    const headers = new Headers();
    for (const name of ['content-type', 'x-session-api-key', 'accept']) {
      const value = request.headers[name];
      if (typeof value === 'string') headers.set(name, value);
    }
    const answer = await fetch(new URL(path, target), { method, headers, ...(body.length === 0 ? {} : { body }) });
    const content = Buffer.from(await answer.arrayBuffer());
    call.status = answer.status;
    const fault = takeFault(call);
    if (fault?.kind === 'late') await fault.until;
    if (fault?.kind === 'lost') {
      response.socket?.resetAndDestroy();
      return;
    }
    if (fault?.kind === 'status') {
      response.writeHead(fault.status, { 'content-type': 'application/json' }).end('{"detail":"Internal Server Error"}');
      return;
    }
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/octet-stream' }).end(content);
  }

  const server = createServer((request, response) => {
    response.on('error', () => {});
    // A server that is down: the caller finds the connection broken, as it would without a proxy.
    pass(request, response).catch(() => response.socket?.resetAndDestroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();

  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });

  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    calls,
    createsOf: (jobId) => calls.filter(({ tags }) => tags.job === jobId),
    faultOnCreate: (jobId, fault) => void faults.set(jobId, fault),
    close,
    [Symbol.asyncDispose]: close,
  };
}
