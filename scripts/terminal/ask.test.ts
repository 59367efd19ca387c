import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { readYes } from './ask.ts';

test.each([
  ['y\n', true],
  [' Yes \n', true],
  ['yes, please\n', false],
  ['n\n', false],
  ['\n', false],
])('%j is %s, and the input is let go', async (typed, expected) => {
  const input = new PassThrough();
  input.write(typed);
  expect(await readYes(input)).toBe(expected);
  expect(input.isPaused()).toBe(true);
});

test('the end of the input is no yes', async () => {
  const input = new PassThrough();
  input.end();
  expect(await readYes(input)).toBe(false);
});
