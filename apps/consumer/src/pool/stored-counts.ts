/**
 * The counts of a pool across restarts, for next to nothing: they are written at most every ten seconds and
 * whenever they are shown. So what was shown once was stored first, and no counter ever goes back; what is
 * lost when the object ends between two writes is a few seconds of counting.
 */
import { type Counts, counted, countsSchema, noCounts, type Tally } from './counts.ts';

const KEY = 'counts';
const WRITE_EVERY_MS = 10_000;

/** What is used of the object's storage. */
export interface CountStorage {
  get(key: string): unknown;
  put(key: string, value: Counts): void;
}

export class StoredCounts {
  readonly #storage: CountStorage;
  #counts: Counts;
  #isStored = true;
  #writtenAt = Number.NEGATIVE_INFINITY;

  /** Goes on from what is stored. Counts of another form are given up: a counter may begin anew, an object must not fail for one. */
  constructor(storage: CountStorage) {
    this.#storage = storage;
    const stored = countsSchema.safeParse(storage.get(KEY));
    this.#counts = stored.success ? stored.data : noCounts();
  }

  /** Counts them all. `now` in epoch milliseconds. */
  add(tallies: readonly Tally[], now: number): void {
    this.#counts = tallies.reduce(counted, this.#counts);
    this.#isStored = false;
    // A look writes nothing: it comes again and again while nothing happens.
    if (now >= this.#writtenAt + WRITE_EVERY_MS && tallies.some(({ kind }) => kind !== 'look')) this.#write(now);
  }

  /** The counts, to be shown. */
  shown(now: number): Counts {
    if (!this.#isStored) this.#write(now);
    return this.#counts;
  }

  #write(now: number): void {
    this.#storage.put(KEY, this.#counts);
    this.#isStored = true;
    this.#writtenAt = now;
  }
}
