/**
 * Who a run is (design section 3, "Run identity"): a conversation id that follows from the job, its
 * incarnation, its generation and the run's number. Whoever takes over a half-made run computes the
 * same id and meets it; a job that reuses a deleted one's id never does.
 *
 * Synchronous (node:crypto), because a transition may not wait between reading and writing the state.
 */
import { createHash } from 'node:crypto';
import type { Run } from './state.ts';

export function conversationIdFor(jobId: string, incarnation: string, generation: number, run: number): string {
  const bytes = createHash('sha256').update(`conversation|${jobId}|${incarnation}|${generation}|${run}`).digest();
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

/**
 * A run that nobody has called for yet.
 * @param lossesBefore how many runs of the same engine the server lost before it
 */
export function newRun(job: { jobId: string; incarnation: string; generation: number }, number: number, lossesBefore = 0): Run {
  return {
    number,
    conversationId: conversationIdFor(job.jobId, job.incarnation, job.generation, number),
    created: 'no',
    createAfter: 0,
    startedAt: null,
    preparingSince: null,
    reworks: 0,
    unpauses: 0,
    toldToGoOn: null,
    failureId: null,
    lossesBefore,
    usage: null,
    activity: null,
  };
}
