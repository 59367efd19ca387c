/** A DNS resolver on loopback that speaks JSON over HTTP, so that tests cross a real connection. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const types = { A: 1, AAAA: 28 };
const NO_SUCH_NAME = 3;

/** Answers from `addresses`; whoever is not in there does not exist. */
export class FakeResolver {
  readonly addresses = new Map<string, readonly string[]>();
  /** The names that were asked for, once for IPv4 and once for IPv6. */
  readonly queries: string[] = [];
  /** `down` answers HTTP 500, `silent` nothing at all. */
  state: 'well' | 'down' | 'silent' = 'well';
  readonly #server = createServer((request, response) => this.#answer(new URL(request.url ?? '/', 'http://resolver'), response));

  /** Listens on a free port of 127.0.0.1; resolves with the address for `DNS_RESOLVER_URL`. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${portOf(this.#server.address())}/dns-query`;
  }

  /** Ends the server and whatever connection is still open. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer({ searchParams }: URL, response: ServerResponse): void {
    const name = searchParams.get('name') ?? '';
    const family = searchParams.get('type') === 'AAAA' ? 'AAAA' : 'A';
    this.queries.push(name);
    if (this.state === 'silent') return;
    response.statusCode = this.state === 'down' ? 500 : 200;
    response.setHeader('Content-Type', 'application/dns-json');
    const known = this.addresses.get(name);
    const own = (known ?? []).filter((address) => address.includes(':') === (family === 'AAAA'));
    const Answer = own.map((data) => ({ name, type: types[family], TTL: 60, data }));
    response.end(JSON.stringify({ Status: known === undefined ? NO_SUCH_NAME : 0, Answer }));
  }
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the resolver does not listen');
  return address.port;
}
