/**
 * Callers that wait for a job to change (`Prefer: wait`, SSE). They live in memory only: a lost one
 * falls back to a read. Beyond the bound a new one is answered at once, so that a crowd of watchers
 * costs a job no more than a few open calls.
 */
export const MAX_WAITERS = 20;

export class Waiters {
  readonly #waiting = new Set<(woken: boolean) => void>();

  /** True at the next `wake`; false after `waitMs`, or at once when too many wait already. */
  wait(waitMs: number): Promise<boolean> {
    if (this.#waiting.size >= MAX_WAITERS || waitMs <= 0) return Promise.resolve(false);
    return new Promise((resolve) => {
      const done = (woken: boolean) => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve(woken);
      };
      const timer = setTimeout(() => done(false), waitMs);
      this.#waiting.add(done);
    });
  }

  wake(): void {
    for (const done of [...this.#waiting]) done(true);
  }
}
