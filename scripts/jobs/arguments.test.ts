import { expect, test } from 'vitest';
import { nameFromFile, parseArguments } from './arguments.ts';

const ID = '0c3c50f0-2fa0-4e43-a64e-e84a60fa76d4';
const place = { INIT_CWD: '/home/ada' };

test('a file is meant relative to where the person is, not to the project', () => {
  expect(parseArguments(['submit', 'shop.yaml'], place)).toMatchObject({
    ok: true,
    value: { command: 'submit', subject: '/home/ada/shop.yaml', options: { type: 'generate-connector', url: 'http://127.0.0.1:8787' } },
  });
});

test('a flag wins over its variable', () => {
  const environment = { ...place, MCPOVERFLOW_URL: 'https://one.example', MCPOVERFLOW_API_KEY: 'from the environment' };
  expect(parseArguments(['list', '--url', 'https://two.example'], environment)).toMatchObject({
    ok: true,
    value: { options: { url: 'https://two.example', key: 'from the environment' } },
  });
});

test.each([
  [[], 'Say what to do.'],
  [['sumbit', 'x'], 'There is no command "sumbit".'],
  [['submit'], 'Name the file to submit.'],
  [['submit', 'a', 'b'], '`submit` takes one file at a time.'],
  [['watch', 'yesterday'], '"yesterday" is not the id of a job.'],
  [['get', ID, '--url', 'ftp://x'], '--url: must be an http or https address.'],
])('%j is refused with a sentence', (typed, sentence) => {
  expect(parseArguments(typed, place)).toEqual({ ok: false, error: sentence });
});

test.each([
  ['--lenguage', 'go'],
  ['--type', 'guess'],
  ['--language', 'cobol'],
])('%s %s is refused by name', (flag, value) => {
  expect(parseArguments(['submit', 'x', flag, value], place)).toMatchObject({ ok: false, error: expect.stringContaining(flag) });
});

test('a connector is named after its file', () => {
  expect(nameFromFile('/specs/bookshop.v2.yaml')).toBe('bookshop.v2');
});
