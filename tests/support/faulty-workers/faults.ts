/**
 * What can be wrong with the platform under a Worker, as the test commands it. One set per Worker,
 * in the memory of its isolate; the words travel as JSON to `/faults`.
 */
import * as z from 'zod';

export const faultsSchema = z.strictObject({
  /** `lose` says yes to a message and drops it. */
  sends: z.enum(['work', 'fail', 'lose']),
  /** KV. */
  store: z.enum(['works', 'fails']),
  /**
   * `disordered`: every message at least twice, some late, in any order, old ones among them.
   * `side-by-side`: every message at once in an invocation of its own, as a queue with 250 of them does;
   * the local one waits for each batch before it delivers the next.
   */
  deliveries: z.enum(['as-sent', 'disordered', 'side-by-side']),
  /** `crash`: who orders a replay crashes once the Job has taken the order, and before that can be recorded. */
  replays: z.enum(['answered', 'crash']),
});
export type Faults = z.infer<typeof faultsSchema>;

export const noFaults: Faults = { sends: 'work', store: 'works', deliveries: 'as-sent', replays: 'answered' };

let present = noFaults;
export const presentFaults = (): Faults => present;

/** The answer to a command of the test; null for a request that is none. */
export async function obeyFaultCommand(request: Request): Promise<Response | null> {
  if (new URL(request.url).pathname !== '/faults') return null;
  present = faultsSchema.parse(await request.json());
  return Response.json(present);
}
