/**
 * A bound on waiting. `send()` to a queue and calls to another object have been seen to hang; a duty
 * that hangs would hold up every other duty of its object.
 */

/** For a call to one of our own objects: they answer within milliseconds, or something is wrong with the platform. */
export const RPC_TIMEOUT_MS = 15_000;

/** Settles as `work` does, or rejects with an `Error` naming `what` after `timeoutMs`. The work itself goes on. */
export function within<T>(work: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not answer within ${timeoutMs} ms`)), timeoutMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
