import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { type Place, PlaceRows, type PlaceStorage } from './place-rows.ts';

const place = (changes: Partial<Place> = {}): Place => ({
  jobId: 'job',
  conversationId: 'run',
  tenant: 'acme',
  priority: 'normal',
  state: 'granted',
  since: 1_000,
  maxCostUsd: null,
  ...changes,
});

function emptyStorage(): PlaceStorage & { readonly versions: Map<string, unknown> } {
  const database = new DatabaseSync(':memory:');
  const versions = new Map<string, unknown>();
  return {
    versions,
    kv: { get: (key) => versions.get(key), put: (key, value) => versions.set(key, value) },
    sql: {
      exec: (query, ...bindings) => {
        const rows = database.prepare(query).all(...bindings);
        return { toArray: () => rows };
      },
    },
  };
}

it('places come back as they were written, with what changed of them', () => {
  const storage = emptyStorage();
  const rows = new PlaceRows(storage);
  rows.put(place({ state: 'waiting' }));
  rows.put(place({ conversationId: 'other', maxCostUsd: 2.5 }));
  rows.put(place({ maxCostUsd: 0.1 }));
  expect(new PlaceRows(storage).all()).toEqual([place({ conversationId: 'other', maxCostUsd: 2.5 }), place({ maxCostUsd: 0.1 })]);
  rows.remove('run');
  expect(rows.all()).toHaveLength(1);
});

it('places of version 1 are kept, without a bound until their Jobs name one', () => {
  const storage = emptyStorage();
  storage.sql.exec(
    `CREATE TABLE place (conversation_id TEXT PRIMARY KEY, job_id TEXT NOT NULL, tenant TEXT NOT NULL, priority TEXT NOT NULL,
       state TEXT NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID`,
  );
  storage.sql.exec("INSERT INTO place VALUES ('run', 'job', 'acme', 'normal', 'granted', 1000)");
  storage.kv.put('schemaVersion', 1);
  const rows = new PlaceRows(storage);
  expect(rows.all()).toEqual([place()]);
  rows.put(place({ maxCostUsd: 5 }));
  expect(new PlaceRows(storage).all()).toEqual([place({ maxCostUsd: 5 })]);
  expect(storage.versions.get('schemaVersion')).toBe(2);
});

it('rows of a newer version are not misread', () => {
  const storage = emptyStorage();
  storage.kv.put('schemaVersion', 3);
  expect(() => new PlaceRows(storage)).toThrow('newer');
});
