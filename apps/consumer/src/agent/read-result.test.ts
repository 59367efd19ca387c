import { expect, test } from 'vitest';
import { MAX_RESULT_VALUES, readResult } from './read-result.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

test('a result that fits its schema is returned without what the schema does not know', () => {
  const files = [{ path: 'README.md', content: '# Read me' }];
  const read = readResult('generate-documentation', bytesOf(JSON.stringify({ files, verification: { ran: true, passed: true } })));
  expect(read).toEqual({ ok: true, value: { files } });
});

test('a result of more values than any API needs is refused before it is built', () => {
  const read = readResult('generate-documentation', bytesOf(`{"files":[${'[],'.repeat(MAX_RESULT_VALUES)}[]]}`));
  expect(read).toEqual({ ok: false, error: [`/files holds more than ${MAX_RESULT_VALUES} values`] });
});

test('a result that nests without end is refused', () => {
  const read = readResult('generate-documentation', bytesOf('['.repeat(1_000_000)));
  expect(read).toEqual({ ok: false, error: ['it is nested more than 200 levels deep'] });
});

test('what is not JSON, not text, or not the result is told in sentences', () => {
  expect(readResult('analyze', bytesOf('Done!'))).toMatchObject({ ok: false, error: [expect.stringContaining('it is not JSON')] });
  expect(readResult('analyze', new Uint8Array([0xff, 0xfe]))).toEqual({ ok: false, error: ['it is not UTF-8 text'] });
  expect(readResult('generate-documentation', bytesOf('{"files":[]}'))).toMatchObject({
    ok: false,
    error: [expect.stringContaining('/files: ')],
  });
});

test('a quarter of a million faults are told as twenty', () => {
  const read = readResult('analyze', bytesOf(`{"endpoints":[{"parameters":[${'{},'.repeat(240_000)}{}]}]}`));
  expect(read.ok ? [] : read.error).toHaveLength(20);
});

test('a fault is named by the place it is at, a field nobody asked for included', () => {
  const files = [
    { path: 'a', content: '' },
    { path: '../b', content: '', mode: 7 },
  ];
  expect(readResult('generate-documentation', bytesOf(JSON.stringify({ files })))).toEqual({
    ok: false,
    error: ['/files/1/path: must be a relative path without empty, "." or ".." parts', '/files/1/mode: is not a known field'],
  });
});
