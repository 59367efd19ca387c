/**
 * The layout of the data points that both Workers write to Analytics Engine: which fact stands in which
 * column. Said once, because a query knows columns by number alone and a column that moved would quietly
 * mean something else.
 *
 * One layout for every event, so that one table of the documentation explains all of them; what an event
 * does not have is an empty text or 0. Columns are only ever added, at the end: what was written three months
 * ago is still read. No text of a caller is in here but the names of tenants.
 */
import type { JobErrorCode } from './errors.ts';
import { type JobStage, jobStages } from './job.ts';
import type { Engine, JobType } from './submissions.ts';

/** What a data point can be about. */
export const analyticsEvents = {
  submitted: 'a submission became a job',
  started: 'a run of a job began',
  completed: 'a job was completed',
  failed: 'a job failed; `code` says why',
  cancelled: 'a job was cancelled',
  'webhook-attempt': 'a webhook call was made; `outcome` is `delivered` or what went wrong, `httpStatus` the answer',
  looks: 'the pool looked at live runs, summed up over a minute; `count` calls, `runs` runs in them, `failures` calls without an answer',
  'rate-limited': 'a call was refused with 429',
} as const;
export type AnalyticsEventName = keyof typeof analyticsEvents;

/** What a data point can say. Times are milliseconds, costs US dollars. */
export interface AnalyticsPoint {
  readonly event: AnalyticsEventName;
  /** Whose job or call it was; absent for what is nobody's. */
  readonly tenant?: string;
  readonly type?: JobType;
  readonly engine?: Engine;
  readonly code?: JobErrorCode;
  readonly outcome?: string;
  readonly jobId?: string;
  /** The address as the documentation writes it: `/api/jobs/{jobId}`. */
  readonly route?: string;
  /** How many events the point stands for (1). */
  readonly count?: number;
  readonly generation?: number;
  /** From the submission (or the replay) to the end; of a webhook call, its own time. */
  readonly durationMs?: number;
  /** What this generation spent in each stage. */
  readonly stageMs?: Readonly<Partial<Record<JobStage, number>>>;
  readonly costUsd?: number;
  readonly attempt?: number;
  readonly httpStatus?: number;
  readonly runs?: number;
  readonly failures?: number;
  /** 1 for a job that was answered from the result cache. */
  readonly cached?: boolean;
}

/** Text columns, `blob1` on. */
export const analyticsBlobs = ['event', 'tenant', 'type', 'engine', 'code', 'outcome', 'jobId', 'route'] as const;

const timedStages = jobStages.filter((stage) => stage !== 'done');
const stageColumns = timedStages.map((stage) => `${stage}Ms` as const);
/** Number columns, `double1` on. */
export const analyticsDoubles = [
  'count',
  'generation',
  'durationMs',
  'costUsd',
  'attempt',
  'httpStatus',
  'runs',
  'failures',
  'cached',
  ...stageColumns,
] as const;

/** What `writeDataPoint` takes. */
export interface AnalyticsDataPoint {
  readonly indexes: [string];
  readonly blobs: string[];
  readonly doubles: number[];
}

/** The binding, as far as it is used. */
export interface AnalyticsDataset {
  writeDataPoint(point: AnalyticsDataPoint): void;
}

/** Cloudflare’s limit, in bytes; names of tenants are ASCII. */
const MAX_INDEX_BYTES = 96;
/** Far below the limit of 16 KB for all of them. */
const MAX_BLOB_CHARACTERS = 200;

/** The columns of a point. The tenant is the index: when Analytics Engine samples, it samples each tenant by itself. */
export function analyticsDataPoint(point: AnalyticsPoint): AnalyticsDataPoint {
  const { event, tenant = '', type = '', engine = '', code = '', outcome = '', jobId = '', route = '' } = point;
  const { count = 1, generation = 0, durationMs = 0, costUsd = 0, attempt = 0, httpStatus = 0, runs = 0, failures = 0 } = point;
  const texts: Record<(typeof analyticsBlobs)[number], string> = { event, tenant, type, engine, code, outcome, jobId, route };
  const numbers = [count, generation, durationMs, costUsd, attempt, httpStatus, runs, failures, point.cached === true ? 1 : 0];
  return {
    indexes: [tenant.slice(0, MAX_INDEX_BYTES)],
    blobs: analyticsBlobs.map((name) => texts[name].slice(0, MAX_BLOB_CHARACTERS)),
    doubles: [...numbers, ...timedStages.map((stage) => point.stageMs?.[stage] ?? 0)],
  };
}

/**
 * Writes a point where the Worker has the binding, and nothing where it has none. Never throws: what is only
 * watched must not fail what is done.
 */
export function writeAnalytics(dataset: AnalyticsDataset | undefined, point: AnalyticsPoint): void {
  try {
    dataset?.writeDataPoint(analyticsDataPoint(point));
  } catch {
    // A point that the platform refuses is a gap in a graph.
  }
}
