/**
 * Rows that earlier versions stored, brought to the present form when they are read. A job outlives many
 * deploys: what was accepted under one version ends under another.
 */
import * as z from 'zod';
import { SCHEMA_VERSION } from './state.ts';

/** Version 1 knew no webhook calls: it kept the option without judging its URL, and said that it would not call it. */
const version1Schema = z.looseObject({ schemaVersion: z.literal(1), deleted: z.literal(true).optional() });

/** The row in the form of {@link SCHEMA_VERSION}; rows that are no earlier version's come back as they are. */
export function migrateRow(row: unknown): unknown {
  const version1 = version1Schema.safeParse(row);
  if (!version1.success) return row;
  const { data } = version1;
  if (data.deleted === true) return { ...data, schemaVersion: SCHEMA_VERSION };
  return { ...data, schemaVersion: SCHEMA_VERSION, webhook: null, deliveries: [] };
}
