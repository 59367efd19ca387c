/**
 * Is the engine alive? Alive means: answers HTTP, with any status. All three Workers and every isolate
 * they load share one workerd process and its one thread, so one answer proves them all, and an endless
 * loop in any of them silences it. What a Worker answers is its own affair: a restart mends no bug. The
 * address asked is one that the api refuses without asking anybody, because /health waits for OpenHands,
 * and a slow OpenHands is no reason to restart.
 */
import { setTimeout as wait } from 'node:timers/promises';

export const HEARTBEAT_PATH = '/heartbeat';
/** By which the api’s own line of it is known. */
export const HEARTBEAT_ID = 'heartbeat';

/** This many misses in a row are needed, so that a laptop that slept, or one slow moment, is no death. */
const MISSES = 3;
/**
 * An engine that is flooded answers late, but it prints what it does meanwhile. That counts as a sign of life, yet
 * not for ever: a connector in an endless loop may print too.
 */
const MISSES_WHILE_IT_SPEAKS = 4 * MISSES;

/** True when `url` answers at all within `withinMs`. Never throws. */
export async function answers(url: string, withinMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(url, {
      headers: { 'X-Request-Id': HEARTBEAT_ID },
      signal: AbortSignal.any([signal, AbortSignal.timeout(withinMs)]),
      redirect: 'manual',
    });
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  }
}

/**
 * Returns when there was no sign of life for `seconds` (no answer and no printed line; four times as long when only
 * lines were seen), or when `signal` says that nobody cares any more. A question is never taken back: asked again,
 * it would wait at the end of the line of a busy engine.
 *
 * @param linesPrinted how many lines the engine has printed so far
 */
export async function untilSilent(url: string, seconds: number, signal: AbortSignal, linesPrinted: () => number): Promise<void> {
  const sliceMs = (seconds * 1000) / MISSES;
  const over = new AbortController();
  const asking = AbortSignal.any([signal, over.signal]);
  let answered = false;
  let unanswered = 0;
  let missed = 0;
  while (missed < MISSES && unanswered < MISSES_WHILE_IT_SPEAKS && !signal.aborted) {
    const nextAt = performance.now() + sliceMs;
    const linesBefore = linesPrinted();
    answers(url + HEARTBEAT_PATH, sliceMs * MISSES_WHILE_IT_SPEAKS, asking).then((answer) => {
      answered ||= answer;
    });
    await wait(Math.max(0, nextAt - performance.now()), undefined, { signal }).catch(() => undefined);
    unanswered = answered ? 0 : unanswered + 1;
    missed = answered || linesPrinted() > linesBefore ? 0 : missed + 1;
    answered = false;
  }
  over.abort();
}
