import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { createCloudflare } from './client.ts';

const all = Array.from({ length: 250 }, (_, index) => index);

interface Said {
  readonly result: readonly number[];
  readonly result_info?: Readonly<Record<string, number | string>> | undefined;
}

/** A client of an API that answers so, and how often that was asked. */
async function asking(answer: (query: URLSearchParams) => Said) {
  const asked = { count: 0 };
  const server = createServer((request, response) => {
    asked.count += 1;
    const said = answer(new URL(request.url ?? '/', 'http://127.0.0.1').searchParams);
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ success: true, errors: [], ...said }));
  });
  server.listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const cloudflare = createCloudflare({
    baseUrl: `http://127.0.0.1:${port}`,
    token: 'token',
    interrupted: new AbortController().signal,
    wait: async () => undefined,
  });
  return { cloudflare, asked };
}

/** What comes of a list of 250 when its pages say that of themselves, and how many calls it took. */
async function listed(about: (page: number, perPage: number) => Readonly<Record<string, number>> | undefined) {
  const { cloudflare, asked } = await asking((query) => {
    const [page, perPage] = [Number(query.get('page')), Number(query.get('per_page'))];
    const said = about(page, perPage);
    return { result: said === undefined ? all : all.slice((page - 1) * perPage, page * perPage), result_info: said };
  });
  return { items: await cloudflare.list('/things', z.number()), calls: asked.count };
}

test.each([
  ['the count of pages', () => ({ total_pages: 3 })],
  ['the count of items', (page: number, per_page: number) => ({ page, per_page, count: per_page, total_count: all.length })],
  ['the size of a page', (page: number, per_page: number) => ({ page, per_page })],
] as const)('a list is read to its end when it says %s', async (_name, about) => {
  expect(await listed(about)).toEqual({ items: { ok: true, value: all }, calls: 3 });
});

test('a list that says nothing of pages is taken as it comes', async () => {
  expect(await listed(() => undefined)).toEqual({ items: { ok: true, value: all }, calls: 1 });
});

test('a list of pages that never ends is given up', async () => {
  const { cloudflare, asked } = await asking(() => ({ result: [1], result_info: { total_pages: 1_000_000 } }));
  expect(await cloudflare.list('/things', z.number())).toMatchObject({ ok: false, error: { kind: 'unreadable' } });
  expect(asked.count).toBe(100);
});

test('a list that names cursors is read from one to the next, with the same question', async () => {
  const { cloudflare, asked } = await asking((query) => {
    const start = Number(query.get('cursor') ?? 0);
    const end = start + Number(query.get('limit'));
    return { result: all.slice(start, end), result_info: { count: end - start, cursor: end < all.length ? String(end) : '' } };
  });
  expect(await cloudflare.listOnward('/things', { limit: '100' }, z.number())).toEqual({ ok: true, value: all });
  expect(asked.count).toBe(3);
});

test('of a list whose cursors never end the first hundred pages are read', async () => {
  const { cloudflare, asked } = await asking(() => ({ result: [1], result_info: { cursor: 'on' } }));
  expect(await cloudflare.listOnward('/things', {}, z.number())).toEqual({ ok: true, value: Array.from({ length: 100 }, () => 1) });
  expect(asked.count).toBe(100);
});
