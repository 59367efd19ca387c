import { expect, it } from 'vitest';
import * as z from 'zod';
import { validate } from './validation.ts';

const schema = z.strictObject({
  name: z.string().min(1).max(3),
  count: z.number().min(2).optional(),
  list: z.array(z.string()).max(1).optional(),
  url: z.url().optional(),
});

const errorsOf = (input: unknown) => {
  const validated = validate(schema, input);
  return validated.ok ? [] : validated.error.errors?.map(({ pointer, detail }) => `${pointer} ${detail}`);
};

it('says in words what is wrong, and where', () => {
  expect(errorsOf({ name: '' })).toEqual(['/name must not be empty']);
  expect(errorsOf({ name: 'long' })).toEqual(['/name must have at most 3 characters']);
  expect(errorsOf({ name: 7 })).toEqual(['/name must be a string']);
  expect(errorsOf({ name: 'x', count: 1 })).toEqual(['/count must be at least 2']);
  expect(errorsOf({ name: 'x', list: ['a', 'b'] })).toEqual(['/list must have at most 1 entries']);
  expect(errorsOf({ name: 'x', list: [0] })).toEqual(['/list/0 must be a string']);
  expect(errorsOf({ name: 'x', url: 'no' })).toEqual(['/url must be a URL']);
  expect(errorsOf('text')).toEqual([' must be an object']);
});

it('escapes names in pointers, and stops after twenty faults', () => {
  expect(errorsOf({ name: 'x', 'a/b~c': 1 })).toEqual(['/a~1b~0c is not a field of this submission']);
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${index}`, 1]));
  expect(errorsOf({ name: 'x', ...many })).toHaveLength(20);
});
