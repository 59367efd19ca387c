/**
 * Will a dead letter be replayed, or skipped and why? Asked twice, of the same function: when a plan is
 * made, and again when the letter's turn comes, because hours may lie between the two.
 */
import { isQuarantined, type Letter } from './letter.ts';

export type Verdict = { readonly kind: 'will-replay' } | { readonly kind: 'skipped'; readonly reason: string };

const skipped = (reason: string): Verdict => ({ kind: 'skipped', reason });

/** @param letter null when there is none, or none that the caller may see */
export function verdictOf(letter: Pick<Letter, 'kind' | 'status' | 'deathsOfFingerprint'> | null, force: boolean): Verdict {
  if (letter === null) return skipped('It does not exist.');
  if (letter.kind === 'message') return skipped('It cannot be replayed: nobody could act upon it.');
  switch (letter.status) {
    case 'replaying':
      return skipped('It is being replayed already.');
    case 'recovered':
      return skipped('It has recovered.');
    case 'cancelled':
      return skipped('It was cancelled.');
    case 'discarded':
      return skipped('It was discarded.');
    case 'dead':
      if (isQuarantined(letter) && !force) return skipped('It is in quarantine: it died three times of the same cause. Use force.');
      return { kind: 'will-replay' };
  }
}
