/** docs/security.md names a test for every claim; here it is held to naming tests that there are. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const page = readFileSync(join(project, 'docs', 'security.md'), 'utf8');
const testsIn = (text: string): readonly string[] => [...text.matchAll(/`([\w./-]+\.test\.ts)`/g)].map(([, path]) => path ?? '');

test('every test that the page names is there', () => {
  const named = testsIn(page);
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((path) => !existsSync(join(project, path)))).toEqual([]);
});

test.each(Array.from({ length: 10 }, (_, index) => [`API${index + 1}`]))(
  '%s of the OWASP list has an answer and a test that shows it',
  (risk) => {
    const [row, ...others] = page.split('\n').filter((line) => line.startsWith(`| ${risk} `));
    expect(others).toEqual([]);
    const [, answer = '', tests = ''] = row?.split('|').slice(1) ?? [];
    expect(answer.trim()).not.toBe('');
    expect(testsIn(tests)).not.toEqual([]);
  },
);

test.each([['A specification'], ['An agent’s output'], ['A connector'], ['A webhook’s URL'], ['Another tenant']])(
  'of who may be hostile, "%s" has a test',
  (who) => {
    const [, told = ''] = page.split(`**${who.replace('’', "'")}.**`);
    expect(testsIn(told.split('\n')[0] ?? '')).not.toEqual([]);
  },
);
