/**
 * What an agent's pool counts of the jobs of its engine, for `GET /metrics`: how they ended and how long
 * they took. Pure; `stored-counts.ts` keeps it.
 *
 * The pool is the one object that all jobs of an engine have in common. A class of its own for this would be
 * cleaner and would cost more: a Worker cannot be rolled back to a version from before a class was added.
 */
import { attemptErrorSchema, type CountedFigures, type HistogramFigures, type JobErrorCode, jobErrorCodeSchema } from '@mcpoverflow/types';
import * as z from 'zod';

/** Seconds. A job without a model takes tenths, one with a model minutes, and one that waits for a place hours. */
const JOB_BOUNDS = [0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 21_600, 86_400] as const;
/** Seconds; an attempt is given up after at most 20. */
const ATTEMPT_BOUNDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20] as const;

const histogramSchema = (bounds: readonly number[]) => z.object({ counts: z.array(z.number()).length(bounds.length + 1), sum: z.number() });
type Histogram = z.infer<ReturnType<typeof histogramSchema>>;

const statusSchema = z.enum(['completed', 'failed', 'cancelled']);
const outcomeSchema = z.union([z.literal('delivered'), attemptErrorSchema]);

/** As it is stored. */
export const countsSchema = z.object({
  ended: z.array(z.object({ status: statusSchema, code: jobErrorCodeSchema.nullable(), count: z.number() })),
  costUsd: z.number(),
  attempts: z.array(z.object({ outcome: outcomeSchema, count: z.number() })),
  looks: z.object({ answered: z.number(), failed: z.number() }),
  queueTime: histogramSchema(JOB_BOUNDS),
  runTime: histogramSchema(JOB_BOUNDS),
  jobTime: histogramSchema(JOB_BOUNDS),
  attemptTime: histogramSchema(ATTEMPT_BOUNDS),
});
export type Counts = z.infer<typeof countsSchema>;

/** One thing to be counted. Times are milliseconds; null for a part that the job never came to. */
export type Tally =
  | {
      readonly kind: 'ended';
      readonly status: z.infer<typeof statusSchema>;
      readonly code: JobErrorCode | null;
      readonly queueMs: number | null;
      readonly runMs: number | null;
      readonly totalMs: number;
      readonly costUsd: number;
    }
  | { readonly kind: 'attempt'; readonly outcome: z.infer<typeof outcomeSchema>; readonly durationMs: number }
  | { readonly kind: 'look'; readonly answered: boolean };

const emptyHistogram = (bounds: readonly number[]): Histogram => ({ counts: [...bounds, null].map(() => 0), sum: 0 });

/** Before anything was counted. */
export const noCounts = (): Counts => ({
  ended: [],
  costUsd: 0,
  attempts: [],
  looks: { answered: 0, failed: 0 },
  queueTime: emptyHistogram(JOB_BOUNDS),
  runTime: emptyHistogram(JOB_BOUNDS),
  jobTime: emptyHistogram(JOB_BOUNDS),
  attemptTime: emptyHistogram(ATTEMPT_BOUNDS),
});

function observed(histogram: Histogram, bounds: readonly number[], ms: number | null): Histogram {
  if (ms === null) return histogram;
  // A clock that was set back makes no negative time: a sum that goes down would read as a restart.
  const seconds = Math.max(0, ms) / 1000;
  const above = bounds.findIndex((bound) => seconds <= bound);
  const bucket = above === -1 ? bounds.length : above;
  return { counts: histogram.counts.map((count, index) => (index === bucket ? count + 1 : count)), sum: histogram.sum + seconds };
}

/** One more of what `isSame` finds, or the first. */
const oneMore = <Entry extends { readonly count: number }>(
  entries: readonly Entry[],
  isSame: (entry: Entry) => boolean,
  first: Entry,
): Entry[] =>
  entries.some(isSame) ? entries.map((entry) => (isSame(entry) ? { ...entry, count: entry.count + 1 } : entry)) : [...entries, first];

/** The counts with one more thing in them. */
export function counted(counts: Counts, tally: Tally): Counts {
  switch (tally.kind) {
    case 'ended': {
      const { status, code } = tally;
      return {
        ...counts,
        ended: oneMore(counts.ended, (entry) => entry.status === status && entry.code === code, { status, code, count: 1 }),
        costUsd: counts.costUsd + Math.max(0, tally.costUsd),
        queueTime: observed(counts.queueTime, JOB_BOUNDS, tally.queueMs),
        runTime: observed(counts.runTime, JOB_BOUNDS, tally.runMs),
        jobTime: observed(counts.jobTime, JOB_BOUNDS, tally.totalMs),
      };
    }
    case 'attempt': {
      const { outcome } = tally;
      return {
        ...counts,
        attempts: oneMore(counts.attempts, (entry) => entry.outcome === outcome, { outcome, count: 1 }),
        attemptTime: observed(counts.attemptTime, ATTEMPT_BOUNDS, tally.durationMs),
      };
    }
    case 'look': {
      const { answered, failed } = counts.looks;
      return { ...counts, looks: tally.answered ? { answered: answered + 1, failed } : { answered, failed: failed + 1 } };
    }
  }
}

const histogramFigures = (bounds: readonly number[], { counts, sum }: Histogram): HistogramFigures => ({ bounds, counts, sum });

/** The counts as they are told. */
export const figuresOf = (counts: Counts): CountedFigures => ({
  ...counts,
  queueTime: histogramFigures(JOB_BOUNDS, counts.queueTime),
  runTime: histogramFigures(JOB_BOUNDS, counts.runTime),
  jobTime: histogramFigures(JOB_BOUNDS, counts.jobTime),
  attemptTime: histogramFigures(ATTEMPT_BOUNDS, counts.attemptTime),
});
