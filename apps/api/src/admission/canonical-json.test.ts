import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { fingerprintOf } from './canonical-json.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

it('is the SHA-256 of the value with its members sorted and no white space', () => {
  const value = { b: [1, 'x', null, true, {}], a: { ü: [], c: 1.5 }, gone: undefined };
  expect(fingerprintOf(value)).toBe(sha256('{"a":{"c":1.5,"ü":[]},"b":[1,"x",null,true,{}]}'));
});

it('does not depend on how the text is cut into pieces', () => {
  const value = Array.from({ length: 20_000 }, (_, index) => `item ${index}`);
  expect(fingerprintOf(value)).toBe(sha256(JSON.stringify(value)));
});

it('is the same for a long text, wherever it is cut: within pairs, before and after halves of them, at what is escaped', () => {
  for (const letter of ['a', '😀', '\ud83d', '\ude00', '\ud83d\ud83d\ude00', '"\\\n№'])
    for (const before of ['', 'x', 'xy']) {
      const value = { text: before + letter.repeat(100_000) };
      expect(fingerprintOf(value)).toBe(sha256(JSON.stringify(value)));
    }
});

it('tells lists and members apart', () => {
  expect(fingerprintOf(['a', 'b'])).not.toBe(fingerprintOf(['ab']));
  expect(fingerprintOf({ a: 1 })).not.toBe(fingerprintOf(['a', 1]));
});
