/**
 * What goes by itself: letters after their retention, with those of jobs that were deleted; plans that
 * nobody executed; replays that ended long ago. A step removes a bounded number, the next one follows.
 */
import type { DeadLetterScope } from '@mcpoverflow/types';
import type { LetterStore } from './letter-store.ts';
import { earliest, type ReplayRunner } from './replay-runner.ts';
import type { ReplayRow, ReplayStore } from './replay-store.ts';

const HOUR_MS = 3_600_000;
/** A plan is of the letters as they were; a day later they are others. */
const PLAN_LIFETIME_MS = 24 * HOUR_MS;
const REPLAY_LIFETIME_MS = 30 * 24 * HOUR_MS;
/** No copy of a report is on its way for so long. */
const DEPARTED_LIFETIME_MS = 24 * HOUR_MS;
const LETTERS_AT_ONCE = 100;
const ITEMS_AT_ONCE = 500;

const everybody: DeadLetterScope = { tenant: null };

/** A plan that was never executed and is too old for it. */
export const planIsExpired = ({ state, createdAt }: Pick<ReplayRow, 'state' | 'createdAt'>, now: number): boolean =>
  state === 'planned' && createdAt + PLAN_LIFETIME_MS <= now;

export class Sweep {
  readonly #letters: LetterStore;
  readonly #replays: ReplayStore;
  readonly #runner: ReplayRunner;
  readonly #retentionMs: number;

  constructor(letters: LetterStore, replays: ReplayStore, runner: ReplayRunner, retentionMs: number) {
    this.#letters = letters;
    this.#replays = replays;
    this.#runner = runner;
    this.#retentionMs = retentionMs;
  }

  /** Removes some of what is due. */
  step(now: number): void {
    for (const id of this.#letters.diedBy(now - this.#retentionMs, LETTERS_AT_ONCE)) this.#removeLetter(id, now);
    this.#letters.forgetDeparted(now - DEPARTED_LIFETIME_MS);
    const replayId = this.#replays.expired(now - PLAN_LIFETIME_MS, now - REPLAY_LIFETIME_MS);
    if (replayId !== null) this.#replays.remove(replayId, ITEMS_AT_ONCE);
  }

  /** The job was deleted at `at`, and with it goes everything that was said about it. */
  removeJob(jobId: string, at: number, now: number): void {
    for (const id of this.#letters.ofJob(jobId, at)) this.#removeLetter(id, now);
    this.#letters.depart(jobId, at);
  }

  /** When the next step is due, at a full hour: what dies together goes together. */
  wakeAt(): number | null {
    const due = earliest([
      after(this.#letters.firstDeath(), this.#retentionMs),
      after(this.#letters.firstDeparture(), DEPARTED_LIFETIME_MS),
      after(this.#replays.firstPlanned(), PLAN_LIFETIME_MS),
      after(this.#replays.firstEnded(), REPLAY_LIFETIME_MS),
    ]);
    return due === null ? null : Math.ceil(due / HOUR_MS) * HOUR_MS;
  }

  /** A replay that waits for it waits no longer. */
  #removeLetter(id: string, now: number): void {
    const letter = this.#letters.read(id, everybody);
    if (letter !== null) this.#runner.ended(letter, 'cancelled', null, now);
    this.#letters.remove(id);
  }
}

const after = (time: number | null, ms: number): number | null => (time === null ? null : time + ms);
