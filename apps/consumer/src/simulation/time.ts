/**
 * Virtual time: a list of events, done one after the other, each followed by everything that its
 * promises set off. The code under test reads `Date.now`, sets timers and draws random numbers as ever;
 * while a world runs, those globals are this clock's, so a day takes milliseconds and a seed repeats it.
 */

import { currentProcess, type Process } from './processes.ts';
import type { Chance } from './random.ts';

interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  readonly process: Process | undefined;
  cancelled: boolean;
}

/** An arbitrary moment. */
export const BEGINNING = Date.UTC(2026, 10, 22);

/** A world that goes in circles must end too; one of many hours takes some ten thousand. */
const MAX_EVENTS = 300_000;

const realSetImmediate = globalThis.setImmediate;

export class VirtualTime {
  #now = BEGINNING;
  #order = 0;
  #done = 0;
  /** A binary heap. */
  readonly #events: Event[] = [];
  #observer: () => void = () => {};

  get now(): number {
    return this.#now;
  }

  /** Called after each event and all it set off. */
  observe(observer: () => void): void {
    this.#observer = observer;
  }

  /** Does `run` after `delayMs`, as the process that asks, unless that is dead by then. */
  after(delayMs: number, run: () => void): () => void {
    return this.#add(delayMs, run, currentProcess());
  }

  /** As {@link after}, but done by the world, whoever is dead. */
  happen(delayMs: number, run: () => void): () => void {
    return this.#add(delayMs, run, undefined);
  }

  /** Lets time pass until `until` is true, or for `durationMs`. */
  async pass(durationMs: number, until: () => boolean = () => false): Promise<void> {
    const end = this.#now + durationMs;
    await settled();
    while (!until()) {
      const next = this.#events[0];
      if (next === undefined || next.at > end) {
        this.#now = end;
        return;
      }
      this.#pop();
      if (next.cancelled || next.process?.alive === false) continue;
      if (++this.#done > MAX_EVENTS) throw new Error('the world goes in circles');
      this.#now = Math.max(this.#now, next.at);
      if (next.process === undefined) next.run();
      else next.process.run(next.run);
      await settled();
      this.#observer();
    }
  }

  /** Puts this clock, and the seed's chance, in the place of the globals. @returns puts them back */
  install(chance: Chance): () => void {
    const real = {
      now: Date.now,
      setTimeout: globalThis.setTimeout,
      clearTimeout: globalThis.clearTimeout,
      timeout: AbortSignal.timeout,
      random: Math.random,
      randomUUID: crypto.randomUUID,
    };
    const timers = new Map<number, () => void>();
    let lastTimer = 0;
    const setVirtualTimeout = (run: (...values: unknown[]) => void, delayMs = 0, ...values: unknown[]): number => {
      const timer = ++lastTimer;
      timers.set(
        timer,
        this.after(delayMs, () => {
          timers.delete(timer);
          run(...values);
        }),
      );
      return timer;
    };
    const clearVirtualTimeout = (timer: number): void => {
      timers.get(timer)?.();
      timers.delete(timer);
    };
    const virtualAbortTimeout = (delayMs: number): AbortSignal => {
      const controller = new AbortController();
      this.after(delayMs, () => controller.abort(new DOMException('The operation timed out.', 'TimeoutError')));
      return controller.signal;
    };
    Date.now = () => Math.floor(this.#now);
    Object.assign(globalThis, { setTimeout: setVirtualTimeout, clearTimeout: clearVirtualTimeout });
    AbortSignal.timeout = virtualAbortTimeout;
    Math.random = () => chance.draw('Math.random');
    Object.defineProperty(crypto, 'randomUUID', { configurable: true, value: () => chance.uuid('randomUUID') });
    return () => {
      Date.now = real.now;
      Object.assign(globalThis, { setTimeout: real.setTimeout, clearTimeout: real.clearTimeout });
      AbortSignal.timeout = real.timeout;
      Math.random = real.random;
      Object.defineProperty(crypto, 'randomUUID', { configurable: true, value: real.randomUUID });
    };
  }

  #add(delayMs: number, run: () => void, process: Process | undefined): () => void {
    const event: Event = { at: this.#now + Math.max(0, delayMs), order: this.#order++, run, process, cancelled: false };
    this.#events.push(event);
    let child = this.#events.length - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#swapIfLater(parent, child)) break;
      child = parent;
    }
    return () => {
      event.cancelled = true;
    };
  }

  #pop(): void {
    const last = this.#events.pop();
    if (last === undefined || this.#events.length === 0) return;
    this.#events[0] = last;
    let parent = 0;
    for (;;) {
      const left = 2 * parent + 1;
      const right = left + 1;
      const child = this.#isLater(left, right) ? right : left;
      if (!this.#swapIfLater(parent, child)) return;
      parent = child;
    }
  }

  #isLater(first: number, second: number): boolean {
    const a = this.#events[first];
    const b = this.#events[second];
    return a !== undefined && b !== undefined && (a.at > b.at || (a.at === b.at && a.order > b.order));
  }

  #swapIfLater(first: number, second: number): boolean {
    const a = this.#events[first];
    const b = this.#events[second];
    if (a === undefined || b === undefined || !this.#isLater(first, second)) return false;
    this.#events[first] = b;
    this.#events[second] = a;
    return true;
  }
}

/** A turn of the real event loop: by then every promise that could go on has done so. */
const settled = (): Promise<void> => new Promise((resolve) => realSetImmediate(resolve));
