/**
 * Lets one through at a time, in the order of arrival. It belongs to one invocation: workers of different
 * invocations must not wait for each other's promises.
 */
export class Turnstile {
  #last: Promise<void> = Promise.resolve();

  /** Waits for everybody who came before. @returns lets the next one in; more than one call does no harm */
  async enter(): Promise<() => void> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    return resolve;
  }
}
