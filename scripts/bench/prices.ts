/**
 * Cloudflare's list prices (Workers paid plan, November 2026), in dollars per million of each, without
 * the monthly allowances: what one more job costs once those are used up.
 */
export const pricePerMillion = {
  /** A message is written, read and deleted: three operations of $0.40. */
  queueMessages: 3 * 0.4,
  kvReads: 0.5,
  kvWrites: 5,
  objectRequests: 0.15,
  rowsWritten: 1,
  rowsRead: 0.001,
  workerRequests: 0.3,
} as const;
/** Per million GB-s; an object is billed for 128 MB. */
const PRICE_PER_MILLION_GIGABYTE_SECONDS = 12.5;
const OBJECT_GIGABYTES = 0.128;

export interface Usage {
  readonly queueMessages: number;
  readonly kvReads: number;
  readonly kvWrites: number;
  readonly objectRequests: number;
  readonly rowsWritten: number;
  readonly rowsRead: number;
  readonly workerRequests: number;
  /** Seconds in which an object was at work. */
  readonly objectSeconds: number;
}

/** Dollars per million jobs that each use this much. */
export function dollarsPerMillion(usage: Usage): number {
  let dollars = usage.objectSeconds * OBJECT_GIGABYTES * PRICE_PER_MILLION_GIGABYTE_SECONDS;
  for (const [what, price] of Object.entries(pricePerMillion)) {
    const used: unknown = Reflect.get(usage, what);
    if (typeof used === 'number') dollars += used * price;
  }
  return dollars;
}
