import { describe, expect, it } from 'vitest';
import { failed as failedWithWebhook } from '../webhooks/fixtures.ts';
import { deleteJob } from './control.ts';
import { completed, NOW, running } from './fixtures.ts';
import { migrateRow } from './migrations.ts';
import { storedSchema } from './state.ts';

/** As version 2 stored it: without what dead letters need. */
function version2(state: object): Record<string, unknown> {
  const {
    reports: _r,
    reportDuty: _d,
    lastReport: _l,
    hasDied: _h,
    discarded: _c,
    replay: _p,
    ...rest
  } = { hasDied: 0, discarded: 0, replay: 0, reports: 0, reportDuty: 0, lastReport: 0, ...state };
  const {
    inputRevision: _i,
    amendments: _a,
    formerSubmissions: _f,
    ...row
  } = { inputRevision: 0, amendments: 0, formerSubmissions: 0, ...rest };
  return { ...row, schemaVersion: 2 };
}

/** As version 1 stored it: without webhook calls, too. */
function version1(state: object): object {
  const { webhook: _webhook, deliveries: _deliveries, ...row } = version2(state);
  return { ...row, schemaVersion: 1 };
}

describe.each([
  ['1', version1],
  ['2', version2],
])('a row of version %s', (_, stored) => {
  it('of a running job goes on', () => {
    expect(storedSchema.parse(migrateRow(stored(running())))).toEqual(running());
  });

  it('of a deleted job still stops its runs and removes its copies', () => {
    const tombstone = deleteJob(completed(), NOW);
    expect(storedSchema.parse(migrateRow(stored(tombstone)))).toEqual(tombstone);
  });
});

it('a row of version 2 keeps its webhook calls', () => {
  const { deliveries, webhook, ...state } = failedWithWebhook();
  const row = {
    ...version2({ ...state, webhook }),
    deliveries: deliveries.map(({ hasDied: _h, discarded: _d, replayId: _r, ...delivery }) => delivery),
  };
  expect(storedSchema.parse(migrateRow(row))).toMatchObject({ webhook, deliveries, hasDied: false });
});

it('leaves rows of the present version, and what is no row of ours, as they are', () => {
  for (const row of [running(), null, 'text', { schemaVersion: 99 }]) expect(migrateRow(row)).toBe(row);
});
