import { expect, test } from 'vitest';
import { createMask } from './mask.ts';

test('secrets are masked wherever they stand, the longer one first; short ones would shred the text', () => {
  const mask = createMask();
  mask.hide(['token', 'token-and-more', 'abc', undefined]);
  expect(mask.apply('Bearer token-and-more, token; abc')).toBe('Bearer ***, ***; abc');
});
