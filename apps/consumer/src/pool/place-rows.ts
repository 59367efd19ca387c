/** The pool's rows: one per place given or waited for. A look writes none. */
import * as z from 'zod';

const SCHEMA_VERSION = 2;

const placeSchema = z.object({
  jobId: z.string(),
  conversationId: z.string(),
  tenant: z.string(),
  priority: z.enum(['normal', 'low']),
  state: z.enum(['waiting', 'granted']),
  since: z.number(),
  /** US dollars the run may cost; null for no bound. */
  maxCostUsd: z.number().nullable(),
});
export type Place = z.infer<typeof placeSchema>;

/** What is used of the object's storage. */
export interface PlaceStorage {
  readonly kv: { get(key: string): unknown; put(key: string, value: number): void };
  readonly sql: { exec(query: string, ...bindings: (string | number | null)[]): { toArray(): unknown[] } };
}

export class PlaceRows {
  readonly #storage: PlaceStorage;

  /** Brings the rows to the present version. Throws on rows of a newer one: they must not be misread. */
  constructor(storage: PlaceStorage) {
    this.#storage = storage;
    migrate(storage);
  }

  /** Every place, in no order. */
  all(): Place[] {
    return this.#storage.sql
      .exec(
        `SELECT job_id AS jobId, conversation_id AS conversationId, tenant, priority, state, since, max_cost_usd AS maxCostUsd
         FROM place`,
      )
      .toArray()
      .map((row) => placeSchema.parse(row));
  }

  /** Writes a place, or what may change of it. */
  put(place: Place): void {
    this.#storage.sql.exec(
      `INSERT INTO place (conversation_id, job_id, tenant, priority, state, since, max_cost_usd) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (conversation_id) DO UPDATE SET state = excluded.state, max_cost_usd = excluded.max_cost_usd`,
      place.conversationId,
      place.jobId,
      place.tenant,
      place.priority,
      place.state,
      place.since,
      place.maxCostUsd,
    );
  }

  /** Forgets the place of a conversation. */
  remove(conversationId: string): void {
    this.#storage.sql.exec('DELETE FROM place WHERE conversation_id = ?', conversationId);
  }
}

/** Version 1 knew no bound on costs: its Jobs name theirs when they check in. */
function migrate({ kv, sql }: PlaceStorage): void {
  const version = kv.get('schemaVersion');
  if (version === SCHEMA_VERSION) return;
  if (version === undefined) {
    sql.exec(
      `CREATE TABLE place (conversation_id TEXT PRIMARY KEY, job_id TEXT NOT NULL, tenant TEXT NOT NULL, priority TEXT NOT NULL,
         state TEXT NOT NULL, since INTEGER NOT NULL, max_cost_usd REAL) WITHOUT ROWID`,
    );
  } else if (version === 1) {
    sql.exec('ALTER TABLE place ADD COLUMN max_cost_usd REAL');
  } else throw new Error(`agent pool schema ${String(version)} is newer than this code`);
  kv.put('schemaVersion', SCHEMA_VERSION);
}
