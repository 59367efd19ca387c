/**
 * How a tenant stands: which of its API keys were revoked, how many of its jobs are in flight, what they
 * have cost today. It lies with the index, because the Jobs tell that of their beginning and end anyway.
 *
 * Rows are written for a revocation and for a job that cost something; the jobs in flight are counted once
 * after the object woke and kept up in memory, so that an analysis that costs nothing costs no row either.
 * A cost counts on the day on which it was told, once however often that is, and stays counted when the job
 * is deleted.
 *
 * The tables are beside those of the schema's version: a release that does not know them leaves them alone.
 */
import { isTerminal, type JobSummary, type TenantStanding } from '@mcpoverflow/types';
import * as z from 'zod';

const spentRowSchema = z.object({ usd: z.number() });
const keyRowSchema = z.object({ key_id: z.string() });
const placeSchema = z.object({ created_at: z.string(), job_id: z.string() });

const placeOf = (createdAt: string, jobId: string): string => `${createdAt} ${jobId}`;
const dayOf = (now: number): string => new Date(now).toISOString().slice(0, 10);

/** Longer than a job is kept: nobody tells of it again after that. */
const TOLD_KEPT_MS = 120 * 86_400_000;

/** What one generation of a job has cost, in US dollars; `createdAt` names the job's row. */
export interface GenerationCost {
  readonly createdAt: string;
  readonly jobId: string;
  readonly generation: number;
  readonly usd: number;
}

/** What is used of a Durable Object's SQLite. */
export interface StandingSql {
  exec(query: string, ...bindings: (string | number)[]): { toArray(): readonly unknown[] };
}

export class Standing {
  readonly #sql: StandingSql;
  /** Rows of jobs that have not ended; null until somebody asks. */
  #inFlight: Set<string> | null = null;

  constructor(sql: StandingSql) {
    this.#sql = sql;
    sql.exec('CREATE TABLE IF NOT EXISTS revoked_key (key_id TEXT PRIMARY KEY, revoked_at TEXT NOT NULL) WITHOUT ROWID');
    sql.exec('CREATE TABLE IF NOT EXISTS spent (day TEXT PRIMARY KEY, usd REAL NOT NULL) WITHOUT ROWID');
    sql.exec(
      `CREATE TABLE IF NOT EXISTS told_cost (created_at TEXT NOT NULL, job_id TEXT NOT NULL, generation INTEGER NOT NULL, usd REAL NOT NULL,
         PRIMARY KEY (created_at, job_id, generation)) WITHOUT ROWID`,
    );
  }

  /** A row was written. */
  note(summary: JobSummary): void {
    const place = placeOf(summary.createdAt, summary.jobId);
    if (isTerminal(summary.status)) this.#inFlight?.delete(place);
    else this.#inFlight?.add(place);
  }

  /** A generation ended and has cost that much; told again, only what is new counts. `now` in epoch milliseconds. */
  count({ createdAt, jobId, generation, usd }: GenerationCost, now: number): void {
    if (usd === 0) return;
    const place = [createdAt, jobId, generation] as const;
    const [known] = this.#sql
      .exec('SELECT usd FROM told_cost WHERE created_at = ? AND job_id = ? AND generation = ?', ...place)
      .toArray()
      .map((row) => spentRowSchema.parse(row));
    const more = usd - (known?.usd ?? 0);
    if (more <= 0) return;
    this.#sql.exec('DELETE FROM told_cost WHERE created_at < ?', new Date(now - TOLD_KEPT_MS).toISOString());
    this.#sql.exec('INSERT OR REPLACE INTO told_cost (created_at, job_id, generation, usd) VALUES (?, ?, ?, ?)', ...place, usd);
    this.#sql.exec('INSERT INTO spent (day, usd) VALUES (?, ?) ON CONFLICT (day) DO UPDATE SET usd = usd + excluded.usd', dayOf(now), more);
  }

  /** A row was removed. What its job has cost stays counted: a tenant could empty the account by deleting otherwise. */
  forget(createdAt: string, jobId: string): void {
    this.#inFlight?.delete(placeOf(createdAt, jobId));
  }

  revoke(keyId: string, now: number): void {
    this.#sql.exec('INSERT OR IGNORE INTO revoked_key (key_id, revoked_at) VALUES (?, ?)', keyId, new Date(now).toISOString());
  }

  /** The standing on the day of `now` (epoch milliseconds). */
  read(now: number): TenantStanding {
    this.#inFlight ??= new Set(
      this.#sql
        .exec("SELECT created_at, job_id FROM job WHERE status IN ('pending', 'processing')")
        .toArray()
        .map((row) => placeSchema.parse(row))
        .map(({ created_at, job_id }) => placeOf(created_at, job_id)),
    );
    const [spent] = this.#sql
      .exec('SELECT usd FROM spent WHERE day = ?', dayOf(now))
      .toArray()
      .map((row) => spentRowSchema.parse(row));
    const revokedKeys = this.#sql
      .exec('SELECT key_id FROM revoked_key')
      .toArray()
      .map((row) => keyRowSchema.parse(row).key_id);
    return { revokedKeys, jobsInFlight: this.#inFlight.size, costUsdToday: spent?.usd ?? 0 };
  }
}
