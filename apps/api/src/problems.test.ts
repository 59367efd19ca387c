import { expect, test } from 'vitest';
import { refusalAt, refusalOf } from './problems.ts';

test('a refusal names each place with what is wrong there, and ends in one full stop', () => {
  const refusal = refusalOf('invalid-request', [
    { pointer: '', detail: 'is missing' },
    { pointer: '/runtime', detail: 'It does not run there. What works: docker.' },
  ]);
  expect(refusal.detail).toBe('The body is missing; /runtime: It does not run there. What works: docker.');
  expect(refusalAt('invalid-request', '/spec', 'is empty').detail).toBe('/spec is empty.');
});
