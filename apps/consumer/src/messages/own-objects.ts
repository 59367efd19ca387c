/**
 * The engine's own objects as a message's handler asks them: every call with a bound on the wait. Calls
 * between Workers have been seen to hang, and a handler that hangs holds up its whole batch. Who gives up
 * waiting does not know whether the call took effect; the turn protocol is made for that.
 */
import type { Engine, JobMessage } from '@mcpoverflow/types';
import { RPC_TIMEOUT_MS, within } from '../deadline.ts';
import type { Env } from '../env.ts';
import type { BeginAnswer, Work } from '../job/begin.ts';
import type { FinishAnswer, Outcome } from '../job/finish.ts';
import type { JobInput } from '../job/job.ts';
import { type PlaceRequest, poolOf } from '../pool/agent-pool.ts';

type Turn = Pick<JobMessage, 'generation' | 'turn'>;
type Holder = { readonly token: string; readonly conversationId: string };

/** What a handler asks of a Job; every call rejects after 15 s. */
export interface TurnJob {
  begin(turn: Turn): Promise<BeginAnswer>;
  input(token: string): Promise<JobInput | null>;
  /** `tool`: the one that is about to be called. */
  verifying(token: string, tool?: string): Promise<boolean>;
  finish(holder: Holder, outcome: Outcome, resultGzip?: Uint8Array): Promise<FinishAnswer>;
  giveUp(turn: Turn): Promise<void>;
}

/** What a handler asks of a pool; every call rejects after 15 s. */
export interface TurnPool {
  acquire(place: PlaceRequest): Promise<'granted' | 'waiting'>;
  watch(place: PlaceRequest): Promise<void>;
  release(conversationId: string): Promise<void>;
}

const patiently = <T>(work: Promise<T>, what: string): Promise<T> => within(work, RPC_TIMEOUT_MS, what);

/** The Job of a message. */
export function turnJob(env: Env, jobId: string): TurnJob {
  const job = env.JOB.get(env.JOB.idFromName(jobId));
  return {
    begin: ({ generation, turn }) => patiently<BeginAnswer>(job.begin({ generation, turn }), 'the job'),
    input: (token) => patiently<JobInput | null>(job.input(token), 'the job'),
    verifying: (token, tool) => patiently<boolean>(job.verifying(token, tool), 'the job'),
    finish: (holder, outcome, resultGzip) => patiently<FinishAnswer>(job.finish(holder, outcome, resultGzip), 'the job'),
    giveUp: ({ generation, turn }) => patiently<void>(job.giveUp({ generation, turn }), 'the job'),
  };
}

/** The place in the pool that a run needs. */
export const placeOf = (work: Work): PlaceRequest => ({
  jobId: work.jobId,
  conversationId: work.conversationId,
  tenant: work.tenant,
  priority: work.options.priority ?? 'normal',
  maxCostUsd: work.maxCostUsd,
});

/** The pool of an engine. */
export function turnPool(env: Env, engine: Engine): TurnPool {
  const pool = poolOf(env, engine);
  return {
    acquire: (place) => patiently<'granted' | 'waiting'>(pool.acquire(place), 'the agent pool'),
    watch: (place) => patiently<void>(pool.watch(place), 'the agent pool'),
    release: (conversationId) => patiently<void>(pool.release(conversationId), 'the agent pool'),
  };
}
