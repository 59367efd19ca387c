import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeResolver } from '../testing/fake-resolver.ts';
import { createUrlJudge, type Surroundings } from './judge-webhook-url.ts';

const resolver = new FakeResolver();
let resolverUrl = '';
beforeAll(async () => {
  resolverUrl = await resolver.listen();
  resolver.addresses.set('hooks.example.com', ['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c']);
  resolver.addresses.set('inside.example.com', ['10.0.0.7']);
  resolver.addresses.set('mixed.example.com', ['93.184.215.14', '::1']);
});
afterAll(() => resolver.close());

const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
beforeEach(() => {
  resolver.queries.length = 0;
  resolver.state = 'well';
});
afterEach(() => warn.mockClear());

const judgeIn = (environment: string, more: Partial<Surroundings> = {}) =>
  createUrlJudge({ environment, ownAddresses: ['https://engine.example.com/api/analyze'], resolverUrl, requestId: 'call-1', ...more });
const locally = (requestUrl = 'http://127.0.0.1:8787/api/analyze') => judgeIn('local', { ownAddresses: [requestUrl] });

/** The sentence of a refusal; undefined when the URL is accepted. */
async function refusalOf(judge: ReturnType<typeof createUrlJudge>, url: string): Promise<string | undefined> {
  const judged = await judge(url, '/webhook/url');
  if (judged.ok) return undefined;
  expect(judged.error).toMatchObject({ code: 'invalid-webhook-url', errors: [{ pointer: '/webhook/url' }] });
  return judged.error.detail;
}

describe.each(['local', 'staging', 'production'])('in the environment %s', (environment) => {
  it('a public host is accepted', async () => {
    expect(await refusalOf(judgeIn(environment), 'https://hooks.example.com/a?token=b')).toBeUndefined();
  });

  it.each([
    ['http://hooks.example.com/', '/webhook/url must use https, not http.'],
    ['https://10.0.0.7/', '/webhook/url must name its host, not an IP address: use a public DNS name.'],
    ['https://user:secret@hooks.example.com/', '/webhook/url must not contain a user name or password: calls are signed instead.'],
    ['https://inside.example.com/', '/webhook/url must name a host whose addresses are all public.'],
    ['https://mixed.example.com/', '/webhook/url must name a host whose addresses are all public.'],
  ])('%s is refused with what must change', async (url, sentence) => {
    expect(await refusalOf(judgeIn(environment), url)).toBe(sentence);
  });

  it.each(['down', 'silent'] as const)('a resolver that is %s refuses nobody, and is named in the log by the host alone', async (state) => {
    resolver.state = state;
    const limit = new AbortController();
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValueOnce(limit.signal);
    const answer = refusalOf(judgeIn(environment), 'https://inside.example.com/path?token=s3cret');
    await vi.waitFor(() => expect(resolver.queries).toHaveLength(2));
    expect(timeout.mock.calls[0]).toEqual([3_000]);
    if (state === 'silent') limit.abort();
    expect(await answer).toBeUndefined();
    expect(warn.mock.calls.map(([line]) => JSON.parse(String(line)))).toEqual([
      {
        level: 'warn',
        message: 'webhook host not checked',
        requestId: 'call-1',
        host: 'inside.example.com',
        error: expect.stringMatching(/^could not be checked: the DNS resolver /),
      },
    ]);
    timeout.mockRestore();
  });
});

describe('a host without an address', () => {
  it('is refused in production', async () => {
    expect(await refusalOf(judgeIn('production'), 'https://nobody.example.com/')).toBe(
      '/webhook/url names a host that has no address in DNS: check its spelling.',
    );
  });

  it.each(['local', 'staging'])('is accepted in the environment %s', async (environment) => {
    expect(await refusalOf(judgeIn(environment), 'https://nobody.example.com/')).toBeUndefined();
    expect(resolver.queries).toEqual(['nobody.example.com', 'nobody.example.com']);
  });
});

describe('a receiver on this machine', () => {
  it('is accepted locally without asking DNS, on any port but the engine’s own', async () => {
    expect(await refusalOf(locally(), 'http://127.0.0.1:9999/hook')).toBeUndefined();
    expect(await refusalOf(locally(), 'http://127.0.0.1/hook')).toBeUndefined();
    const own = "/webhook/url must not name this engine's own address: give your receiver's.";
    expect(await refusalOf(locally(), 'http://127.0.0.1:8787/hook')).toBe(own);
    expect(await refusalOf(locally('http://localhost:8787/api/analyze'), 'http://127.0.0.1:8787/hook')).toBe(own);
    expect(await refusalOf(locally('http://localhost/api/analyze'), 'http://127.0.0.1:80/hook')).toBe(own);
    expect(await refusalOf(locally('http://localhost/api/analyze'), 'http://127.0.0.1:9999/hook')).toBeUndefined();
    expect(resolver.queries).toEqual([]);
  });

  it.each(['staging', 'production'])('is refused in the environment %s', async (environment) => {
    expect(await refusalOf(judgeIn(environment), 'http://127.0.0.1:9999/hook')).toBe('/webhook/url must use https, not http.');
  });
});

it('the engine’s own host is refused on every port where it is deployed', async () => {
  resolver.addresses.set('engine.example.com', ['93.184.215.14']);
  for (const url of ['https://engine.example.com/', 'https://ENGINE.example.com.:8443/']) {
    expect(await refusalOf(judgeIn('production'), url)).toContain("must not name this engine's own address");
  }
});

describe('the judge of one request', () => {
  it('looks a host up once, however many URLs name it', async () => {
    const judge = judgeIn('production');
    const urls = Array.from({ length: 100 }, (_, index) => `https://hooks.example.com/${index}`);
    const refusals = await Promise.all(urls.map((url) => refusalOf(judge, url)));
    expect(new Set(refusals)).toEqual(new Set([undefined]));
    expect(resolver.queries).toEqual(['hooks.example.com', 'hooks.example.com']);
  });

  it('gives a hundred hosts one limit together', async () => {
    resolver.state = 'silent';
    const limit = new AbortController();
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValueOnce(limit.signal);
    const judge = judgeIn('production');
    const answers = Promise.all(Array.from({ length: 100 }, (_, index) => refusalOf(judge, `https://h${index}.example.com/`)));
    await vi.waitFor(() => expect(resolver.queries).toHaveLength(200));
    limit.abort();
    expect(new Set(await answers)).toEqual(new Set([undefined]));
    expect(warn).toHaveBeenCalledTimes(100);
    timeout.mockRestore();
  });
});
