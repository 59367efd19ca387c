/**
 * A webhook receiver for tests: a real HTTP server on loopback that records every call and misbehaves on
 * command, in each way the engine has a rule for.
 *
 * It verifies nothing. Whether a signature holds is asked in the tests, of the libraries that receivers
 * use, so that one call can be tried against several of them and against a changed copy of itself.
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

export interface ReceivedCall {
  /** When the whole request had arrived, in milliseconds since 1970. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** With its question mark; empty without a query. */
  readonly query: string;
  /** The header `webhook-id`; like the next two empty when it was not sent. */
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Behaviour =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: OutgoingHttpHeaders; readonly body?: string }
  /** Takes the request and never answers. */
  | { readonly kind: 'hang' }
  /** A TCP reset in place of an answer. */
  | { readonly kind: 'reset' }
  | { readonly kind: 'redirect'; readonly location: string; readonly status?: number }
  /** Sends up to so many bytes, as fast as they are taken, until the caller goes away. */
  | { readonly kind: 'endless'; readonly bytes: number; readonly status: number }
  /** A status of 200 and the beginning of a body that never ends. */
  | { readonly kind: 'slow-body' }
  /** Answers once the test says so, with `answer` or the usual 200. A promise that never resolves is a hang. */
  | { readonly kind: 'hold'; readonly until: Promise<unknown>; readonly answer?: Behaviour };

export interface WebhookReceiver extends AsyncDisposable {
  /** Without a path: any path will do, and each has behaviours of its own. */
  readonly url: string;
  readonly port: number;
  /** In the order in which they had arrived whole; recorded before the answer. */
  readonly calls: readonly ReceivedCall[];
  /** What `endless` answers have really handed to the network, in bytes. */
  readonly bytesSent: number;
  callsTo(path: string): readonly ReceivedCall[];
  /** What the next `times` calls to a path get, after those announced before; without `times`, what all others get. */
  answer(path: string, behaviour: Behaviour, times?: number): void;
  /** Resolves once the condition holds, checked now and after every call. Rejects with the calls so far when it does not. */
  until(condition: () => boolean, withinMs?: number): Promise<void>;
  /** Drops every connection, hanging ones included. A receiver that is down: close it, and start another on its port. */
  close(): Promise<void>;
}

interface Announced {
  readonly behaviour: Behaviour;
  left: number;
}

const UNTIL_MS = 60_000;
const CHUNK = Buffer.alloc(65_536, 'x');
const usual: Behaviour = { kind: 'status', status: 200, headers: { 'content-type': 'application/json' }, body: '{"received":true}' };

/** Starts a receiver on loopback; `port` 0 or left out is any free one. */
export async function startWebhookReceiver(options: { readonly port?: number } = {}): Promise<WebhookReceiver> {
  const calls: ReceivedCall[] = [];
  const announced = new Map<string, Announced[]>();
  const otherwise = new Map<string, Behaviour>();
  const waiting = new Set<() => void>();
  let bytesSent = 0;

  function behaviourFor(path: string): Behaviour {
    const next = announced.get(path)?.find(({ left }) => left > 0);
    if (next === undefined) return otherwise.get(path) ?? usual;
    next.left -= 1;
    return next.behaviour;
  }

  async function flood(response: ServerResponse, bytes: number): Promise<void> {
    for (let left = bytes; left > 0 && !response.destroyed; left -= CHUNK.length) {
      const chunk = CHUNK.subarray(0, left);
      // The callback comes when the bytes have left the process, or with an error once the caller is gone.
      const sent = await new Promise<boolean>((resolve) =>
        response.write(chunk, (error) => resolve(error === null || error === undefined)),
      );
      if (!sent) return;
      bytesSent += chunk.length;
    }
    response.end();
  }

  async function behave(response: ServerResponse, behaviour: Behaviour): Promise<void> {
    switch (behaviour.kind) {
      case 'status':
        response.writeHead(behaviour.status, behaviour.headers).end(behaviour.body);
        return;
      case 'hang':
        return;
      case 'reset':
        response.socket?.resetAndDestroy();
        return;
      case 'redirect':
        response.writeHead(behaviour.status ?? 302, { location: behaviour.location }).end();
        return;
      case 'endless':
        response.writeHead(behaviour.status, { 'content-type': 'text/plain' });
        return flood(response, behaviour.bytes);
      case 'slow-body':
        response.writeHead(200, { 'content-type': 'text/plain' }).write('This goes on');
        return;
      case 'hold':
        await behaviour.until;
        return behave(response, behaviour.answer ?? usual);
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, search } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const body = await text(request);
    const header = (name: string): string => String(request.headers[name] ?? '');
    calls.push({
      at: Date.now(),
      method: request.method ?? '',
      path: pathname,
      query: search,
      id: header('webhook-id'),
      timestamp: header('webhook-timestamp'),
      signature: header('webhook-signature'),
      headers: request.headers,
      body,
    });
    const behaviour = behaviourFor(pathname);
    for (const check of [...waiting]) check();
    await behave(response, behaviour);
  }

  const server = createServer((request, response) => {
    // A caller that gives up, in its own request or in our answer, is part of what is tested.
    response.on('error', () => {});
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    calls,
    get bytesSent() {
      return bytesSent;
    },
    callsTo: (path) => calls.filter((call) => call.path === path),
    answer(path, behaviour, times) {
      if (times === undefined) otherwise.set(path, behaviour);
      else announced.set(path, [...(announced.get(path) ?? []), { behaviour, left: times }]);
    },
    until(condition, withinMs = UNTIL_MS) {
      return new Promise((resolve, reject) => {
        const finish = (settle: () => void): void => {
          clearTimeout(timer);
          waiting.delete(check);
          settle();
        };
        const check = (): void => {
          if (condition()) finish(resolve);
        };
        const timer = setTimeout(() => {
          const seen = calls.map(({ method, path, id, body }) => `${method} ${path} ${id} ${body}`).join('\n');
          finish(() => reject(new Error(`Within ${withinMs} ms it did not come to that. Calls so far: ${calls.length}\n${seen}`)));
        }, withinMs);
        waiting.add(check);
        check();
      });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
