import { expect, it } from 'vitest';
import { parsePreference } from './prefer.ts';

it.each([
  [undefined, { waitMs: 10_000 }],
  ['wait=5', { waitMs: 5_000, applied: 'wait=5' }],
  ['wait="5"', { waitMs: 5_000, applied: 'wait=5' }],
  ['Wait = 900', { waitMs: 60_000, applied: 'wait=60' }],
  ['respond-async', { waitMs: 0, applied: 'respond-async' }],
  ['respond-async, wait=3', { waitMs: 3_000, applied: 'wait=3' }],
  ['wait=5;x=1', { waitMs: 5_000, applied: 'wait=5' }],
  ['respond-async; a="b", wait = 7 ; x', { waitMs: 7_000, applied: 'wait=7' }],
  ['respond-async;x', { waitMs: 0, applied: 'respond-async' }],
  ['return=minimal', { waitMs: 10_000 }],
  ['wait=-1, wait=soon', { waitMs: 10_000 }],
])('reads Prefer: %s', (header, expected) => {
  expect(parsePreference(header, 10_000)).toEqual(expected);
});
