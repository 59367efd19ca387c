/** Transition: a submission becomes a job. */
import type { CreateJob } from '@mcpoverflow/types';
import { record } from './history.ts';
import type { Policy } from './policy.ts';
import { newRun } from './run-identity.ts';
import { type JobState, SCHEMA_VERSION, type Tombstone } from './state.ts';
import { endJob } from './terminal.ts';
import { expectTurn } from './turns.ts';

export interface CreateContext {
  readonly now: number;
  readonly policy: Policy;
  /** Random; see the glossary. */
  readonly incarnation: string;
  /** Names the cached result, when there is one. */
  readonly token: string;
  /** What a deleted job of the same id still has to stop and to remove. */
  readonly inherited: Tombstone | null;
}

/** The first state: pending with its first turn expected, or completed when the result was cached. */
export function createJob(request: CreateJob, { now, policy, incarnation, token, inherited }: CreateContext): JobState {
  // The index row is named by this time: it must not be the one that is still to be removed.
  const createdAt = Math.max(now, ...(inherited?.cleanups ?? []).map((cleanup) => cleanup.createdAt + 1));
  const base: JobState = {
    schemaVersion: SCHEMA_VERSION,
    jobId: request.jobId,
    tenant: request.tenant,
    type: request.type,
    bodyFingerprint: request.bodyFingerprint,
    parameters: request.parameters,
    options: request.options,
    files: request.files.map(({ path, format }) => (format === undefined ? { path } : { path, format })),
    inputRevision: 1,
    amendments: [],
    formerSubmissions: [],
    cache: request.cache ?? null,
    traceparent: request.traceparent ?? null,
    incarnation,
    generation: 1,
    status: 'pending',
    stage: 'queued',
    progress: 0,
    cached: false,
    createdAt,
    updatedAt: now,
    queuedAt: now,
    startedAt: null,
    completedAt: null,
    error: null,
    engine: null,
    fallback: null,
    earlierUsage: null,
    lastTurn: 0,
    expected: null,
    run: null,
    stops: inherited?.stops ?? [],
    checkInAt: null,
    result: null,
    publish: null,
    published: false,
    index: { attempts: 0, at: now },
    webhook: request.webhook === undefined ? null : { ...request.webhook, events: [...request.webhook.events], disabledAt: null },
    deliveries: [],
    hasDied: false,
    discarded: false,
    replay: null,
    costs: inherited?.costs ?? [],
    reports: inherited?.reports ?? [],
    reportDuty: inherited?.reportDuty ?? null,
    lastReport: inherited?.lastReport ?? 0,
    cleanups: inherited?.cleanups ?? [],
    events: [],
    lastEventId: 0,
  };
  const submitted = record(base, 'job.submitted', now);
  if (request.cachedResult !== undefined) {
    return endJob({ ...submitted, cached: true, engine: request.cachedResult.engine }, { status: 'completed', token }, now);
  }
  // The api sends the first message itself, at once; the alarm does it only if that failed.
  const withRun = { ...submitted, run: newRun(submitted, 1) };
  return expectTurn(withRun, 'start', now, now + policy.resendMs);
}
