import { expect, test } from 'vitest';
import { readCommand } from './command-line.ts';

const flags = {
  'dry-run': { type: 'boolean' },
  url: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;
const read = (...typed: string[]) =>
  readCommand<'replay' | 'discard', typeof flags>(typed, flags, { replay: { flags: ['dry-run'] }, discard: { flags: [] } }, ['url']);

test('a command comes with its flags, those that all take, and the words behind it', () => {
  expect(read('replay', 'one', '--dry-run', 'two', '--url', 'http://x')).toEqual({
    ok: true,
    value: { command: 'replay', values: { 'dry-run': true, url: 'http://x' }, words: ['one', 'two'] },
  });
});

test.each([[['help']], [['discard', '-h']], [['--help', '--dry-run']]])('%j asks for help', (typed) => {
  expect(read(...typed)).toEqual({ ok: true, value: { command: 'help' } });
});

test.each([
  [['discard', 'one', '--dry-run'], '`discard` does not take --dry-run.'],
  [['replay', '--dryrun'], expect.stringContaining("Unknown option '--dryrun'")],
  [['toString'], 'There is no command "toString".'],
  [[], 'Say what to do.'],
])('%j is refused', (typed, error) => {
  expect(read(...typed)).toEqual({ ok: false, error });
});
