import { describe, expect, it } from 'vitest';
import { deleteJob } from './control.ts';
import { completed, NOW, running } from './fixtures.ts';
import { migrateRow } from './migrations.ts';
import { storedSchema } from './state.ts';

/** As version 1 stored it. */
function version1(state: object): object {
  const { webhook: _webhook, deliveries: _deliveries, ...row } = { webhook: null, deliveries: [], ...state };
  return { ...row, schemaVersion: 1 };
}

describe('a row of version 1', () => {
  it('of a running job goes on as a job without a webhook', () => {
    expect(storedSchema.parse(migrateRow(version1(running())))).toEqual(running());
  });

  it('of a deleted job still stops its runs and removes its copies', () => {
    const tombstone = deleteJob(completed(), NOW);
    expect(storedSchema.parse(migrateRow(version1(tombstone)))).toEqual(tombstone);
  });
});

it('leaves rows of the present version, and what is no row of ours, as they are', () => {
  for (const row of [running(), null, 'text', { schemaVersion: 99 }]) expect(migrateRow(row)).toBe(row);
});
