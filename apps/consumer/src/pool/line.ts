/**
 * The waiting line: who gets the next free place. Round robin over tenants, so that a thousand jobs of
 * one tenant do not hold up the one job of another; low priority only when nobody else waits.
 *
 * Pure: the order in which tenants were served last is passed in.
 */
export interface WaitingEntry {
  readonly conversationId: string;
  readonly tenant: string;
  readonly priority: 'normal' | 'low';
  /** Epoch milliseconds; within a tenant, first come first served. */
  readonly since: number;
}

/**
 * @param lastServed a number that rises with every place given, by tenant; tenants never served are absent
 * @returns the entry to serve next, or null when nobody waits
 */
export function nextInLine<Entry extends WaitingEntry>(waiting: readonly Entry[], lastServed: ReadonlyMap<string, number>): Entry | null {
  let best: Entry | null = null;
  for (const entry of waiting) if (best === null || precedes(entry, best, lastServed)) best = entry;
  return best;
}

function precedes(a: WaitingEntry, b: WaitingEntry, lastServed: ReadonlyMap<string, number>): boolean {
  if (a.priority !== b.priority) return a.priority === 'normal';
  const servedA = lastServed.get(a.tenant) ?? 0;
  const servedB = lastServed.get(b.tenant) ?? 0;
  if (a.tenant !== b.tenant && servedA !== servedB) return servedA < servedB;
  return a.since < b.since;
}
