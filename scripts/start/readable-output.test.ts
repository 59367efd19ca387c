import { expect, test } from 'vitest';
import { readableLines } from './readable-output.ts';

const shown = (...lines: string[]): string[] => {
  const readable = readableLines();
  return lines.flatMap((line) => readable(line) ?? []);
};

test('what the Workers log, requests and warnings are shown, without marks that say nothing', () => {
  const lines = ['[undefined] job begun', '[wrangler:info] GET /api/jobs 200 OK (3ms)', '[wrangler:warn] The runtime crashed'];
  expect(shown(...lines)).toEqual(['job begun', 'GET /api/jobs 200 OK (3ms)', '[wrangler:warn] The runtime crashed']);
});

test('a table of bindings is left out up to the empty line that ends it', () => {
  expect(shown('api has access to the following bindings:', 'Binding  Resource', 'env.JOB  Durable Object', '', 'a log line')).toEqual([
    'a log line',
  ]);
});

test('the heartbeats of the supervisor are left out, other requests that merely resemble them are not', () => {
  expect(shown('[wrangler:info] GET /heartbeat 404 Not Found (1ms)', '[wrangler:info] GET /heartbeats 404 Not Found (1ms)')).toEqual([
    'GET /heartbeats 404 Not Found (1ms)',
  ]);
});
