/**
 * Bounds a wait. The work itself is not cancelled (RPC and KV calls cannot be): its late answer is
 * ignored.
 */

/** Settles as `work` does, or rejects with an `Error` naming `what` after `timeoutMs`. The work itself goes on. */
export function within<T>(work: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not answer within ${timeoutMs} ms`)), timeoutMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Resolves after `delayMs` milliseconds. */
export const pause = (delayMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, delayMs));
