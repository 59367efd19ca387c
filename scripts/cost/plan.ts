/**
 * What Cloudflare's Workers paid plan costs, includes and charges beyond that (list prices, November 2026).
 * The prices of what a job uses are those of the benchmark; here is what only a monthly bill knows.
 */
import { dollarsPerMillion, type Usage } from '../bench/prices.ts';

/** Dollars a month. */
export const BASE_DOLLARS = 5;

/** What is used in a month: of one job, of one read, or of everything. */
export interface Consumption extends Usage {
  readonly analyticsPoints: number;
  readonly logLines: number;
  readonly cpuMs: number;
}

/** In millions a month; `objectSeconds` from 400,000 GB-s of 128 MB objects, `queueMessages` from a million operations. */
const includedMillions: Consumption = {
  workerRequests: 10,
  cpuMs: 30,
  queueMessages: 1 / 3,
  kvReads: 10,
  kvWrites: 1,
  objectRequests: 1,
  objectSeconds: 0.4 / 0.128,
  rowsRead: 25_000,
  rowsWritten: 50,
  analyticsPoints: 10,
  logLines: 20,
};

/** Dollars per million, of what the benchmark does not price. */
const otherPrices = { analyticsPoints: 0.25, logLines: 0.6, cpuMs: 0.02 } as const;

const mapped = (consumption: Consumption, change: (amount: number, name: keyof Consumption) => number): Consumption => ({
  workerRequests: change(consumption.workerRequests, 'workerRequests'),
  cpuMs: change(consumption.cpuMs, 'cpuMs'),
  queueMessages: change(consumption.queueMessages, 'queueMessages'),
  kvReads: change(consumption.kvReads, 'kvReads'),
  kvWrites: change(consumption.kvWrites, 'kvWrites'),
  objectRequests: change(consumption.objectRequests, 'objectRequests'),
  objectSeconds: change(consumption.objectSeconds, 'objectSeconds'),
  rowsRead: change(consumption.rowsRead, 'rowsRead'),
  rowsWritten: change(consumption.rowsWritten, 'rowsWritten'),
  analyticsPoints: change(consumption.analyticsPoints, 'analyticsPoints'),
  logLines: change(consumption.logLines, 'logLines'),
});

/** Dollars for a million times this much, without what the plan includes; `watching` is logs and analytics. */
export function listPrice(consumption: Consumption): { readonly operations: number; readonly cpu: number; readonly watching: number } {
  const { analyticsPoints, logLines, cpuMs } = consumption;
  return {
    operations: dollarsPerMillion(consumption),
    cpu: cpuMs * otherPrices.cpuMs,
    watching: analyticsPoints * otherPrices.analyticsPoints + logLines * otherPrices.logLines,
  };
}

/** The sum of so many of each. */
export const total = (parts: readonly (readonly [each: Consumption, count: number])[]): Consumption =>
  mapped(includedMillions, (_, name) => parts.reduce((sum, [each, count]) => sum + each[name] * count, 0));

/** Dollars of a month in which this much was used. */
export function monthlyBill(used: Consumption): number {
  const beyond = mapped(used, (amount, name) => Math.max(0, amount / 1_000_000 - includedMillions[name]));
  const { operations, cpu, watching } = listPrice(beyond);
  return BASE_DOLLARS + operations + cpu + watching;
}
