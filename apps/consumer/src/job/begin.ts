/**
 * Transition: a worker asks for the turn that a message named.
 *
 * The answer is `yours` for exactly one asker at a time. Everybody else acknowledges their message and
 * does nothing: the Job's own alarm sends the turn again when it is overdue, so nothing depends on
 * that message coming back.
 */
import type { Engine, JobType, SubmissionOptions, TurnKind } from '@mcpoverflow/types';
import { isTerminal, jobError } from '@mcpoverflow/types';
import { oneLine } from '../one-line.ts';
import { MAX_STALE_MS, MAX_VERIFICATION_CRASHES, type Policy } from './policy.ts';
import type { Expected, JobState, Lease, Run } from './state.ts';
import { blockingStop } from './stops.ts';
import { failJob } from './terminal.ts';
import { costLeft } from './usage.ts';

export interface BeginContext {
  readonly now: number;
  readonly policy: Policy;
  /** Random; becomes the proof of the lease. */
  readonly token: string;
  /** Which engine this job would run on now. */
  readonly engine: Engine;
}

/** What a worker needs to know to do the turn. */
export interface Work {
  readonly jobId: string;
  readonly tenant: string;
  readonly type: JobType;
  readonly kind: TurnKind;
  readonly generation: number;
  readonly engine: Engine;
  readonly options: SubmissionOptions;
  readonly attempt: number;
  readonly conversationId: string;
  readonly runNumber: number;
  readonly reworks: number;
  readonly unpauses: number;
  /** The run's last event before it was told to go on, a moment ago: a snapshot that still carries it may show what was before. */
  readonly staleEventId: string | null;
  /** The failure from which the run was told to go on. */
  readonly failureId: string | null;
  /** How often its connector was run and never came back. */
  readonly verificationCrashes: number;
  /** What this run may still cost in US dollars; null where nothing costs (the embedded agent). */
  readonly maxCostUsd: number | null;
  /** An earlier create may have reached the server: ask before creating. */
  readonly mayExist: boolean;
  /** False in the quiet time after an ambiguous create, and once the run was seen. */
  readonly mayCreate: boolean;
  readonly createAfter: number;
}

export type BeginAnswer =
  | { readonly kind: 'yours'; readonly token: string; readonly until: number; readonly work: Work }
  | { readonly kind: 'busy'; readonly retryInMs: number }
  | { readonly kind: 'stale' }
  /** There is no such job: its message is nobody's. */
  | { readonly kind: 'unknown' };

const stale = (state: JobState): { state: JobState; answer: BeginAnswer } => ({ state, answer: { kind: 'stale' } });
const busy = (state: JobState, retryInMs: number): { state: JobState; answer: BeginAnswer } => ({
  state,
  answer: { kind: 'busy', retryInMs },
});

/** Hands out the turn, or says why not. Returns the same state object when nothing changed. */
export function beginTurn(
  state: JobState,
  message: { readonly generation: number; readonly turn: number },
  { now, policy, token, engine }: BeginContext,
): { state: JobState; answer: BeginAnswer } {
  const { expected, run } = state;
  if (isTerminal(state.status) || expected === null || run === null) return stale(state);
  if (message.generation !== state.generation || message.turn !== expected.turn) return stale(state);
  if (expected.lease !== null && now < expected.lease.until) return busy(state, expected.lease.until - now);
  if (expected.kind === 'start' && expected.plannedAt === null) return busy(state, policy.checkInMs);
  if (expected.plannedAt !== null && now < expected.plannedAt) return busy(state, expected.plannedAt - now);
  const stop = expected.kind === 'start' ? blockingStop(state.stops, state.engine ?? engine) : undefined;
  if (stop !== undefined) return busy(state, Math.max(0, stop.at - now));

  const recovered = recoverAbandonedLease(expected, run, policy);
  if (recovered.expected.verificationCrashes >= MAX_VERIFICATION_CRASHES)
    return stale(failJob(state, crashed(recovered.expected, expected.lease), now));
  if (expected.attempts >= policy.retryAttempts) return stale(failJob(state, exhausted(expected), now));

  const attempt = expected.attempts + 1;
  const until = now + policy.leaseMs;
  // The holder stops creating at half its lease, so its last POST leaves no later than that.
  const createsUntil = until - policy.leaseMs / 2 + quietMs(state.engine ?? engine, policy);
  const next: JobState = {
    ...state,
    engine: state.engine ?? engine,
    updatedAt: now,
    stage: expected.kind === 'start' ? 'starting' : 'collecting',
    run: recovered.run,
    expected: {
      ...recovered.expected,
      attempts: attempt,
      lease: { token, until, createsUntil, verifying: false, calling: null },
      resends: 0,
      resendAt: until + policy.resendMs,
    },
  };
  const work: Work = {
    jobId: state.jobId,
    tenant: state.tenant,
    type: state.type,
    kind: expected.kind,
    generation: state.generation,
    engine: state.engine ?? engine,
    options: state.options,
    attempt,
    conversationId: recovered.run.conversationId,
    runNumber: recovered.run.number,
    reworks: recovered.run.reworks,
    unpauses: recovered.run.unpauses,
    staleEventId: staleEventId(recovered.run, now),
    failureId: recovered.run.failureId,
    verificationCrashes: recovered.expected.verificationCrashes,
    maxCostUsd: costLeft(state, state.engine ?? engine, policy),
    mayExist: recovered.run.created !== 'no',
    // A run that was seen is looked for and never made again: unknown now, it is lost.
    mayCreate: recovered.run.created !== 'yes' && now >= recovered.run.createAfter,
    createAfter: recovered.run.createAfter,
  };
  return { state: next, answer: { kind: 'yours', token, until, work } };
}

/** Bounded in time, because a server can go down before the run has done anything more. */
const staleEventId = ({ toldToGoOn }: Run, now: number): string | null =>
  toldToGoOn !== null && now < toldToGoOn.at + MAX_STALE_MS ? toldToGoOn.lastEventId : null;

/** A lease that ended without a word: whatever its holder was doing may have happened. */
function recoverAbandonedLease(expected: Expected, run: Run, policy: Policy): { expected: Expected; run: Run } {
  const { lease } = expected;
  if (lease === null) return { expected, run };
  const crashes = expected.verificationCrashes + (isVerificationCrash(lease, policy) ? 1 : 0);
  if (expected.kind === 'collect') return { expected: { ...expected, verificationCrashes: crashes }, run };
  return {
    expected,
    run: {
      ...run,
      created: run.created === 'yes' ? 'yes' : 'maybe',
      createAfter: Math.max(run.createAfter, lease.createsUntil),
    },
  };
}

/**
 * Whether a lease that ended without a word was ended by the connector that ran under it. Where a
 * supervisor tells freezes from everything else (kills, stops, crashes of another cause), only a freeze
 * counts. Elsewhere nobody can tell a deploy from a connector that used too much, so every end counts:
 * that two deploys meet the same few seconds is rarer than the connector it protects from.
 */
export function isVerificationCrash(lease: Lease, { lastFreezeAt, leaseMs }: Pick<Policy, 'lastFreezeAt' | 'leaseMs'>): boolean {
  return lease.verifying && (lastFreezeAt === null || lastFreezeAt >= lease.until - leaseMs);
}

/** Characters of a tool's name, which the agent's code made up. */
const MAX_TOLD_TOOL = 100;

/** Why a job failed whose connector ended what ran it, and in which of its tools, where that was told. */
function crashed({ verificationCrashes, attempts }: Expected, lease: Lease | null) {
  const where =
    lease?.calling === null || lease === null ? '' : ` when its tool "${oneLine(lease.calling).slice(0, MAX_TOLD_TOOL)}" was called`;
  return jobError(
    'verification-crashed',
    `The connector was run to verify it and never came back in ${verificationCrashes} of ${attempts} attempts${where}. It probably loops for ever or uses too much memory.`,
    attempts,
  );
}

/** The embedded agent is an object next door that creates at once and atomically: its quiet time only outlasts a call on its way. */
const EMBEDDED_QUIET_MS = 5_000;

/** How long after it was sent a create may still take effect. */
export const quietMs = (engine: Engine, policy: Policy): number => (engine === 'embedded' ? EMBEDDED_QUIET_MS : policy.createQuietMs);

/** Why a job that ran out of attempts failed: the last error it met, or that nobody ever came back with one. */
export function exhausted(expected: Expected) {
  return expected.lastError === null
    ? jobError(
        'attempts-exhausted',
        `The step was begun ${times(expected.attempts)} and never finished; the engine gave up.`,
        expected.attempts,
      )
    : jobError(expected.lastError.code, `${expected.lastError.message} Tried ${times(expected.attempts)}.`, expected.attempts);
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);
