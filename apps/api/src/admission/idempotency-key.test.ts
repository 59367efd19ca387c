import { expect, it } from 'vitest';
import { parseIdempotencyKey } from './idempotency-key.ts';

it.each([
  [undefined, undefined],
  ['8e03978e-40d5-43dd-bc93-6894a57f9324', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
  ['"8e03978e"', '8e03978e'],
  ['"with space"', 'with space'],
  ['"a \\"b\\" \\\\c"', 'a "b" \\c'],
])('reads %s', (header, key) => {
  expect(parseIdempotencyKey(header)).toEqual({ ok: true, value: key });
});
