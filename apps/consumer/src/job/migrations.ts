/**
 * Rows that earlier versions stored, brought to the present form when they are read. A job outlives many
 * deploys: what was accepted under one version ends under another.
 */
import * as z from 'zod';
import { SCHEMA_VERSION } from './state.ts';

const earlierSchema = z.looseObject({
  schemaVersion: z.union([z.literal(1), z.literal(2)]),
  deleted: z.literal(true).optional(),
  webhook: z.unknown().optional(),
  deliveries: z.array(z.looseObject({})).optional(),
});

/**
 * The row in the form of {@link SCHEMA_VERSION}; rows that are no earlier version's come back as they are.
 *
 * Version 1 knew no webhook calls: it kept the option without judging its URL, and said that it would not
 * call it. Version 2 knew no dead letters: what failed under it is known to nobody but its owner.
 */
export function migrateRow(row: unknown): unknown {
  const earlier = earlierSchema.safeParse(row);
  if (!earlier.success) return row;
  const { data } = earlier;
  const common = { ...data, schemaVersion: SCHEMA_VERSION, reports: [], reportDuty: null, lastReport: 0 };
  if (data.deleted === true) return common;
  return {
    ...common,
    inputRevision: 1,
    amendments: [],
    formerSubmissions: [],
    hasDied: false,
    discarded: false,
    replay: null,
    webhook: data.webhook ?? null,
    deliveries: (data.deliveries ?? []).map((delivery) => ({ ...delivery, hasDied: false, discarded: false, replayId: null })),
  };
}
