/**
 * What goes by itself: letters after their retention; plans that nobody executed; replays that ended long ago. A step removes a bounded number, the next one follows.
 */
import type { LetterStore } from './letter-store.ts';
import { earliest } from './replay-runner.ts';
import type { ReplayRow, ReplayStore } from './replay-store.ts';

const HOUR_MS = 3_600_000;
/** A plan is of the letters as they were; a day later they are others. */
const PLAN_LIFETIME_MS = 24 * HOUR_MS;
const REPLAY_LIFETIME_MS = 30 * 24 * HOUR_MS;
/** No copy of a report is on its way for so long. */
const DEPARTED_LIFETIME_MS = 24 * HOUR_MS;
const LETTERS_AT_ONCE = 100;
const ITEMS_AT_ONCE = 500;

/** A plan that was never executed and is too old for it. */
export const planIsExpired = ({ state, createdAt }: Pick<ReplayRow, 'state' | 'createdAt'>, now: number): boolean =>
  state === 'planned' && createdAt + PLAN_LIFETIME_MS <= now;

export class Sweep {
  readonly #letters: LetterStore;
  readonly #replays: ReplayStore;
  readonly #retentionMs: number | null;

  /** @param retentionMs null while nobody knows: then no letter goes */
  constructor(letters: LetterStore, replays: ReplayStore, retentionMs: number | null) {
    this.#letters = letters;
    this.#replays = replays;
    this.#retentionMs = retentionMs;
  }

  /** Removes some of what is due. */
  step(now: number): void {
    if (this.#retentionMs !== null) this.#letters.removeDiedBy(now - this.#retentionMs, LETTERS_AT_ONCE);
    this.#letters.forgetDeparted(now - DEPARTED_LIFETIME_MS);
    const replayId = this.#replays.expired(now - PLAN_LIFETIME_MS, now - REPLAY_LIFETIME_MS);
    if (replayId !== null) this.#replays.remove(replayId, ITEMS_AT_ONCE);
  }

  /** When the next step is due, at a full hour: what dies together goes together. */
  wakeAt(now: number): number | null {
    const due = earliest([
      this.#retentionMs === null ? now + HOUR_MS : after(this.#letters.firstDeath(), this.#retentionMs),
      after(this.#letters.firstDeparture(), DEPARTED_LIFETIME_MS),
      after(this.#replays.firstPlanned(), PLAN_LIFETIME_MS),
      after(this.#replays.firstEnded(), REPLAY_LIFETIME_MS),
    ]);
    return due === null ? null : Math.ceil(due / HOUR_MS) * HOUR_MS;
  }
}

const after = (time: number | null, ms: number): number | null => (time === null ? null : time + ms);
