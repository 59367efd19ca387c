/**
 * A clock that can be moved forward, for a whole Worker and its Durable Objects: `Date.now` runs ahead
 * and alarms, which the platform keeps in real time, are set and brought forward by the same span.
 *
 * Real timers (`setTimeout`, `AbortSignal.timeout`, a queue's delay) stay real: what is bounded by them
 * takes place inside one call, and no test moves the clock to end a call.
 */
import * as z from 'zod';

const realNow = Date.now.bind(Date);
let aheadMs = 0;
Date.now = () => realNow() + aheadMs;

/** The object reads moved time; the platform is told real time. */
export function setAlarmsInMovedTime(storage: DurableObjectStorage): void {
  const setAlarm = storage.setAlarm.bind(storage);
  storage.setAlarm = (at, options) => setAlarm(Number(at) - aheadMs, options);
}

/** Brings forward an alarm that was set before the clock moved. One that then comes too early finds nothing due. */
export async function bringAlarmForward(storage: DurableObjectStorage, byMs: number): Promise<void> {
  const at = await storage.getAlarm();
  if (at !== null) await storage.setAlarm(at + aheadMs - byMs);
}

export const moveSchema = z.strictObject({ byMs: z.number().positive() });

/** Moves `Date.now`; the alarms follow by {@link bringAlarmForward}. */
export function moveClock(byMs: number): void {
  aheadMs += byMs;
}
