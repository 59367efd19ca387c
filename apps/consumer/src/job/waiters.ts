/**
 * Callers that wait for a job to change (`Prefer: wait`, SSE). They live in memory only: a lost one
 * falls back to a read. Beyond the bound a new one is answered at once, so that a crowd of watchers
 * costs a job no more than a few open calls.
 */
export const MAX_WAITERS = 20;

export class Waiters {
  readonly #waiting = new Set<() => void>();

  /** Resolves at the next `wake`, after `waitMs`, or at once when too many wait already. */
  wait(waitMs: number): Promise<void> {
    if (this.#waiting.size >= MAX_WAITERS || waitMs <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, waitMs);
      this.#waiting.add(done);
    });
  }

  wake(): void {
    for (const done of [...this.#waiting]) done();
  }
}
