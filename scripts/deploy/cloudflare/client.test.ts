import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { createCloudflare } from './client.ts';

const all = Array.from({ length: 250 }, (_, index) => index);

/** What comes of a list of 250 when its pages say that of themselves, and how many calls it took. */
async function listed(about: (page: number, perPage: number) => Readonly<Record<string, number>> | undefined) {
  let calls = 0;
  const server = createServer((request, response) => {
    calls += 1;
    const query = new URL(request.url ?? '/', 'http://127.0.0.1').searchParams;
    const [page, perPage] = [Number(query.get('page')), Number(query.get('per_page'))];
    const said = about(page, perPage);
    const result = said === undefined ? all : all.slice((page - 1) * perPage, page * perPage);
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ success: true, errors: [], result, result_info: said }));
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
  return { items: await cloudflare.list('/things', z.number()), calls };
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
