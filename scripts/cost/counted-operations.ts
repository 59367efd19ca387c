/**
 * Where the counts come from: a run of the real Workers, kept in `counted.json`. A test under load counts again
 * and holds the file to it, so that the command answers at once and is still about this code.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import { countOperations } from '../bench/operations.ts';
import type { Counted } from './estimate.ts';

const file = new URL('counted.json', import.meta.url);
const jobSchema = z.object({
  queueMessages: z.number(),
  kvReads: z.number(),
  kvWrites: z.number(),
  objectRequests: z.number(),
  rowsWritten: z.number(),
  rowsRead: z.number(),
  workerRequests: z.number(),
  objectSeconds: z.number(),
  analyticsPoints: z.number(),
  logLines: z.number(),
});
const countedSchema = z.object({ plain: jobSchema, withWebhook: jobSchema });

/** What was counted last. */
export const keptCounts = (): Counted => countedSchema.parse(JSON.parse(readFileSync(file, 'utf8')));

/** Counts anew; takes about a minute. */
export async function countAnew(): Promise<Counted> {
  process.env.WRANGLER_SEND_METRICS = 'false';
  process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false';
  process.env.WRANGLER_LOG ??= 'none';
  return { plain: await countOperations({ webhook: false }), withWebhook: await countOperations({ webhook: true }) };
}

/** Keeps counts for the next time. */
export const keep = (counted: Counted): void => writeFileSync(file, `${JSON.stringify(counted, null, 2)}\n`);
