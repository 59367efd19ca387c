/**
 * Rows that earlier versions stored, brought to the present form when they are read. A job outlives many
 * deploys: what was accepted under one version ends under another.
 */
import * as z from 'zod';
import { SCHEMA_VERSION } from './state.ts';

/**
 * Version 1 knew no webhook calls (it kept the option without judging its URL, and said that it would not call it)
 * and no dead letters: a job that failed under it is known to nobody but its owner.
 */
const version1Schema = z.looseObject({ schemaVersion: z.literal(1), deleted: z.literal(true).optional() });

/** The row in the form of {@link SCHEMA_VERSION}; rows that are no earlier version's come back as they are. */
export function migrateRow(row: unknown): unknown {
  const version1 = version1Schema.safeParse(row);
  if (!version1.success) return row;
  const { data } = version1;
  const common = { ...data, schemaVersion: SCHEMA_VERSION, reports: [], reportDuty: null, lastReport: 0 };
  if (data.deleted === true) return common;
  const submission = { inputRevision: 1, amendments: [], formerSubmissions: [] };
  return { ...common, ...submission, hasDied: false, discarded: false, replay: null, webhook: null, deliveries: [] };
}
