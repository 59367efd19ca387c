/**
 * Is the engine alive? Alive means: answers HTTP, with any status. All three Workers and every isolate
 * they load share one workerd process and its one thread, so one answer proves them all, and an endless
 * loop in any of them silences it. What a Worker answers is its own affair: a restart mends no bug. The
 * address asked is one that the api refuses without asking anybody, because /health waits for OpenHands,
 * and a slow OpenHands is no reason to restart.
 */
import { setTimeout as wait } from 'node:timers/promises';

export const HEARTBEAT_PATH = '/heartbeat';

/** This many misses in a row are needed, so that a laptop that slept, or one slow moment, is no death. */
const MISSES = 3;

/** True when `url` answers at all within `withinMs`. Never throws. */
export async function answers(url: string, withinMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(withinMs)]), redirect: 'manual' });
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  }
}

/** Returns when there was no sign of life for `seconds`, or when `signal` says that nobody cares any more. */
export async function untilSilent(url: string, seconds: number, signal: AbortSignal): Promise<void> {
  const sliceMs = (seconds * 1000) / MISSES;
  let missed = 0;
  while (missed < MISSES && !signal.aborted) {
    const nextAt = performance.now() + sliceMs;
    missed = (await answers(url + HEARTBEAT_PATH, sliceMs, signal)) ? 0 : missed + 1;
    await wait(Math.max(0, nextAt - performance.now()), undefined, { signal }).catch(() => undefined);
  }
}
