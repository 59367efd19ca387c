/** Times are epoch milliseconds wherever they decide something, and text wherever somebody reads them. */

/** @param time epoch milliseconds. @returns ISO 8601, in UTC */
export const iso = (time: number): string => new Date(time).toISOString();
