/** Where a page ended, as an opaque word: callers pass it on, and what comes back is not believed but parsed. */
import type * as z from 'zod';

const formatCursor = (position: readonly (string | number)[]): string => btoa(JSON.stringify(position)).replaceAll('=', '');

/** `undefined` when the cursor is not one of ours; null, from the beginning, when there is none. */
export function parseCursor<T>(cursor: string | undefined, schema: z.ZodType<T>): T | null | undefined {
  if (cursor === undefined) return null;
  try {
    const parsed = schema.safeParse(JSON.parse(atob(cursor)));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** One more row than a page holds was read, to see whether another page follows. */
export function pageOf<Row>(rows: readonly Row[], limit: number, positionOf: (row: Row) => readonly (string | number)[]) {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { page, ...(rows.length > limit && last !== undefined ? { next: formatCursor(positionOf(last)) } : {}) };
}
