import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { untilSilent } from './heartbeat.ts';

const SECONDS = 0.6;
let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** An engine that keeps each question waiting until so many more have come; infinitely many: it never answers. */
async function engineBehindBy(questions: number): Promise<{ url: string; asked: () => number }> {
  const waiting: (() => void)[] = [];
  let asked = 0;
  server = createServer((_request, response) => {
    asked += 1;
    waiting.push(() => response.writeHead(404).end());
    if (waiting.length > questions) waiting.shift()?.();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, asked: () => asked };
}

/** Ends the watch once the engine was asked so often, and tells whether it had been given up before. */
async function isGivenUpWithin(
  questions: number,
  engine: { url: string; asked: () => number },
  linesPrinted: () => number,
): Promise<boolean> {
  const enough = new AbortController();
  const watched = untilSilent(engine.url, SECONDS, enough.signal, linesPrinted).then(() => !enough.signal.aborted);
  const asked = expect.poll(engine.asked, { timeout: 20_000 }).toBeGreaterThanOrEqual(questions);
  const given = await Promise.race([watched, asked.then(() => false)]);
  enough.abort();
  await Promise.allSettled([watched, asked]);
  return given;
}

test('an engine that answers every question late is alive', async () => {
  expect(await isGivenUpWithin(10, await engineBehindBy(1), () => 0)).toBe(false);
});

test('an engine that neither answers nor prints is given up after three questions', async () => {
  const engine = await engineBehindBy(Number.POSITIVE_INFINITY);
  await untilSilent(engine.url, SECONDS, new AbortController().signal, () => 7);
  expect(engine.asked()).toBeLessThanOrEqual(3);
});

test('one that only prints is given four times as long, and no more', async () => {
  const engine = await engineBehindBy(Number.POSITIVE_INFINITY);
  let lines = 0;
  await untilSilent(engine.url, SECONDS, new AbortController().signal, () => {
    lines += 1;
    return lines;
  });
  expect(engine.asked()).toBeGreaterThan(3);
  expect(engine.asked()).toBeLessThanOrEqual(12);
});

test('the watch ends when nobody cares any more', async () => {
  const stop = new AbortController();
  const watched = untilSilent((await engineBehindBy(0)).url, SECONDS, stop.signal, () => 0);
  stop.abort();
  await watched;
});
