/**
 * How the engine stands, as the consumer tells the api for `GET /metrics`. Types only. What cannot be read
 * right now is null, so that one part that hangs hides no other.
 */
import type { JobErrorCode } from './errors.ts';
import type { Health } from './job.ts';
import type { Engine } from './submissions.ts';
import type { AttemptError } from './webhooks.ts';

/** The queues, by the middle of their names. */
export const queueNames = ['jobs', 'webhooks', 'dead-letters'] as const;
export type QueueName = (typeof queueNames)[number];

export interface QueueFigures {
  /** Messages. */
  readonly backlog: number;
  /** Epoch milliseconds; null in an empty queue. */
  readonly oldestAt: number | null;
}

/** `counts[i]` observations were at most `bounds[i]` seconds and more than the bound before it; the last count is of those above every bound. */
export interface HistogramFigures {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  /** Seconds. */
  readonly sum: number;
}

/** What was counted of the jobs of one engine since counting began. None of it ever goes down. */
export interface CountedFigures {
  readonly ended: readonly {
    readonly status: 'completed' | 'failed' | 'cancelled';
    readonly code: JobErrorCode | null;
    readonly count: number;
  }[];
  /** Of ended jobs. */
  readonly costUsd: number;
  readonly attempts: readonly { readonly outcome: 'delivered' | AttemptError; readonly count: number }[];
  readonly looks: { readonly answered: number; readonly failed: number };
  /** From the submission (or the replay) until the run had begun; from there to the end; all of it. */
  readonly queueTime: HistogramFigures;
  readonly runTime: HistogramFigures;
  readonly jobTime: HistogramFigures;
  readonly attemptTime: HistogramFigures;
}

export interface PoolFigures {
  /** Places given, and how many there are. */
  readonly leases: number;
  readonly leaseLimit: number;
  /** Runs that the last look saw at work. */
  readonly running: number;
  readonly waiting: number;
  /** Since when the one that waits longest has been waiting, in epoch milliseconds; null when nobody waits. */
  readonly waitingSince: number | null;
  /** Null for a tenant, whose part of them nobody counts. */
  readonly counted: CountedFigures | null;
}

/** Dead letters that stand: nobody has brought them back or discarded them. */
export interface StandingFigures {
  readonly job: number;
  readonly delivery: number;
  readonly message: number;
}

export interface EngineFigures {
  readonly openhands: Health['openhands'] | null;
  /** Absent for a tenant: a queue is everybody's. */
  readonly queues?: Readonly<Record<QueueName, QueueFigures | null>>;
  readonly pools: Readonly<Record<Engine, PoolFigures | null>>;
  readonly deadLetters: StandingFigures | null;
}
