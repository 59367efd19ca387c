/**
 * A clock that can be moved forward, for a whole Worker and its Durable Objects: `Date.now` runs ahead
 * and alarms, which the platform keeps in real time, are set earlier by the same span.
 *
 * Real timers (`setTimeout`, `AbortSignal.timeout`, a queue's delay) stay real: what is bounded by them
 * takes place inside one call, and no test moves the clock to end a call.
 */
import * as z from 'zod';

const realNow = Date.now.bind(Date);
let aheadMs = 0;
Date.now = () => realNow() + aheadMs;

/** Alarms further away than this stay where they are when the clock moves: those of retention, and each costs a call. */
const FAR_MS = 3_600_000;

/** The alarms of one class of objects, in moved time, by object id. */
export class Alarms {
  readonly #at = new Map<string, number>();

  /** The object goes on naming moved time; the platform is told real time. */
  setInMovedTime({ id, storage }: DurableObjectState): void {
    const setAlarm = storage.setAlarm.bind(storage);
    storage.setAlarm = (at, options) => {
      this.#at.set(id.toString(), Number(at));
      return setAlarm(Number(at) - aheadMs, options);
    };
  }

  /** The objects whose alarms must be set again after the clock has moved. */
  near(): readonly string[] {
    return [...this.#at].filter(([, at]) => at < Date.now() + FAR_MS).map(([id]) => id);
  }

  /** Sets an alarm that has not gone off to the real time that it now means. */
  async setAgain({ id, storage }: DurableObjectState): Promise<void> {
    const at = this.#at.get(id.toString());
    if (at !== undefined && (await storage.getAlarm()) !== null) await storage.setAlarm(at);
  }
}

export const moveSchema = z.strictObject({ byMs: z.number().positive() });

/** Moves `Date.now`; the alarms must be set again. */
export function moveClock(byMs: number): void {
  aheadMs += byMs;
}
