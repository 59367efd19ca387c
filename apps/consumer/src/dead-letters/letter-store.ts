/**
 * The letters' rows. One table and two indices for reading: in order of death, and by cause. Both hold
 * every column that a filter can name, so a page is found within the index and only its own rows are
 * read, however many letters others have. The price is wider entries, not more of them: a death is three
 * rows.
 *
 * Nothing in here is ever read as a whole; what can be long is read page by page.
 */
import type { DeadLetterScope, StandingFigures } from '@mcpoverflow/types';
import { deadLetterEventSchema, deadLetterKindSchema, jobStageSchema } from '@mcpoverflow/types';
import * as z from 'zod';
import { describeError, log } from '../log.ts';
import { type Letter, letterSchema, QUARANTINE_DEATHS } from './letter.ts';
import { jobLetterId } from './report.ts';
import { both, type Condition, inScope } from './selection.ts';

/** A column for each field of a letter; the wide ones last, where a row that is only looked at is not read to. */
const columns = {
  id: 'id',
  kind: 'kind',
  status: 'status',
  tenant: 'tenant',
  jobId: 'job_id',
  deliveryId: 'delivery_id',
  type: 'type',
  code: 'code',
  message: 'message',
  fingerprint: 'fingerprint',
  stage: 'stage',
  attempts: 'attempts',
  generation: 'generation',
  payloadHash: 'payload_hash',
  traceparent: 'traceparent',
  costUsd: 'cost_usd',
  firstDeathAt: 'first_death_at',
  lastDeathAt: 'last_death_at',
  deaths: 'deaths',
  deathsOfFingerprint: 'deaths_of_fingerprint',
  replays: 'replays',
  sequence: 'sequence',
  replayId: 'replay_id',
  position: 'position',
  tellAt: 'tell_at',
  queue: 'queue',
  body: 'body',
  history: 'history',
} satisfies Record<keyof Letter, string>;

const fieldNames = letterSchema.keyof().options;
const selectionOf = (fields: readonly (keyof Letter)[]): string => fields.map((field) => `${columns[field]} AS ${field}`).join(', ');

const rowSchema = letterSchema.extend({
  history: z
    .string()
    .transform((json, context): unknown => {
      try {
        return JSON.parse(json);
      } catch {
        context.addIssue('must be JSON');
        return z.NEVER;
      }
    })
    .pipe(z.array(deadLetterEventSchema)),
});
const listedSchema = letterSchema.omit({ history: true, body: true, queue: true });
/** A letter without what only its own page shows. */
export type ListedLetter = z.infer<typeof listedSchema>;
const placeSchema = letterSchema.pick({ lastDeathAt: true, id: true });
/** A place in a list, and the letter there; null when it cannot be read. */
export type Listed = z.infer<typeof placeSchema> & { readonly letter: ListedLetter | null };
const allOf = selectionOf(fieldNames);
const allListed = selectionOf(listedSchema.keyof().options);

const candidateSchema = letterSchema.pick({
  id: true,
  kind: true,
  status: true,
  jobId: true,
  deathsOfFingerprint: true,
  costUsd: true,
  lastDeathAt: true,
});
/** What a verdict and a plan need of a letter. */
export type Candidate = z.infer<typeof candidateSchema>;
/** `candidate` is null when it cannot be read. */
export type PlacedCandidate = z.infer<typeof placeSchema> & { readonly candidate: Candidate | null };
const allOfCandidate = selectionOf(candidateSchema.keyof().options);

const groupSchema = z.object({
  fingerprint: z.string(),
  count: z.number(),
  quarantined: z.number(),
  firstDeathAt: z.number(),
  lastDeathAt: z.number(),
});
const kindCountSchema = z.object({ kind: deadLetterKindSchema, count: z.number() });
const sampleSchema = z.object({
  id: z.string(),
  kind: deadLetterKindSchema,
  code: z.string(),
  stage: jobStageSchema.nullable(),
  message: z.string(),
});
/** `sample` is null when it cannot be read. */
export type Group = z.infer<typeof groupSchema> & { readonly sample: z.infer<typeof sampleSchema> | null };

const toTellSchema = z.object({
  id: z.string(),
  jobId: z.string(),
  deliveryId: z.string().nullable(),
  generation: z.number(),
  attempts: z.number(),
  /** When it is told again. */
  tellAt: z.number(),
});
/** A letter whose Job does not know yet that it was discarded. */
export type ToTell = z.infer<typeof toTellSchema>;

/** A place in the order of deaths. */
export const deathSchema = z.tuple([z.number(), z.string()]);
export type Death = z.infer<typeof deathSchema>;
/** A place in the order of groups: the largest first. */
export const groupPlaceSchema = z.tuple([z.number(), z.string()]);
export type GroupPlace = z.infer<typeof groupPlaceSchema>;

export class LetterStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  static createTables(sql: SqlStorage): void {
    sql.exec(
      `CREATE TABLE letter (id TEXT PRIMARY KEY, kind TEXT NOT NULL, status TEXT NOT NULL, tenant TEXT, job_id TEXT, delivery_id TEXT,
         type TEXT, code TEXT NOT NULL, message TEXT NOT NULL, fingerprint TEXT NOT NULL, stage TEXT, attempts INTEGER NOT NULL,
         generation INTEGER, payload_hash TEXT, traceparent TEXT, cost_usd REAL, first_death_at INTEGER NOT NULL,
         last_death_at INTEGER NOT NULL, deaths INTEGER NOT NULL, deaths_of_fingerprint INTEGER NOT NULL, replays INTEGER NOT NULL,
         sequence INTEGER NOT NULL, replay_id TEXT, position INTEGER, tell_at INTEGER, queue TEXT, body TEXT, history TEXT NOT NULL
       ) WITHOUT ROWID`,
    );
    sql.exec('CREATE INDEX letter_by_death ON letter (last_death_at, id, tenant, status, kind, type, fingerprint, code)');
    sql.exec(
      `CREATE INDEX letter_by_cause ON letter
         (fingerprint, last_death_at, id, tenant, status, kind, type, code, first_death_at, deaths_of_fingerprint)`,
    );
    sql.exec('CREATE INDEX letter_to_tell ON letter (tell_at) WHERE tell_at IS NOT NULL');
    sql.exec("CREATE INDEX letter_of_delivery ON letter (job_id) WHERE kind = 'delivery'");
    sql.exec('CREATE TABLE departed (job_id TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID');
    sql.exec('CREATE INDEX departed_by_time ON departed (at)');
  }

  /** Null, too, when it cannot be read: the next death that is reported of it takes its place. */
  read(id: string, scope: DeadLetterScope): Letter | null {
    const { sql, bindings } = both(inScope(scope), { sql: 'id = ?', bindings: [id] });
    const [row] = this.#sql.exec(`SELECT ${allOf} FROM letter WHERE ${sql}`, ...bindings).toArray();
    return row === undefined ? null : readable(rowSchema, row);
  }

  /** Writes what differs and nothing else: an index that holds none of it costs no row. */
  write(before: Letter | null, after: Letter): void {
    const changed = fieldNames.filter((field) => before === null || before[field] !== after[field]);
    if (changed.length === 0) return;
    const values = changed.map((field) => (field === 'history' ? JSON.stringify(after.history) : after[field]));
    const names = changed.map((field) => columns[field]);
    if (before === null) {
      this.#sql.exec(`INSERT OR REPLACE INTO letter (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`, ...values);
    } else {
      this.#sql.exec(`UPDATE letter SET ${names.map((name) => `${name} = ?`).join(', ')} WHERE id = ?`, ...values, after.id);
    }
  }

  remove(id: string): void {
    this.#sql.exec('DELETE FROM letter WHERE id = ?', id);
  }

  /** A page in order of death, the latest first, one row longer than `limit`. */
  list(condition: Condition, after: Death | null, limit: number): Listed[] {
    const { sql, bindings } =
      after === null ? condition : both(condition, { sql: '(last_death_at, id) < (?, ?)', bindings: [after[0], after[1]] });
    return this.#sql
      .exec(
        `SELECT ${allListed} FROM letter
         WHERE id IN (SELECT id FROM letter WHERE ${sql} ORDER BY last_death_at DESC, id DESC LIMIT ?)
         ORDER BY last_death_at DESC, id DESC`,
        ...bindings,
        limit + 1,
      )
      .toArray()
      .map((row) => ({ ...placeSchema.parse(row), letter: readable(listedSchema, row) }));
  }

  /** A page of causes, the largest first, one row longer than `limit`. */
  groups(condition: Condition, after: GroupPlace | null, limit: number): Group[] {
    const later =
      after === null ? { sql: 'TRUE', bindings: [] } : { sql: '(-count(*), fingerprint) > (?, ?)', bindings: [-after[0], after[1]] };
    return this.#sql
      .exec(
        `SELECT fingerprint, count(*) AS count, sum(deaths_of_fingerprint >= ?) AS quarantined,
           min(first_death_at) AS firstDeathAt, max(last_death_at) AS lastDeathAt
         FROM letter INDEXED BY letter_by_cause WHERE ${condition.sql}
         GROUP BY fingerprint HAVING ${later.sql} ORDER BY count(*) DESC, fingerprint LIMIT ?`,
        QUARANTINE_DEATHS,
        ...condition.bindings,
        ...later.bindings,
        limit + 1,
      )
      .toArray()
      .flatMap((row) => readable(groupSchema, row) ?? [])
      .map((group) => ({ ...group, sample: this.#sampleOf(group.fingerprint, condition) }));
  }

  /** How many there are of each kind; read within an index. */
  countStanding({ sql, bindings }: Condition): StandingFigures {
    const rows = this.#sql.exec(
      `SELECT kind, count(*) AS count FROM letter INDEXED BY letter_by_cause WHERE ${sql} GROUP BY kind`,
      ...bindings,
    );
    const counts = { job: 0, delivery: 0, message: 0 };
    for (const { kind, count } of rows.toArray().flatMap((row) => readable(kindCountSchema, row) ?? [])) counts[kind] = count;
    return counts;
  }

  /** The latest of a group. */
  #sampleOf(fingerprint: string, condition: Condition): Group['sample'] {
    const { sql, bindings } = both({ sql: 'fingerprint = ?', bindings: [fingerprint] }, condition);
    const rows = this.#sql.exec(
      `SELECT id, kind, code, stage, message FROM letter
       WHERE id = (SELECT id FROM letter INDEXED BY letter_by_cause WHERE ${sql} ORDER BY last_death_at DESC, id DESC LIMIT 1)`,
      ...bindings,
    );
    return readable(sampleSchema, rows.toArray()[0]);
  }

  /** For a plan: in order of death, the earliest first. What cannot be read has its place and no more. */
  candidates(condition: Condition, after: Death | null, limit: number): PlacedCandidate[] {
    const { sql, bindings } =
      after === null ? condition : both(condition, { sql: '(last_death_at, id) > (?, ?)', bindings: [after[0], after[1]] });
    return this.#sql
      .exec(`SELECT ${allOfCandidate} FROM letter WHERE ${sql} ORDER BY last_death_at, id LIMIT ?`, ...bindings, limit)
      .toArray()
      .map((row) => ({ ...placeSchema.parse(row), candidate: readable(candidateSchema, row) }));
  }

  /** For a plan: those of these that exist and may be seen. */
  candidatesOf(ids: readonly string[], scope: DeadLetterScope): Map<string, Candidate> {
    const { sql, bindings } = both(inScope(scope), withIds(ids));
    const rows = this.#sql.exec(`SELECT ${allOfCandidate} FROM letter WHERE ${sql}`, ...bindings).toArray();
    return new Map(rows.flatMap((row) => readable(candidateSchema, row) ?? []).map((candidate) => [candidate.id, candidate]));
  }

  /**
   * Marks what is `dead` as discarded, in one statement.
   * @returns how many
   */
  discard(condition: Condition, now: number): number {
    const { sql, bindings } = both(condition, { sql: "status = 'dead'", bindings: [] });
    const [row] = this.#sql.exec(`SELECT count(*) AS count FROM letter WHERE ${sql}`, ...bindings).toArray();
    const { count } = z.object({ count: z.number() }).parse(row);
    this.#sql.exec(
      `UPDATE letter SET status = 'discarded', history = CASE WHEN json_valid(history) THEN json_insert(history, '$[#]', json(?)) ELSE history END,
         tell_at = CASE kind WHEN 'message' THEN NULL ELSE ? END WHERE ${sql}`,
      JSON.stringify({ at: new Date(now).toISOString(), event: 'discarded' }),
      now,
      ...bindings,
    );
    return count;
  }

  /** Those whose Jobs are to be told now, which are told again at `again` unless {@link told} comes before. */
  toTell(now: number, again: number, limit: number): ToTell[] {
    return this.#sql
      .exec(
        `UPDATE letter SET tell_at = ? WHERE id IN (SELECT id FROM letter WHERE tell_at <= ? ORDER BY tell_at LIMIT ?)
         RETURNING id, job_id AS jobId, delivery_id AS deliveryId, generation, attempts, tell_at AS tellAt`,
        again,
        now,
        limit,
      )
      .toArray()
      .flatMap((row) => readable(toTellSchema, row) ?? []);
  }

  /** The Job knows. One that was discarded anew since is to be told of that, too. */
  told({ id, tellAt }: ToTell): void {
    this.#sql.exec('UPDATE letter SET tell_at = NULL WHERE id = ? AND tell_at = ?', id, tellAt);
  }

  /** The letters of a job and of its webhook calls that died until `at`: one of the same id may have been submitted since. */
  ofJob(jobId: string, at: number): string[] {
    return this.#ids(
      `SELECT id FROM letter WHERE id = ? AND last_death_at <= ?
       UNION ALL SELECT id FROM letter WHERE kind = 'delivery' AND job_id = ? AND last_death_at <= ?`,
      jobLetterId(jobId),
      at,
      jobId,
      at,
    );
  }

  /** Removes the earliest that died at or before `until`; one that is brought back right now has not ended yet. */
  removeDiedBy(until: number, limit: number): void {
    this.#sql.exec(
      `DELETE FROM letter WHERE id IN
         (SELECT id FROM letter WHERE last_death_at <= ? AND status <> 'replaying' ORDER BY last_death_at LIMIT ?)`,
      until,
      limit,
    );
  }

  /** Remembers when a job was deleted, so that a copy of an earlier report brings nothing of it back. */
  depart(jobId: string, at: number): void {
    this.#sql.exec(
      'INSERT INTO departed (job_id, at) VALUES (?, ?) ON CONFLICT (job_id) DO UPDATE SET at = max(at, excluded.at)',
      jobId,
      at,
    );
  }

  departedAt(jobId: string): number | null {
    return this.#time('SELECT at FROM departed WHERE job_id = ?', jobId);
  }

  forgetDeparted(until: number): void {
    this.#sql.exec('DELETE FROM departed WHERE at <= ?', until);
  }

  firstToTell(): number | null {
    return this.#time('SELECT min(tell_at) AS at FROM letter WHERE tell_at IS NOT NULL');
  }

  /** Of those that {@link removeDiedBy} may remove. */
  firstDeath(): number | null {
    return this.#time("SELECT last_death_at AS at FROM letter WHERE status <> 'replaying' ORDER BY last_death_at LIMIT 1");
  }

  firstDeparture(): number | null {
    return this.#time('SELECT min(at) AS at FROM departed');
  }

  #ids(query: string, ...bindings: (string | number)[]): string[] {
    const rows = this.#sql.exec(query, ...bindings).toArray();
    return rows.map((row) => z.object({ id: z.string() }).parse(row).id);
  }

  #time(query: string, ...bindings: string[]): number | null {
    const [row] = this.#sql.exec(query, ...bindings).toArray();
    return row === undefined ? null : z.object({ at: z.number().nullable() }).parse(row).at;
  }
}

/** What cannot be read is passed over and told of, so that one row never hides all the others. */
function readable<T>(schema: z.ZodType<T>, row: Record<string, SqlStorageValue> | undefined): T | null {
  const parsed = schema.safeParse(row);
  if (parsed.success) return parsed.data;
  const id = row?.id ?? row?.fingerprint ?? 'unknown';
  log('error', 'a dead letter cannot be read', { outcome: String(id), error: describeError(parsed.error) });
  return null;
}

/** Letters by their ids, in one binding: the platform allows a statement a hundred. */
export const withIds = (ids: readonly string[]): Condition => ({
  sql: 'id IN (SELECT value FROM json_each(?))',
  bindings: [JSON.stringify(ids)],
});
