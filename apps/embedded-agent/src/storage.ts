/**
 * The object's tables and how they came about. Storage outlives code: a step that was once deployed is
 * never edited, a change is a new step. The version is a row of its own, raised in the same transaction
 * as its step, on the first touch after a deploy.
 *
 * Both child tables are clustered on their keys (`WITHOUT ROWID`), so that an event or a file's chunk
 * costs one written row and no index entry.
 */
import * as z from 'zod';

const steps: readonly string[] = [
  `CREATE TABLE conversations (
     id TEXT PRIMARY KEY,
     working_dir TEXT NOT NULL,
     status TEXT NOT NULL,
     tags TEXT NOT NULL,
     max_iterations INTEGER NOT NULL,
     last_user_message_id TEXT,
     begun INTEGER NOT NULL DEFAULT 0,
     created_at INTEGER NOT NULL,
     updated_at INTEGER NOT NULL
   ) WITHOUT ROWID;
   CREATE TABLE events (
     conversation_id TEXT NOT NULL,
     position INTEGER NOT NULL,
     id TEXT NOT NULL,
     kind TEXT NOT NULL,
     source TEXT NOT NULL,
     at INTEGER NOT NULL,
     body TEXT NOT NULL,
     PRIMARY KEY (conversation_id, position)
   ) WITHOUT ROWID;
   CREATE TABLE files (
     path TEXT NOT NULL,
     chunk INTEGER NOT NULL,
     bytes BLOB NOT NULL,
     stored_at INTEGER NOT NULL,
     PRIMARY KEY (path, chunk)
   ) WITHOUT ROWID;`,
];

const versionRowSchema = z.object({ version: z.number().int().nonnegative() });

/** Brings the tables to this code's version. Throws when the data was written by newer code: guessing would destroy it. */
export function migrate(storage: DurableObjectStorage): void {
  storage.transactionSync(() => {
    storage.sql.exec('CREATE TABLE IF NOT EXISTS schemaVersion (version INTEGER NOT NULL)');
    const row = storage.sql.exec('SELECT version FROM schemaVersion').toArray()[0];
    const stored = row === undefined ? 0 : versionRowSchema.parse(row).version;
    if (stored > steps.length) throw new Error(`Storage has schema version ${stored}; this code knows ${steps.length}.`);
    if (stored === steps.length) return;
    for (const step of steps.slice(stored)) storage.sql.exec(step);
    storage.sql.exec('DELETE FROM schemaVersion');
    storage.sql.exec('INSERT INTO schemaVersion (version) VALUES (?)', steps.length);
  });
}
