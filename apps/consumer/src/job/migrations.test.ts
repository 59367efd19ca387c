import { describe, expect, it } from 'vitest';
import { failed as failedWithWebhook } from '../webhooks/fixtures.ts';
import { deleteJob } from './control.ts';
import { completed, NOW, running } from './fixtures.ts';
import { migrateRow } from './migrations.ts';
import { isDeleted, type JobState, storedSchema, type Tombstone } from './state.ts';
import { withUsage } from './usage.ts';
import { summarize } from './view.ts';

/** As version 3 stored it: without what fallbacks, costs and directories need. */
function version3(state: JobState | Tombstone): Record<string, unknown> {
  const stops = state.stops.map(({ isGone: _g, ...stop }) => stop);
  if (isDeleted(state)) return { ...state, stops, schemaVersion: 3 };
  const { fallback: _f, earlierUsage: _e, run, ...row } = state;
  if (run === null) throw new Error('no run');
  const { preparingSince: _p, lossesBefore: _l, activity: _a, unpauses: _u, toldToGoOn: _t, failureId: _i, usage, ...earlierRun } = run;
  return { ...row, stops, run: earlierRun, usage, schemaVersion: 3 };
}

/** As version 2 stored it: without what dead letters need, too. */
function version2(state: JobState | Tombstone): Record<string, unknown> {
  const {
    reports: _r,
    reportDuty: _d,
    lastReport: _l,
    hasDied: _h,
    discarded: _c,
    replay: _p,
    ...rest
  } = { hasDied: 0, discarded: 0, replay: 0, reports: 0, reportDuty: 0, lastReport: 0, ...version3(state) };
  const {
    inputRevision: _i,
    amendments: _a,
    formerSubmissions: _f,
    ...row
  } = { inputRevision: 0, amendments: 0, formerSubmissions: 0, ...rest };
  return { ...row, schemaVersion: 2 };
}

/** As version 1 stored it: without webhook calls, too. */
function version1(state: JobState | Tombstone): object {
  const { webhook: _webhook, deliveries: _deliveries, ...row } = version2(state);
  return { ...row, schemaVersion: 1 };
}

describe.each([
  ['1', version1],
  ['2', version2],
  ['3', version3],
])('a row of version %s', (_, stored) => {
  it('of a running job goes on', () => {
    expect(storedSchema.parse(migrateRow(stored(running())))).toEqual(running());
  });

  it('of a deleted job still stops its runs and removes its copies', () => {
    const tombstone = deleteJob(completed(), NOW);
    expect(storedSchema.parse(migrateRow(stored(tombstone)))).toEqual(tombstone);
  });
});

it.each([['a running', running()] as const, ['a deleted', deleteJob(completed(), NOW)] as const])(
  'a row of a release that told no costs is one of %s job that owes none',
  (_, { costs: _costs, ...row }) => expect(storedSchema.parse(row)).toEqual({ ...row, costs: [] }),
);

it('a row of version 2 keeps its webhook calls', () => {
  const { deliveries, ...state } = failedWithWebhook();
  const { webhook } = state;
  const row = {
    ...version2({ ...state, deliveries }),
    deliveries: deliveries.map(({ hasDied: _h, discarded: _d, replayId: _r, ...delivery }) => delivery),
  };
  expect(storedSchema.parse(migrateRow(row))).toMatchObject({ webhook, deliveries, hasDied: false });
});

it('a row of version 3 keeps what its job used, and how often its run was replaced', () => {
  const state = withUsage(completed(), { costUsd: 2, promptTokens: 7 });
  const third = { ...state, run: state.run && { ...state.run, number: 3, lossesBefore: 2 } };
  const migrated = storedSchema.parse(migrateRow(version3(third)));
  expect(migrated).toEqual(third);
  expect(isDeleted(migrated) ? null : summarize(migrated).usage).toEqual({ costUsd: 2, promptTokens: 7 });
});

it('leaves rows of the present version, and what is no row of ours, as they are', () => {
  for (const row of [running(), null, 'text', { schemaVersion: 99 }]) expect(migrateRow(row)).toBe(row);
});
