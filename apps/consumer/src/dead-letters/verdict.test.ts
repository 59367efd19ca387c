import { expect, it } from 'vitest';
import { verdictOf } from './verdict.ts';

const letter = { kind: 'job', status: 'dead', deathsOfFingerprint: 1 } as const;

it.each([
  ['a dead job', letter, false, 'will-replay'],
  ['a dead webhook call', { ...letter, kind: 'delivery' }, false, 'will-replay'],
  ['the second death of one cause', { ...letter, deathsOfFingerprint: 2 }, false, 'will-replay'],
  ['the third', { ...letter, deathsOfFingerprint: 3 }, false, 'It is in quarantine: it died three times of the same cause. Use force.'],
  ['the third, by force', { ...letter, deathsOfFingerprint: 3 }, true, 'will-replay'],
  ['one that is brought back right now', { ...letter, status: 'replaying' }, true, 'It is being replayed already.'],
  ['one that recovered', { ...letter, status: 'recovered' }, true, 'It has recovered.'],
  ['one that was cancelled', { ...letter, status: 'cancelled' }, true, 'It was cancelled.'],
  ['one that was discarded', { ...letter, status: 'discarded' }, true, 'It was discarded.'],
  ['a message', { ...letter, kind: 'message' }, true, 'It cannot be replayed: nobody could act upon it.'],
  ['nothing', null, true, 'It does not exist.'],
] as const)('%s', (_what, asked, force, expected) => {
  const verdict = verdictOf(asked, force);
  expect(verdict.kind === 'skipped' ? verdict.reason : verdict.kind).toBe(expected);
});
