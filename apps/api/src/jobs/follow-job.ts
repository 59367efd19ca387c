/**
 * Following a job: the one long poll behind `Prefer: wait` and the event stream. A poll that breaks
 * (redeploy, too many waiters) becomes a plain read after a pause, so that followers never see a 5xx
 * and never spin.
 */
import { type ChangesAnswer, isTerminal, type JobSummary, type Result } from '@mcpoverflow/types';
import type { ApiContext } from '../env.ts';
import { aboutRequest, describeError, log } from '../log.ts';
import type { Refusal } from '../problems.ts';
import { pause, within } from '../within.ts';
import { callObject, found } from './call-job.ts';

export type Changes = Extract<ChangesAnswer, { readonly kind: 'found' }>;

/** Longest single poll a Job grants (`JobRpc.changes`). */
const MAX_POLL_MS = 20_000;
const PAUSE_AFTER_BROKEN_POLL_MS = 1_000;
/** How much longer than the poll itself we wait for its answer. */
const GRACE_MS = 5_000;

/**
 * The job's events after `afterEventId`, waiting up to `waitMs` (at most 20,000) for one.
 * @param seenMessage the wait ends, too, when the job's `message` is no longer this one; left out: any will do
 */
export async function nextChanges(
  c: ApiContext,
  jobId: string,
  afterEventId: number,
  waitMs: number,
  seenMessage?: string,
): Promise<Result<Changes, Refusal>> {
  const pollMs = Math.min(waitMs, MAX_POLL_MS);
  const begun = Date.now();
  try {
    const { JOB } = c.env;
    const job = JOB.get(JOB.idFromName(jobId));
    const answer = await within(job.changes(c.get('tenant'), afterEventId, pollMs, seenMessage), pollMs + GRACE_MS, 'the poll');
    const isNews = answer.kind === 'found' && (answer.events.length > 0 || (seenMessage ?? answer.job.message) !== answer.job.message);
    const cameEarly = answer.kind === 'found' && !isNews && Date.now() - begun < pollMs / 2;
    if (cameEarly) await pause(Math.min(PAUSE_AFTER_BROKEN_POLL_MS, pollMs));
    return found({ ok: true, value: answer });
  } catch (error) {
    log('warn', 'poll broken', { ...aboutRequest(c), jobId, error: describeError(error) });
    await pause(Math.min(PAUSE_AFTER_BROKEN_POLL_MS, pollMs));
    const answer = found(await callObject(c, c.env.JOB, jobId, (job) => job.read(c.get('tenant'))));
    return answer.ok ? { ok: true, value: { kind: 'found', job: answer.value.job, events: [] } } : answer;
  }
}

/** The job as it is when it ends, or when `waitMs` is over. Trouble ends the wait, never the call. */
export async function waitForEnd(c: ApiContext, known: JobSummary, waitMs: number): Promise<JobSummary> {
  const deadline = Date.now() + waitMs;
  let job = known;
  let lastEventId = 0;
  for (let leftMs = waitMs; leftMs > 0 && !isTerminal(job.status); leftMs = deadline - Date.now()) {
    const changes = await nextChanges(c, job.jobId, lastEventId, leftMs);
    if (!changes.ok) return job;
    job = changes.value.job;
    lastEventId = changes.value.events.at(-1)?.id ?? lastEventId;
  }
  return job;
}
