/**
 * Who is running, and who is dead. Every queue invocation and every Durable Object in memory is a
 * process; asynchronous context carries it through the code under test, which knows nothing of it.
 *
 * A dead process is not unwound: its promises never settle, its timers never fire, its writes are not
 * made. That is what a killed isolate looks like from outside.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

export class Process {
  readonly name: string;
  #alive = true;
  readonly #mourners = new Set<() => void>();

  constructor(name: string) {
    this.name = name;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Ends the process between two of its steps. */
  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    for (const mourner of this.#mourners) mourner();
  }

  /** @returns takes the wish back */
  onDeath(mourner: () => void): () => void {
    this.#mourners.add(mourner);
    return () => this.#mourners.delete(mourner);
  }

  run<T>(work: () => T): T {
    return running.run(this, work);
  }
}

const running = new AsyncLocalStorage<Process>();

/** The process whose code is running; undefined for the test's own code, which never dies. */
export const currentProcess = (): Process | undefined => running.getStore();

/** What a dead process waits for. */
export const never = <T>(): Promise<T> => new Promise<T>(() => {});
