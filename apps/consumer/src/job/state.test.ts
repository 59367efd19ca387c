import { expect, it } from 'vitest';
import { running } from './fixtures.ts';
import { storedSchema } from './state.ts';

it('a job whose stored figures cannot be read is a job without figures', () => {
  const state = running();
  if (state.run === null) throw new Error('no run');
  const unreadable = { promptTokens: 2 ** 60 };
  const stored = { ...state, earlierUsage: unreadable, run: { ...state.run, usage: unreadable } };
  expect(storedSchema.parse(stored)).toEqual({ ...state, earlierUsage: null, run: { ...state.run, usage: null } });
});
