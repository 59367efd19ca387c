import { DatabaseSync } from 'node:sqlite';
import { isTerminal, type JobSummary } from '@mcpoverflow/types';
import { beforeEach, expect, test } from 'vitest';
import { Standing, type StandingSql } from './standing.ts';

const NOON = Date.parse('2026-11-22T12:00:00Z');
const TOMORROW = NOON + 12 * 3_600_000;
let standing: Standing;
let sql: StandingSql;

beforeEach(() => {
  const database = new DatabaseSync(':memory:');
  sql = {
    exec: (query, ...bindings) => {
      const rows = database.prepare(query).all(...bindings);
      return { toArray: () => rows };
    },
  };
  sql.exec(
    `CREATE TABLE job (created_at TEXT NOT NULL, job_id TEXT NOT NULL, version INTEGER NOT NULL, status TEXT NOT NULL, type TEXT NOT NULL,
       summary TEXT NOT NULL, PRIMARY KEY (created_at, job_id)) WITHOUT ROWID`,
  );
  standing = new Standing(sql);
});

function summaryOf(job: number, change: Partial<JobSummary> = {}): JobSummary {
  const jobId = `00000000-0000-4000-8000-00000000000${job}`;
  return {
    jobId,
    type: 'analyze',
    status: 'pending',
    stage: 'queued',
    progress: 0,
    cached: false,
    generation: 1,
    createdAt: '2026-11-22T12:00:00.000Z',
    updatedAt: '2026-11-22T12:00:00.000Z',
    metadata: {},
    links: { self: `/api/jobs/${jobId}`, events: `/api/jobs/${jobId}/events` },
    ...change,
  };
}

/** Writes a row as the index does, notes it, and counts what it has cost. */
function put(summary: JobSummary, now = NOON): void {
  sql.exec(
    'INSERT OR REPLACE INTO job (created_at, job_id, version, status, type, summary) VALUES (?, ?, ?, ?, ?, ?)',
    summary.createdAt,
    summary.jobId,
    1,
    summary.status,
    summary.type,
    JSON.stringify(summary),
  );
  standing.note(summary);
  const { createdAt, jobId, generation, status, usage } = summary;
  if (isTerminal(status)) standing.count({ createdAt, jobId, generation, usd: usage?.costUsd ?? 0 }, now);
}

const ended = (job: number, costUsd: number, change: Partial<JobSummary> = {}): JobSummary =>
  summaryOf(job, { status: 'failed', stage: 'done', usage: { costUsd }, ...change });

test('a tenant of whom nothing is known stands well', () => {
  expect(standing.read(NOON)).toEqual({ revokedKeys: [], jobsInFlight: 0, costUsdToday: 0 });
});

test('a job is in flight from its first row to its last, whether or not somebody had asked before', () => {
  put(summaryOf(1));
  put(summaryOf(2, { status: 'processing' }));
  expect(standing.read(NOON).jobsInFlight).toBe(2);
  put(summaryOf(3));
  put(ended(1, 0));
  expect(standing.read(NOON).jobsInFlight).toBe(2);
  expect(new Standing(sql).read(NOON).jobsInFlight).toBe(2);
});

test('a job that was retried is in flight again, and one that was removed is not', () => {
  put(ended(1, 0));
  expect(standing.read(NOON).jobsInFlight).toBe(0);
  put(summaryOf(1, { generation: 2 }));
  expect(standing.read(NOON).jobsInFlight).toBe(1);
  standing.forget(summaryOf(1).createdAt, summaryOf(1).jobId);
  expect(standing.read(NOON).jobsInFlight).toBe(0);
});

test('a cost counts on the day on which its job ended, and for every generation', () => {
  put(summaryOf(1, { status: 'processing', usage: { costUsd: 0.5 } }));
  expect(standing.read(NOON).costUsdToday).toBe(0);
  put(ended(1, 1));
  put(summaryOf(1, { generation: 2 }));
  put(ended(1, 0.25, { generation: 2 }));
  put(ended(2, 4), TOMORROW);
  expect(standing.read(NOON).costUsdToday).toBe(1.25);
  expect(standing.read(TOMORROW).costUsdToday).toBe(4);
});

test('a row that is written again counts once, with what it knows more', () => {
  put(ended(1, 1));
  put(ended(1, 1));
  put(ended(1, 1.5));
  expect(standing.read(NOON).costUsdToday).toBe(1.5);
});

test('what a deleted job has cost stays counted', () => {
  put(ended(1, 1));
  standing.forget(summaryOf(1).createdAt, summaryOf(1).jobId);
  expect(standing.read(NOON).costUsdToday).toBe(1);
});

test('what the job itself tells of a generation counts once, before its row or after it was removed', () => {
  const { createdAt, jobId } = summaryOf(1);
  const tell = (generation: number, usd: number) => standing.count({ createdAt, jobId, generation, usd }, NOON);
  tell(1, 1);
  put(ended(1, 1));
  standing.forget(createdAt, jobId);
  tell(1, 1);
  tell(2, 0.5);
  tell(2, 0.5);
  expect(new Standing(sql).read(NOON).costUsdToday).toBe(1.5);
});

test('a key is revoked for ever, and once', () => {
  standing.revoke('a1b2c3d4e5f6a7b8', NOON);
  standing.revoke('a1b2c3d4e5f6a7b8', TOMORROW);
  expect(new Standing(sql).read(TOMORROW).revokedKeys).toEqual(['a1b2c3d4e5f6a7b8']);
});
