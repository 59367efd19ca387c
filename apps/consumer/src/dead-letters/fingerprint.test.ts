import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprintOf, normaliseMessage } from './fingerprint.ts';

const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
const aPath = fc.stringMatching(/^(\/[a-z0-9_-]{1,8}){1,5}$/);
/** What differs from one death to the next of the same cause. */
const particulars = fc.record({
  uuid: fc.uuid(),
  time: fc.date({ noInvalidDate: true, min: new Date('2000-01-01'), max: new Date('2100-01-01') }),
  hash: hex(40),
  path: aPath,
  words: fc.stringMatching(/^[a-zA-Z0-9 .,:/-]{0,40}$/),
  count: fc.integer({ min: 0, max: 1_000_000 }),
  seconds: fc.double({ min: 0, max: 9_999, noNaN: true }).map((value) => value.toFixed(2)),
});
type Particulars = typeof particulars extends fc.Arbitrary<infer T> ? T : never;
const messageOf = ({ uuid, time, hash, path, words, count, seconds }: Particulars): string =>
  `Run ${uuid} of https://agent.example.com${path}?page=${count} could not open ${path} ("${words}", '${words}') ` +
  `after ${count} bytes and ${seconds} s at ${time.toISOString()} (${time.toUTCString()}), revision ${hash}.`;

const cause = { code: 'agent-error', message: 'The agent stopped.', stage: 'running' };
const word = fc.stringMatching(/^[a-z]{3,9}$/);

describe('a fingerprint', () => {
  it('is the same for one cause, whatever the ids, places, times and numbers', () => {
    fc.assert(
      fc.property(particulars, particulars, (one, other) => {
        expect(normaliseMessage(messageOf(one))).toBe(normaliseMessage(messageOf(other)));
      }),
    );
  });

  it('differs for another code, another stage and other words', () => {
    fc.assert(
      fc.property(word, word, (one, other) => {
        fc.pre(one !== other);
        expect(fingerprintOf({ ...cause, code: one })).not.toBe(fingerprintOf({ ...cause, code: other }));
        expect(fingerprintOf({ ...cause, stage: one })).not.toBe(fingerprintOf({ ...cause, stage: other }));
        expect(fingerprintOf({ ...cause, message: `It ${one}.` })).not.toBe(fingerprintOf({ ...cause, message: `It ${other}.` }));
      }),
    );
  });

  it('does not confuse the end of one part with the beginning of the next', () => {
    expect(fingerprintOf({ code: 'a', stage: 'b', message: 'c' })).not.toBe(fingerprintOf({ code: 'a', stage: null, message: 'b c' }));
  });

  it('is 32 hex digits', () => {
    expect(fingerprintOf(cause)).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('a normalised message', () => {
  it.each([
    ['The receiver answered 503; only 2xx counts as received.', 'the receiver answered 503; only 2xx counts as received.'],
    ['The receiver did not answer within 15 seconds.', 'the receiver did not answer within <n>.'],
    ['1 test failed.', '<n> test failed.'],
    ['12 tests failed.', '<n> test failed.'],
    ["The agent's server doesn't answer 'GET /api/x'.", "the agent's server doesn't answer <text>."],
    ['No route to 10.0.0.1:8080.', 'no route to <n>.'],
    ['msg_3fa92bc1d0 was refused, req_77ab01cd9e too', '<id> was refused, <id> too'],
    ['Cannot read C:\\work\\x.json or ./x/y.json.', 'cannot read <path> or <path>'],
    ['read and/or write over http2', 'read and/or write over http2'],
    ['The agent finished. Its last words: I cannot\nreach it.', 'the agent finished. its last words: <text>'],
  ])('%s', (message, normalised) => {
    expect(normaliseMessage(message)).toBe(normalised);
  });

  it('stays apart for other answers of a receiver', () => {
    expect(normaliseMessage('The receiver answered 503.')).not.toBe(normaliseMessage('The receiver answered 401.'));
  });

  it('does not grow by being normalised again', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        expect(normaliseMessage(text).length).toBeLessThanOrEqual(6 * text.length);
      }),
    );
  });

  it('looks at so much of an endless message and no more', () => {
    const start = 'x '.repeat(1_000);
    for (const end of ["'", '"', '/', '<n> ', '‘', '“', '1.', 'a', '-', '0x', 'http://'])
      expect(normaliseMessage(start + end.repeat(1_000_000))).toBe(normaliseMessage(start));
  });

  it('reads what was made to be slow', () => {
    for (const piece of [
      "'",
      " '",
      '"',
      '/',
      './',
      '<n> a',
      '‘',
      '“',
      '1.',
      '1 ',
      'a',
      'a1',
      '_',
      '-',
      'a-',
      '0x',
      'h:/',
      '2026-11-22t',
      'its last words',
    ])
      expect(typeof normaliseMessage(piece.repeat(2_000))).toBe('string');
  });
});
