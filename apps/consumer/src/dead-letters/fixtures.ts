/**
 * The DeadLetters object over a real SQLite, with Jobs made of a few lines, for the tests beside it. Time
 * is vitest's own; memory can be lost at any point, as in a SIGKILL, and storage never is.
 */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { JobErrorCode, ReplayCommand } from '@mcpoverflow/types';
import { jobError } from '@mcpoverflow/types';
import { vi } from 'vitest';
import type { Env } from '../env.ts';
import { asPlatform } from '../simulation/platform.ts';
import { DeadLetters } from './dead-letters.ts';
import type {
  DeliveryReplayOrder,
  DeliveryReport,
  JobReport,
  ReplayableJob,
  ReplayJobAnswer,
  ReplayOrder,
  ReplayProgress,
} from './report.ts';

/** The clock of these tests starts here. */
export const NOW = Date.parse('2026-11-22T10:00:00.000Z');
export const everybody = { tenant: null };
const DAY_MS = 86_400_000;
export const RETENTION_MS = 90 * DAY_MS;
const LONGEST_TIMER_MS = 20 * DAY_MS;

/** SQLite as a Durable Object offers it. */
export function sqlOf(database: DatabaseSync): SqlStorage {
  const statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  return asPlatform<SqlStorage>({
    exec: (query: string, ...bindings: SQLInputValue[]) => {
      const statement = statements.get(query) ?? database.prepare(query);
      statements.set(query, statement);
      const rows = statement.all(...bindings);
      return { toArray: () => rows.map((row) => ({ ...row })) };
    },
  });
}

/** What a job did when it was replayed, and will do. */
export interface ModelJob {
  generation: number;
  status: 'failed' | 'processing' | 'completed';
  sequence: number;
  /** Every generation that was started, by which replay. */
  readonly started: string[];
  /** What it was asked. */
  readonly orders: (ReplayOrder | DeliveryReplayOrder)[];
  /** How its generations end; null for not yet. */
  ends: 'recovered' | 'died' | null;
  /**
   * `lost`: the call takes effect, its answer never arrives. `slow`: the answer takes five seconds; `late`: the call
   * does. `belated`: nobody waits any more when the call arrives.
   */
  line: 'good' | 'dead' | 'lost' | 'slow' | 'late' | 'belated';
  /** How long its reports take; they keep their order. */
  reportsAfterMs: number;
  readonly outbox: JobReport[];
  /** The deaths that were decided to be left. */
  readonly discards: string[];
}

export class Engine {
  readonly database = new DatabaseSync(':memory:');
  readonly jobs = new Map<string, ModelJob>();
  readonly #rows = new Map<string, unknown>();
  readonly #reports: JobReport[] = [];
  readonly #sql = sqlOf(this.database);
  #alarm: { readonly at: number; readonly timer: ReturnType<typeof setTimeout> } | null = null;
  /** Who is dead does nothing any more. */
  #life = 0;
  /** What its environment says; read at every start. */
  settings: object = {};
  object: DeadLetters;

  constructor() {
    this.object = this.#open();
  }

  get alarmAt(): number | null {
    return this.#alarm?.at ?? null;
  }

  /** SIGKILL, and a new start. The alarm is stored, so it goes off. */
  restart(): void {
    this.#life += 1;
    this.object = this.#open();
  }

  /** Jobs that failed, and their letters. */
  async die(jobIds: readonly string[], change: Partial<JobReport> = {}): Promise<void> {
    for (const jobId of jobIds) this.jobs.set(jobId, newJob());
    const deaths = jobIds.map((jobId) => death(jobId, change));
    this.#reports.push(...deaths);
    await this.object.record(deaths);
  }

  job(jobId: string): ModelJob {
    const job = this.jobs.get(jobId) ?? newJob();
    this.jobs.set(jobId, job);
    return job;
  }

  /** The present generation ends, and its Job reports it. */
  async end(jobId: string, outcome: 'recovered' | 'died'): Promise<void> {
    this.job(jobId).status = outcome === 'died' ? 'failed' : 'completed';
    await this.#report(jobId, outcome);
  }

  /** Its owner brings a failed job back. */
  async retry(jobId: string): Promise<void> {
    const job = this.job(jobId);
    if (job.status !== 'failed') return;
    this.#begin(jobId, job);
    await this.#report(jobId, 'retried');
  }

  /** Every report arrives once more. */
  repeatReports(): Promise<void> {
    return this.object.record(this.#reports);
  }

  #report(jobId: string, outcome: JobReport['outcome']): Promise<void> {
    const job = this.job(jobId);
    job.sequence += 1;
    const { generation, sequence } = job;
    const report = { ...death(jobId), at: Date.now(), outcome, generation, sequence };
    const told = outcome === 'died' ? report : { ...report, error: null };
    job.outbox.push(told);
    if (job.reportsAfterMs === 0) return this.#send(job);
    setTimeout(() => void this.#send(job), job.reportsAfterMs);
    return Promise.resolve();
  }

  #send({ outbox }: ModelJob): Promise<void> {
    const reports = outbox.splice(0);
    this.#reports.push(...reports);
    return this.object.record(reports);
  }

  #begin(jobId: string, job: ModelJob): void {
    job.generation += 1;
    job.status = 'processing';
    const { ends } = job;
    if (ends !== null) setTimeout(() => void this.end(jobId, ends), 1_000);
  }

  #open(): DeadLetters {
    const life = this.#life;
    const storage = {
      sql: this.#sql,
      kv: { get: (key: string) => this.#rows.get(key), put: (key: string, value: unknown) => this.#rows.set(key, value) },
      transactionSync: <T>(write: () => T): T => {
        if (life !== this.#life) throw new Error('who is dead writes nothing');
        this.database.exec('BEGIN');
        try {
          const answer = write();
          this.database.exec('COMMIT');
          return answer;
        } catch (error) {
          this.database.exec('ROLLBACK');
          throw error;
        }
      },
      setAlarm: async (at: number) => this.#setAlarm(at),
    };
    const env = asPlatform<Env>({
      ...this.settings,
      JOB: { idFromName: (name: string) => name, get: (name: string) => this.#stub(name, life) },
    });
    return new DeadLetters(asPlatform({ storage, id: { name: 'all' } }), env);
  }

  #setAlarm(at: number): void {
    if (this.#alarm !== null) clearTimeout(this.#alarm.timer);
    // A timer holds 24 days, an alarm any number.
    const rest = at - Date.now();
    const timer = setTimeout(() => (rest > LONGEST_TIMER_MS ? this.#setAlarm(at) : this.#goOff()), Math.min(rest, LONGEST_TIMER_MS));
    this.#alarm = { at, timer };
  }

  #goOff(): void {
    this.#alarm = null;
    void this.object.alarm();
  }

  #stub(jobId: string, life: number): ReplayableJob {
    const answering = async <T>(answer: () => T): Promise<T> => {
      const { line } = this.job(jobId);
      if (line === 'dead') throw new Error('the object is overloaded');
      if (line === 'late') await sleep(5_000);
      if (line === 'belated') await sleep(18_000);
      const answered = answer();
      await (line === 'slow' ? sleep(5_000) : Promise.resolve());
      return life === this.#life && line !== 'lost' ? answered : new Promise<never>(() => {});
    };
    return {
      replay: (order) => answering(() => this.#replay(jobId, order, order)),
      replayDelivery: (order) => answering(() => this.#replay(jobId, order, { generation: this.job(jobId).generation, patched: false })),
      discarded: (generation) => answering(() => void this.job(jobId).discards.push(String(generation))),
      deliveryDiscarded: (deliveryId, attempts) => answering(() => void this.job(jobId).discards.push(`${deliveryId} ${attempts}`)),
    };
  }

  #replay(
    jobId: string,
    order: ReplayOrder | DeliveryReplayOrder,
    { generation, patched }: Pick<ReplayOrder, 'generation' | 'patched'>,
  ): ReplayJobAnswer {
    const job = this.job(jobId);
    const { replayId } = order;
    job.orders.push(order);
    const startedAs = `${replayId} ${generation}`;
    if (job.started.includes(startedAs))
      return { kind: 'started', generation: generation + 1, patched, progress: progressOf(job, generation + 1) };
    if (job.status !== 'failed' || job.generation !== generation) return { kind: 'skipped', reason: 'The job has moved on.' };
    job.started.push(startedAs);
    this.#begin(jobId, job);
    return { kind: 'started', generation: job.generation, patched, progress: 'running' };
  }
}

/** A generation that was followed by another one had died. */
function progressOf({ generation, status }: ModelJob, of: number): ReplayProgress {
  if (generation > of || status === 'failed') return 'died';
  return status === 'completed' ? 'recovered' : 'running';
}

const newJob = (): ModelJob => ({
  generation: 1,
  status: 'failed',
  sequence: 1,
  started: [],
  orders: [],
  ends: null,
  line: 'good',
  reportsAfterMs: 0,
  outbox: [],
  discards: [],
});

/** The first death of a job. */
export const death = (jobId: string, change: Partial<JobReport> = {}): JobReport => ({
  kind: 'job',
  outcome: 'died',
  sequence: 1,
  at: NOW,
  jobId,
  tenant: 'tenant',
  generation: 1,
  type: 'analyze',
  error: jobError('agent-unreachable', 'The agent did not answer', 8),
  stage: 'starting',
  payloadHash: 'hash',
  traceparent: null,
  costUsd: null,
  ...change,
});

/** A death of another cause. */
export const deathOf = (jobId: string, code: JobErrorCode, change: Partial<JobReport> = {}): JobReport =>
  death(jobId, { error: jobError(code, 'It broke'), ...change });

export const deadDelivery = (deliveryId: string, jobId: string, change: Partial<DeliveryReport> = {}): DeliveryReport => ({
  kind: 'delivery',
  outcome: 'died',
  sequence: 1,
  at: NOW,
  jobId,
  tenant: 'tenant',
  generation: 1,
  deliveryId,
  event: 'job.completed',
  code: 'status',
  message: 'The receiver answered 503; only 2xx counts as received.',
  attempts: 10,
  traceparent: null,
  ...change,
});

export const command = (change: Partial<ReplayCommand> = {}): ReplayCommand => ({
  replayId: 'replay-1',
  requestFingerprint: 'request-1',
  selection: { kind: 'filter', filter: {} },
  dryRun: false,
  ratePerSecond: 10,
  canary: 0,
  force: false,
  patched: false,
  ...change,
});

/** Names of so many things. */
export const named = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${String(index).padStart(5, '0')}`);

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Lets what is under way happen, until `ms` later. */
export const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
