import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createResolver, type Resolution } from './resolve-host.ts';

interface Question {
  readonly name: string;
  readonly type: string;
  readonly path: string;
  readonly method: string | undefined;
  readonly accept: string | undefined;
}
type Reply = (question: Question, response: ServerResponse) => void;

/** A resolver that speaks DNS over HTTPS in its JSON form; each test says what it replies. */
let reply: Reply;
let questions: Question[];
let origin: string;

const server = createServer((request: IncomingMessage, response) => {
  const url = new URL(request.url ?? '/', 'http://resolver');
  const question: Question = {
    name: url.searchParams.get('name') ?? '',
    type: url.searchParams.get('type') ?? '',
    path: `${url.pathname}${url.search}`,
    method: request.method,
    accept: request.headers.accept,
  };
  questions.push(question);
  reply(question, response);
});

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  questions = [];
});

const A = 1;
const CNAME = 5;
const AAAA = 28;
const record = (type: number, data: string) => ({ name: 'hooks.customer.com.', type, TTL: 60, data });
const json = (response: ServerResponse, answer: unknown): void => {
  response.setHeader('content-type', 'application/dns-json');
  response.end(JSON.stringify(answer));
};
/** Replies to A and AAAA questions with these records. */
const records =
  (ofA: readonly unknown[], ofAaaa: readonly unknown[] = []): Reply =>
  ({ type }, response) =>
    json(response, { Status: 0, TC: false, Question: [], Answer: type === 'A' ? ofA : ofAaaa });

const resolve = (signal = new AbortController().signal, resolverUrl = `${origin}/dns-query`): Promise<Resolution> =>
  createResolver({ resolverUrl, fetch })('hooks.customer.com', signal);
const unavailable = (reason: string): Resolution => ({ kind: 'unavailable', detail: `could not be checked: the DNS resolver ${reason}` });
const unresolvable: Resolution = { kind: 'unresolvable', detail: 'names a host that has no address in DNS: check its spelling' };

describe('what is asked', () => {
  test('both families, in the JSON form', async () => {
    reply = records([record(A, '93.184.215.14')]);
    await resolve();
    expect(questions.map(({ type }) => type).sort()).toEqual(['A', 'AAAA']);
    for (const question of questions) {
      expect(question).toMatchObject({ method: 'GET', name: 'hooks.customer.com', accept: 'application/dns-json' });
    }
  });

  test('with the query that the resolver has already', async () => {
    reply = records([record(A, '93.184.215.14')]);
    await resolve(undefined, `${origin}/resolve?key=abc&type=TXT`);
    expect(questions.map(({ path }) => path).sort()).toEqual([
      '/resolve?key=abc&type=A&name=hooks.customer.com',
      '/resolve?key=abc&type=AAAA&name=hooks.customer.com',
    ]);
  });
});

describe('addresses', () => {
  test('of both families count', async () => {
    reply = records([record(A, '93.184.215.14'), record(A, '10.0.0.1')], [record(AAAA, '2606:2800:21f::1')]);
    expect(await resolve()).toEqual({ kind: 'addresses', addresses: ['93.184.215.14', '10.0.0.1', '2606:2800:21f::1'] });
  });

  test('are found behind a chain of aliases', async () => {
    const chain = [record(CNAME, 'edge.cdn.net.'), record(CNAME, 'pop.edge.cdn.net.')];
    reply = records([...chain, record(A, '93.184.215.14')], chain);
    expect(await resolve()).toEqual({ kind: 'addresses', addresses: ['93.184.215.14'] });
  });

  test('of one family are enough', async () => {
    reply = records([], [record(AAAA, '2606:2800:21f::1')]);
    expect(await resolve()).toEqual({ kind: 'addresses', addresses: ['2606:2800:21f::1'] });
  });
});

describe('a name without an address', () => {
  test.each<[string, Reply]>([
    ['does not exist', (_, response) => json(response, { Status: 3, Authority: [] })],
    ['has no records', (_, response) => json(response, { Status: 0 })],
    ['has an empty list of records', records([], [])],
    ['is an alias of nothing', records([record(CNAME, 'gone.cdn.net.')], [record(CNAME, 'gone.cdn.net.')])],
    ['exists for another family alone, which is empty too', ({ type }, response) => json(response, { Status: type === 'A' ? 3 : 0 })],
  ])('is unresolvable when it %s', async (_reason, answer) => {
    reply = answer;
    expect(await resolve()).toEqual(unresolvable);
  });
});

describe('a resolver that cannot be believed', () => {
  test.each<[string, string, Reply]>([
    ['a server failure', 'reported DNS error 2', (_, response) => json(response, { Status: 2 })],
    ['a refusal', 'reported DNS error 5', (_, response) => json(response, { Status: 5 })],
    ['HTTP 500', 'answered HTTP 500', (_, response) => response.writeHead(500).end('{"Status":0}')],
    ['HTTP 429', 'answered HTTP 429', (_, response) => response.writeHead(429).end()],
    ['a redirect', 'answered HTTP 302', (_, response) => response.writeHead(302, { location: '/elsewhere' }).end()],
    ['a page', 'sent an answer that is not DNS JSON', (_, response) => response.end('<html>Sign in</html>')],
    ['nothing', 'sent an answer that is not DNS JSON', (_, response) => response.end()],
    ['JSON of another kind', 'sent an answer that is not DNS JSON', (_, response) => json(response, { Status: 'NOERROR', Answer: 'none' })],
    [
      'a truncated answer',
      'sent a truncated answer',
      (_, response) => json(response, { Status: 0, TC: true, Answer: [record(A, '93.184.215.14')] }),
    ],
    ['a huge answer', 'sent too long an answer', (_, response) => response.end(`{"Status":0,"Comment":"${'x'.repeat(64 * 1024)}"}`)],
    [
      'an answer that breaks off',
      'did not answer in full',
      (_, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"Status":0', () => response.destroy());
      },
    ],
    ['no answer but a closed connection', 'cannot be reached', (_, response) => response.destroy()],
  ])('is unavailable when it sends %s', async (_what, reason, answer) => {
    reply = answer;
    expect(await resolve()).toEqual(unavailable(reason));
    expect(questions.every(({ path }) => path.startsWith('/dns-query'))).toBe(true);
  });

  test('is unavailable when one family has a good answer and the other has none', async () => {
    for (const failing of ['A', 'AAAA']) {
      reply = ({ type }, response) =>
        type === failing ? response.writeHead(503).end() : json(response, { Status: 0, Answer: [record(A, '93.184.215.14')] });
      expect(await resolve()).toEqual(unavailable('answered HTTP 503'));
    }
  });

  test('is unavailable when it hangs and the caller gives up', async () => {
    const asked = new AbortController();
    reply = () => {
      if (questions.length === 2) asked.abort();
    };
    expect(await resolve(asked.signal)).toEqual(unavailable('did not answer in time'));
  });

  test('is unavailable by its own limit when one family hangs and the caller waits', async () => {
    reply = ({ type }, response) => {
      if (type === 'A') json(response, { Status: 0, Answer: [record(A, '93.184.215.14')] });
    };
    expect(await resolve()).toEqual(unavailable('did not answer in time'));
  });

  test('is unavailable when it hangs half-way', async () => {
    const asked = new AbortController();
    reply = (_, response) => response.write('{"Status":0', () => asked.abort());
    expect((await resolve(asked.signal)).kind).toBe('unavailable');
  });

  test('is not asked once the caller has given up', async () => {
    reply = records([record(A, '93.184.215.14')]);
    expect(await resolve(AbortSignal.abort())).toEqual(unavailable('did not answer in time'));
    expect(questions).toEqual([]);
  });

  test.each(['not a URL', 'http://127.0.0.1:1/dns-query'])('is unavailable at %s', async (resolverUrl) => {
    expect(await resolve(undefined, resolverUrl)).toEqual(unavailable('cannot be reached'));
  });
});
