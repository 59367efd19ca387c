/**
 * The API's stand-in: an HTTP server on this machine that keeps what it was asked, to the byte, and answers
 * what the case says.
 */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly bodyBase64?: string;
  /** The answer never comes. */
  readonly hangs?: true;
}

export interface SeenRequest {
  readonly method: string;
  /** Path and query as they were sent. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Upstream {
  readonly url: string;
  readonly seen: SeenRequest[];
  /** Forgets what was seen, and answers these in order from now on; the last one stays. */
  expect(answers: readonly Answer[]): void;
  stop(): Promise<void>;
}

/** Starts the stand-in on a free port. */
export async function startUpstream(): Promise<Upstream> {
  const seen: SeenRequest[] = [];
  let answers: readonly Answer[] = [];
  let url = '';
  const server = createServer(async (incoming, outgoing) => {
    const body = await bodyOf(incoming);
    const answer = answers[Math.min(seen.length, answers.length - 1)] ?? { status: 500 };
    seen.push({ method: incoming.method ?? '', target: incoming.url ?? '', headers: incoming.headers, body });
    if (answer.hangs) return;
    const headers = Object.entries(answer.headers ?? {}).map(([name, value]) => [name, value.replace('{upstream}', url)]);
    outgoing.writeHead(answer.status, Object.fromEntries(headers));
    outgoing.end(answer.bodyBase64 === undefined ? answer.body : Buffer.from(answer.bodyBase64, 'base64'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The mock upstream has no port.');
  url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    seen,
    expect(next) {
      seen.length = 0;
      answers = next;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks);
}
