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

test('the api’s own line of a heartbeat is left out, those of other calls are not', () => {
  const lineOf = (requestId: string) => `[api] {"level":"info","message":"request","requestId":"${requestId}","route":"none","status":404}`;
  expect(shown(lineOf('heartbeat'), lineOf('call-1'))).toEqual([lineOf('call-1')]);
});

test('the heartbeats of the supervisor are left out, other requests that merely resemble them are not', () => {
  expect(shown('[wrangler:info] GET /heartbeat 404 Not Found (1ms)', '[wrangler:info] GET /heartbeats 404 Not Found (1ms)')).toEqual([
    'GET /heartbeats 404 Not Found (1ms)',
  ]);
});

test('that an alarm came due while the engine was away is no warning for an operator, other warnings are', () => {
  const overdue =
    '\u001b[33m▲ \u001b[1m[WARNING]\u001b[0m NOSENTRY SQLite alarm overdue, running despite AlarmManager mismatch; currentTime = 1';
  const another = '▲ [WARNING] Processing wrangler.api.toml configuration';
  expect(shown(overdue, another)).toEqual([another]);
});

test('the secret in the address for OpenHands’ posts is masked, with or without more behind it', () => {
  expect(shown('[wrangler:info] POST /hooks/openhands/s3cret/events/0a 204 No Content (1ms)', 'POST /hooks/openhands/s3cret 404')).toEqual([
    'POST /hooks/openhands/***/events/0a 204 No Content (1ms)',
    'POST /hooks/openhands/*** 404',
  ]);
});
