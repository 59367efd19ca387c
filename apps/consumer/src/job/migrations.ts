/**
 * Rows that earlier versions stored, brought to the present form when they are read. A job outlives many
 * deploys: what was accepted under one version ends under another.
 */
import * as z from 'zod';
import { SCHEMA_VERSION } from './state.ts';

const earlierSchema = z.looseObject({
  schemaVersion: z.union([z.literal(1), z.literal(2), z.literal(3)]),
  deleted: z.literal(true).optional(),
  stops: z.array(z.looseObject({})),
  run: z.looseObject({ number: z.number() }).nullish(),
  usage: z.unknown().optional(),
  webhook: z.unknown().optional(),
  deliveries: z.array(z.looseObject({})).optional(),
});
type Earlier = z.infer<typeof earlierSchema>;

/** The row in the form of {@link SCHEMA_VERSION}; rows that are no earlier version's come back as they are. */
export function migrateRow(row: unknown): unknown {
  const earlier = earlierSchema.safeParse(row);
  if (!earlier.success) return row;
  return fromVersion3(earlier.data.schemaVersion === 3 ? earlier.data : fromVersion1Or2(earlier.data));
}

/**
 * Version 1 knew no webhook calls: it kept the option without judging its URL, and said that it would not
 * call it. Version 2 knew no dead letters: what failed under it is known to nobody but its owner.
 */
function fromVersion1Or2(row: Earlier): Earlier {
  const common = { ...row, reports: [], reportDuty: null, lastReport: 0 };
  if (row.deleted === true) return common;
  return {
    ...common,
    inputRevision: 1,
    amendments: [],
    formerSubmissions: [],
    hasDied: false,
    discarded: false,
    replay: null,
    webhook: row.webhook ?? null,
    deliveries: (row.deliveries ?? []).map((delivery) => ({ ...delivery, hasDied: false, discarded: false, replayId: null })),
  };
}

/** Version 3 knew no fallback, left directories behind and set no paused run going; usage was the whole job's, known at its end. */
function fromVersion3(row: Earlier): object {
  const { usage = null, ...rest } = row;
  const common = { ...rest, schemaVersion: SCHEMA_VERSION, stops: row.stops.map((stop) => ({ ...stop, isGone: false })) };
  if (row.deleted === true) return common;
  const run = row.run ?? null;
  return {
    ...common,
    fallback: null,
    earlierUsage: null,
    run: run && {
      ...run,
      unpauses: 0,
      toldToGoOn: null,
      failureId: null,
      preparingSince: null,
      lossesBefore: run.number - 1,
      usage,
      activity: null,
    },
  };
}
