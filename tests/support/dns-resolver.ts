/**
 * DNS over HTTPS on loopback, in the JSON form that the engine asks for. A name has the addresses that
 * the test gives it, and may have others at the next look-up, as a name has that lies in wait.
 */
import { createServer } from 'node:http';

export interface DnsResolver extends AsyncDisposable {
  /** For `DNS_RESOLVER_URL`. */
  readonly url: string;
  /** The addresses at the first look-up, at the second, and so on; the last ones stay. Other names do not exist. */
  name(hostname: string, ...lookUps: readonly (readonly string[])[]): void;
  /** How often a name was looked up. */
  lookUpsOf(hostname: string): number;
  close(): Promise<void>;
}

/** RFC 1035 section 3.2.2 and RFC 3596. */
const types: Readonly<Record<string, number>> = { A: 1, AAAA: 28 };
const NO_ERROR = 0;
const NO_SUCH_NAME = 3;

/** Starts a resolver on a free port. */
export async function startDnsResolver(): Promise<DnsResolver> {
  const names = new Map<string, readonly (readonly string[])[]>();
  const asked = new Map<string, number>();
  const lookUpsOf = (hostname: string, type = 'A'): number => asked.get(`${hostname} ${type}`) ?? 0;

  function answerTo(hostname: string, type: string): object {
    const lookUps = names.get(hostname);
    if (lookUps === undefined) return { Status: NO_SUCH_NAME };
    const addresses = lookUps[Math.min(lookUpsOf(hostname, type), lookUps.length - 1)] ?? [];
    const ofType = addresses.filter((address) => address.includes(':') === (type === 'AAAA'));
    return { Status: NO_ERROR, Answer: ofType.map((data) => ({ name: hostname, type: types[type], TTL: 0, data })) };
  }

  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const [hostname, type] = [searchParams.get('name') ?? '', searchParams.get('type') ?? ''];
    const answer = answerTo(hostname, type);
    asked.set(`${hostname} ${type}`, lookUpsOf(hostname, type) + 1);
    response.writeHead(200, { 'content-type': 'application/dns-json' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });

  return {
    url: `http://127.0.0.1:${port}/dns-query`,
    name: (hostname, ...lookUps) => void names.set(hostname, lookUps),
    lookUpsOf: (hostname) => lookUpsOf(hostname),
    close,
    [Symbol.asyncDispose]: close,
  };
}
