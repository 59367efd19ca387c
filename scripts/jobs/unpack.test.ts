import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freshFolder, unpack } from './unpack.ts';

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'unpack-'));
});
afterEach(() => rmSync(place, { recursive: true }));

test('files and folders are written as they are named', () => {
  const folder = join(place, 'connector');
  expect(unpack(zipSync({ 'src/server.ts': strToU8('code'), 'README.md': strToU8('text') }), folder)).toEqual({
    ok: true,
    value: ['README.md', 'src/server.ts'],
  });
  expect(readFileSync(join(folder, 'src/server.ts'), 'utf8')).toBe('code');
});

test.each(['../outside.ts', '/outside.ts', 'src/../../outside.ts', 'src\\..\\outside.ts'])(
  'one file named %s, and nothing is written',
  (name) => {
    const folder = join(place, 'connector');
    expect(unpack(zipSync({ 'README.md': strToU8('text'), [name]: strToU8('code') }), folder)).toMatchObject({ ok: false });
    expect(existsSync(folder)).toBe(false);
    expect(existsSync(join(place, 'outside.ts'))).toBe(false);
  },
);

test('what is no zip is refused with a sentence', () => {
  expect(unpack(strToU8('<html>'), place)).toEqual({ ok: false, error: 'The download is not a readable zip file.' });
});

test('a folder that holds something is never chosen', () => {
  mkdirSync(join(place, 'book-shop'));
  expect(freshFolder(place, 'Book Shop')).toBe(join(place, 'book-shop'));
  writeFileSync(join(place, 'book-shop', 'mine.txt'), '');
  expect(freshFolder(place, 'Book Shop')).toBe(join(place, 'book-shop-2'));
});

test('a name cannot lead out of the place', () => {
  expect(freshFolder(place, '../../etc')).toBe(join(place, 'etc'));
  expect(freshFolder(place, '..')).toBe(join(place, 'connector'));
});
