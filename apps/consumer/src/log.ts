/**
 * One structured line a happening, so that an operator can filter by job and a machine can count.
 * Only what is listed is written: no bodies, no headers, no environment.
 */
import type { JobStage } from '@mcpoverflow/types';

export interface LogFields {
  readonly jobId?: string;
  readonly tenant?: string;
  readonly generation?: number;
  readonly turn?: number;
  readonly kind?: string;
  readonly type?: string;
  readonly engine?: string;
  readonly stage?: string;
  /** The stage before. */
  readonly from?: string;
  readonly attempt?: number;
  readonly outcome?: string;
  readonly code?: string;
  readonly durationMs?: number;
  readonly stageMs?: Readonly<Partial<Record<JobStage, number>>>;
  readonly costUsd?: number;
  /** Its result was one that was kept: nothing was done. */
  readonly cached?: true;
  readonly deliveryId?: string;
  readonly conversationId?: string;
  readonly replayId?: string;
  /** Of a message in its queue. */
  readonly messageId?: string;
  readonly queue?: string;
  readonly traceparent?: string;
  /** The trace that this one goes on from. */
  readonly linkedTraceparent?: string;
  readonly count?: number;
  readonly error?: string;
}

/** Writes one line at the given level. */
export function log(level: 'info' | 'warn' | 'error', message: string, fields: LogFields = {}): void {
  console[level](JSON.stringify({ level, message, ...fields }));
}

/**
 * An unknown thrown value in one line, without a stack: stacks of foreign errors can quote their input. Addresses
 * are left out, because a fault of the network quotes the one it was about, and that can hold a key.
 */
export const describeError = (error: unknown): string =>
  (error instanceof Error ? `${error.name}: ${error.message}` : String(error))
    .replace(/\b[a-z][a-z+.-]*:\/\/[^\s"'<>)]*/gi, '(address)')
    .slice(0, 300);
