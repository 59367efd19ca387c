/**
 * What `GET /api/jobs` lists: one object a tenant, one row a job, newest first. A view fed by the Jobs'
 * own duties, off the submit path: at creation and at the end, repeated until it is written.
 *
 * It also knows how its tenant stands (standing.ts): the api asks before it takes a call.
 *
 * What happens in between is not written: a row for every change would cost every job, a look at the
 * few jobs of a page that have not ended costs only those who list.
 *
 * Rows are keyed by creation time and id, so that paging needs no second index.
 */
import { DurableObject } from 'cloudflare:workers';
import type { JobIndexRpc, JobStatus, JobSummary, ListAnswer, ListQuery, ReadAnswer, TenantStanding } from '@mcpoverflow/types';
import { isTerminal, jobSummarySchema } from '@mcpoverflow/types';
import * as z from 'zod';
import { pageOf, parseCursor } from '../cursor.ts';
import { within } from '../deadline.ts';
import type { Env } from '../env.ts';
import { log } from '../log.ts';
import { type GenerationCost, Standing } from './standing.ts';

const SCHEMA_VERSION = 1;
const RPC_TIMEOUT_MS = 2_000;
const rowSchema = z.object({ created_at: z.string(), job_id: z.string(), summary: z.string() });
type Row = z.infer<typeof rowSchema>;
const cursorSchema = z.tuple([z.string(), z.string()]);

/** The index of a tenant. */
export const indexOf = (env: Env, tenant: string): DurableObjectStub<JobIndex> => env.JOB_INDEX.get(env.JOB_INDEX.idFromName(tenant));

export class JobIndex extends DurableObject<Env> implements JobIndexRpc {
  readonly #sql: SqlStorage;
  readonly #standing: Standing;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    migrate(ctx.storage);
    this.#standing = new Standing(ctx.storage.sql);
  }

  /** Writes the row unless a newer version is there: two writes of one job may overtake each other. */
  async put(summary: JobSummary, version: number): Promise<void> {
    const written = this.#sql.exec(
      `INSERT INTO job (created_at, job_id, version, status, type, summary) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (created_at, job_id) DO UPDATE SET version = excluded.version, status = excluded.status, summary = excluded.summary
       WHERE excluded.version > job.version RETURNING job_id`,
      summary.createdAt,
      summary.jobId,
      version,
      summary.status,
      summary.type,
      JSON.stringify(summary),
    );
    if (written.toArray().length > 0) this.#standing.note(summary);
    const { createdAt, jobId, generation, usage } = summary;
    if (isTerminal(summary.status)) await this.countCost({ createdAt, jobId, generation, usd: usage?.costUsd ?? 0 });
  }

  /** What an ended generation has cost, of which there is no row, or no longer. Repeating it changes nothing. */
  async countCost(cost: GenerationCost): Promise<void> {
    this.#standing.count(cost, Date.now());
  }

  async remove(createdAt: string, jobId: string): Promise<void> {
    this.#sql.exec('DELETE FROM job WHERE created_at = ? AND job_id = ?', createdAt, jobId);
    this.#standing.forget(createdAt, jobId);
  }

  async standing(): Promise<TenantStanding> {
    return this.#standing.read(Date.now());
  }

  async revokeKey(keyId: string): Promise<void> {
    this.#standing.revoke(keyId, Date.now());
  }

  async list(query: ListQuery): Promise<ListAnswer> {
    const after = parseCursor(query.cursor, cursorSchema);
    if (after === undefined) return { kind: 'invalid-cursor' };
    const conditions: string[] = [];
    const bindings: string[] = [];
    if (after !== null) {
      conditions.push('(created_at, job_id) < (?, ?)');
      bindings.push(...after);
    }
    if (query.status !== undefined) {
      conditions.push(isTerminal(query.status) ? 'status = ?' : "status IN (?, 'pending')");
      bindings.push(query.status);
    }
    if (query.type !== undefined) {
      conditions.push('type = ?');
      bindings.push(query.type);
    }
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    const rows = this.#sql
      .exec(
        `SELECT created_at, job_id, summary FROM job ${where} ORDER BY created_at DESC, job_id DESC LIMIT ?`,
        ...bindings,
        query.limit + 1,
      )
      .toArray()
      .map((row) => rowSchema.parse(row));
    const { page, ...next } = pageOf(rows, query.limit, ({ created_at, job_id }) => [created_at, job_id]);
    const jobs = await Promise.all(page.map((row) => this.#asItIsNow(row)));
    // A job may have moved on since its row was written: such a page is shorter, its cursor goes on.
    return { kind: 'page', list: { jobs: jobs.filter((job) => job !== null).filter((job) => fits(job, query.status)), ...next } };
  }

  /** The job's own word when its row says that it has not ended; null when it no longer exists. */
  async #asItIsNow(row: Row): Promise<JobSummary | null> {
    const parsed = jobSummarySchema.safeParse(JSON.parse(row.summary));
    // One row of another version must not hide the whole list.
    if (!parsed.success) log('error', 'a row of the job index cannot be read', { jobId: row.job_id });
    if (!parsed.success) return null;
    const summary = parsed.data;
    if (isTerminal(summary.status)) return summary;
    try {
      const job = this.env.JOB.get(this.env.JOB.idFromName(summary.jobId));
      const reading: Promise<ReadAnswer> = job.read(this.ctx.id.name ?? '');
      const answer = await within(reading, RPC_TIMEOUT_MS, 'the job');
      return answer.kind === 'found' ? answer.job : null;
    } catch {
      return summary;
    }
  }
}

const fits = (job: JobSummary, status: JobStatus | undefined): boolean => status === undefined || job.status === status;

function migrate(storage: DurableObjectStorage): void {
  const version = storage.kv.get('schemaVersion');
  if (version === SCHEMA_VERSION) return;
  if (version !== undefined) throw new Error(`job index schema ${String(version)} is newer than this code`);
  storage.sql.exec(
    `CREATE TABLE job (created_at TEXT NOT NULL, job_id TEXT NOT NULL, version INTEGER NOT NULL, status TEXT NOT NULL, type TEXT NOT NULL,
       summary TEXT NOT NULL, PRIMARY KEY (created_at, job_id)) WITHOUT ROWID`,
  );
  storage.kv.put('schemaVersion', SCHEMA_VERSION);
}
