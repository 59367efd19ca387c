/**
 * Keeps the Workers running: starts wrangler, waits until it answers, watches its heartbeat, and when it
 * is silent or gone ends its whole process group and starts it again. Jobs go on by themselves, because
 * alarms and Durable Objects outlive the process.
 *
 * A wrangler that leaves by itself before it ever answered is not started again: that is a broken build
 * or configuration, and repeating it would only hide the message.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { answers, HEARTBEAT_PATH, untilSilent } from './heartbeat.ts';
import type { Lock } from './lock.ts';
import { endGroup } from './process-group.ts';
import { identify, type ProcessIdentity } from './process-table.ts';
import { readableLines } from './readable-output.ts';
import type { Settings } from './settings.ts';
import { openGate, spawnWrangler, type WranglerProcess } from './wrangler.ts';

/** From start to first answer: bundling three Workers on a busy machine takes its time. */
const START_WITHIN_MS = 90_000;
const LOOK_EVERY_MS = 200;
const ANSWER_WITHIN_MS = 2000;
const PATIENCE_AT_THE_END_MS = 5000;
/** Pause before the n-th restart in a row: none, 1 s, 2 s … 30 s. A stretch this long in health starts anew. */
const LONGEST_PAUSE_MS = 30_000;
const HEALTHY_AFTER_MS = 60_000;
const LINES_KEPT_OF_A_FAILED_START = 40;

export interface Supervision {
  readonly project: string;
  readonly settings: Settings;
  readonly lock: Lock;
  /** Aborted when the engine is to end. */
  readonly stop: AbortSignal;
  /** Called each time the engine answers after a start. */
  readonly onReady: (isFirst: boolean) => void;
  /** The supervisor's own words. */
  readonly tell: (sentence: string) => void;
  /** A line of the Workers. */
  readonly show: (line: string) => void;
}

/** Returns the exit code: 0 after a wanted end, 1 when the engine could not be started at all. */
export async function supervise(supervision: Supervision): Promise<0 | 1> {
  const { stop, tell } = supervision;
  let hasEverAnswered = false;
  let failuresInARow = 0;
  let lastFreezeAt = 0;
  for (;;) {
    const startedAt = performance.now();
    // The Workers cannot know how the process before theirs ended, and a connector is blamed for a freeze only.
    const variables = { ...supervision.settings.workerVariables, LAST_FREEZE_AT: String(lastFreezeAt) };
    const life = await oneLife(supervision, variables, () => {
      supervision.onReady(!hasEverAnswered);
      hasEverAnswered = true;
    });
    if (stop.aborted) return 0;
    if (life.end === 'silent') lastFreezeAt = Date.now();
    if (life.end === 'exited' && !hasEverAnswered) {
      tell(`The engine could not be started (${life.reason}).`);
      return 1;
    }
    failuresInARow = performance.now() - startedAt > HEALTHY_AFTER_MS ? 0 : failuresInARow + 1;
    const pauseMs = failuresInARow <= 1 ? 0 : Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** (failuresInARow - 2));
    tell(`${life.reason} Starting the engine again${pauseMs === 0 ? '' : ` in ${pauseMs / 1000} s`}; no job is lost.`);
    await wait(pauseMs, undefined, { signal: stop }).catch(() => undefined);
    if (stop.aborted) return 0;
  }
}

interface Life {
  readonly end: 'exited' | 'silent' | 'stopped';
  readonly reason: string;
}

/** One wrangler from start to end. When this returns, nothing of its group is left. */
async function oneLife(supervision: Supervision, variables: Readonly<Record<string, string>>, onReady: () => void): Promise<Life> {
  const { project, settings, lock, stop } = supervision;
  const wrangler = spawnWrangler(project, settings, variables);
  const group = await identityOf(wrangler);
  if (group === undefined) return { end: 'exited', reason: 'A shell could not be started.' };
  const output = showOutput(wrangler, supervision.show);

  const over = new AbortController();
  const exited = once(wrangler, 'exit', { signal: over.signal }).then(
    ([code, signal]): Life => ({ end: 'exited', reason: `Wrangler ended by itself with ${signal ?? `exit code ${code}`}.` }),
  );
  lock.recordGroup(group);
  openGate(wrangler);

  const watching = AbortSignal.any([stop, over.signal]);
  const life = await Promise.race([exited, stopped(stop), watch(settings, watching, onReady, output)]);
  over.abort();
  exited.catch(() => undefined);
  if (life.end === 'exited') output.release();
  await endGroup(group, life.end === 'stopped' ? PATIENCE_AT_THE_END_MS : 0);
  return life;
}

async function identityOf(wrangler: WranglerProcess): Promise<ProcessIdentity | undefined> {
  try {
    await once(wrangler, 'spawn');
  } catch {
    return undefined;
  }
  return wrangler.pid === undefined ? undefined : identify(wrangler.pid);
}

async function stopped(stop: AbortSignal): Promise<Life> {
  if (!stop.aborted) await once(stop, 'abort');
  return { end: 'stopped', reason: 'The engine was asked to stop.' };
}

async function watch(settings: Settings, signal: AbortSignal, onReady: () => void, output: Output): Promise<Life> {
  const { url, watchdogSeconds } = settings;
  const startWithin = AbortSignal.timeout(START_WITHIN_MS);
  const starting = AbortSignal.any([signal, startWithin]);
  await untilAnswers(url + HEARTBEAT_PATH, starting);
  // From here on a freeze is a freeze: overdue work begins at once, maybe before the engine is well.
  const over = new AbortController();
  const silent = untilSilent(url, watchdogSeconds, AbortSignal.any([signal, over.signal]), output.linesPrinted);
  const healthy = untilAnswers(`${url}/health`, starting);
  const isHealthy = await Promise.race([healthy, silent.then(() => false)]);
  output.release();
  if (isHealthy) {
    onReady();
    await silent;
  }
  over.abort();
  if (signal.aborted) return { end: 'stopped', reason: '' };
  return startWithin.aborted && !isHealthy
    ? { end: 'silent', reason: `The engine did not answer within ${START_WITHIN_MS / 1000} s of its start.` }
    : { end: 'silent', reason: `The engine gave no sign of life for ${watchdogSeconds} s: its process was ended.` };
}

/** True once `url` answers, false when `signal` ends the wait. */
async function untilAnswers(url: string, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (await answers(url, ANSWER_WITHIN_MS, signal)) return true;
    await wait(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  return false;
}

interface Output {
  readonly release: () => void;
  /** All lines, those included that nobody is shown. */
  readonly linesPrinted: () => number;
}

/** Holds the lines of the start-up back until `release`, so that the first thing a person reads is the address. */
function showOutput(wrangler: WranglerProcess, show: (line: string) => void): Output {
  const readable = readableLines();
  const held: string[] = [];
  let released = false;
  let printed = 0;
  function release(): void {
    released = true;
    for (const line of held.splice(0)) show(line);
  }
  for (const stream of [wrangler.stdout, wrangler.stderr]) {
    createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
      printed += 1;
      const text = readable(line);
      if (text === undefined) return;
      held.push(text);
      if (held.length > LINES_KEPT_OF_A_FAILED_START) held.shift();
      // Wrangler reports a broken build and then waits for it to be mended: a person must see that at once.
      if (released || line.includes('ERROR')) release();
    });
  }
  return { release, linesPrinted: () => printed };
}
