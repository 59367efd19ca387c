/**
 * Doing what a job owes: one function a duty. Every one is idempotent and bounded in time, fails alone
 * (the others go on), and is tried again by the alarm until it is struck off.
 */
import { type DeliverMessage, isTerminal, type JobMessage } from '@mcpoverflow/types';
import { agentOf, workingDirectory } from '../agent/agents.ts';
import { deadLettersOf } from '../dead-letters/dead-letters.ts';
import { RPC_TIMEOUT_MS, within } from '../deadline.ts';
import type { Env } from '../env.ts';
import { indexOf } from '../job-index/job-index.ts';
import { describeError, type LogFields, log } from '../log.ts';
import { poolOf } from '../pool/agent-pool.ts';
import type { Settings } from '../settings.ts';
import { type Discharged, type DutyAction, MAX_DIRECTORY_ATTEMPTS, MAX_STOP_ATTEMPTS } from './duties.ts';
import { publishJob, unpublishJob } from './publish.ts';
import { type Cost, isDeleted, type JobState, type Stop, type Stored } from './state.ts';
import { costLeft } from './usage.ts';
import { summarize } from './view.ts';

export interface DutyContext {
  readonly env: Env;
  readonly settings: Settings;
  readonly readResult: () => Uint8Array;
}

const SEND_TIMEOUT_MS = 10_000;

/** Tries every action; answers those that were done. */
export async function discharge(actions: readonly DutyAction[], stored: Stored, context: DutyContext): Promise<Discharged[]> {
  const tried = await Promise.all(
    actions.map(async (action) => {
      try {
        return await perform(action, stored, context);
      } catch (error) {
        log('warn', 'job duty failed and will be tried again', {
          jobId: stored.jobId,
          tenant: stored.tenant,
          kind: action.kind,
          error: describeError(error),
        });
        return null;
      }
    }),
  );
  return tried.filter((done) => done !== null);
}

async function perform(action: DutyAction, stored: Stored, context: DutyContext): Promise<Discharged | null> {
  if (action.kind === 'stop') return stopRun(action.stop, stored, context);
  if (action.kind === 'cleanup') return cleanUp(stored, action.createdAt, context);
  if (action.kind === 'report') return report(stored, context);
  if (action.kind === 'cost') return tellCost(action.cost, stored, context);
  if (isDeleted(stored) || action.kind === 'forget') return null;
  switch (action.kind) {
    case 'send':
      return sendTurn(stored, context);
    case 'check-in':
      return checkIn(stored, context);
    case 'publish':
      await publishJob(stored, context);
      return { kind: 'published', generation: stored.generation };
    case 'deliver':
      return sendDelivery(stored, action, context);
    case 'index':
      await within(indexOf(context.env, stored.tenant).put(summarize(stored), stored.lastEventId), RPC_TIMEOUT_MS, 'the job index');
      return { kind: 'indexed', version: stored.lastEventId };
  }
}

async function sendTurn(state: JobState, { env }: DutyContext): Promise<null> {
  const { expected } = state;
  if (expected === null) return null;
  const message: JobMessage = {
    v: 1,
    kind: expected.kind,
    jobId: state.jobId,
    generation: state.generation,
    turn: expected.turn,
    ...traceOf(state),
  };
  await within(env.JOBS_QUEUE.send(message), SEND_TIMEOUT_MS, 'the jobs queue');
  return null;
}

async function report({ reports }: Stored, { env }: DutyContext): Promise<Discharged | null> {
  const last = reports.at(-1);
  if (last === undefined) return null;
  await within(deadLettersOf(env).record(reports), RPC_TIMEOUT_MS, 'the dead letters');
  return { kind: 'reported', sequence: last.sequence };
}

async function tellCost(cost: Cost, { jobId, tenant }: Stored, { env }: DutyContext): Promise<Discharged> {
  const { createdAt, generation, usd } = cost;
  const told = indexOf(env, tenant).countCost({ createdAt: new Date(createdAt).toISOString(), jobId, generation, usd });
  await within(told, RPC_TIMEOUT_MS, 'the job index');
  return { kind: 'counted', cost };
}

async function sendDelivery(
  state: JobState,
  { deliveryId, attempt }: DutyAction & { readonly kind: 'deliver' },
  { env }: DutyContext,
): Promise<null> {
  const message: DeliverMessage = { v: 1, kind: 'deliver', jobId: state.jobId, deliveryId, attempt, ...traceOf(state) };
  await within(env.WEBHOOKS_QUEUE.send(message), SEND_TIMEOUT_MS, 'the webhooks queue');
  return null;
}

/** The trace as a message or a log line carries it: left out when there is none. */
export const traceOf = ({ traceparent }: Pick<JobState, 'traceparent'>) => (traceparent === null ? {} : { traceparent });

/** Makes sure that the pool knows this job: it may have lost what it held. */
async function checkIn(state: JobState, { env, settings }: DutyContext): Promise<null> {
  const { run, expected, engine } = state;
  if (run === null || expected === null || engine === null) return null;
  await within(
    poolOf(env, engine).checkIn({
      jobId: state.jobId,
      conversationId: run.conversationId,
      tenant: state.tenant,
      priority: state.options.priority ?? 'normal',
      maxCostUsd: costLeft(state, engine, settings),
      running: expected.kind === 'collect',
    }),
    RPC_TIMEOUT_MS,
    'the agent pool',
  );
  return null;
}

/**
 * Interrupt, then delete, then give the place back, then remove the directory. Only the server's word that
 * the run is gone frees the place, and not while a create of it may still be under way.
 */
async function stopRun(stop: Stop, { jobId, tenant }: Stored, context: DutyContext): Promise<Discharged | null> {
  const { env, settings } = context;
  const about = { jobId, tenant, conversationId: stop.conversationId };
  if (stop.engine === null) return { kind: 'stopped', conversationId: stop.conversationId };
  if (stop.isGone) return removeDirectory(stop, about, context);
  if (stop.attempts > MAX_STOP_ATTEMPTS) {
    log('error', 'gave up stopping a run: its agent has not answered for days', about);
  } else if (stop.mayExist) {
    const agent = agentOf(stop.engine, settings, env.EMBEDDED_AGENT);
    if (agent === null) throw new Error('a run on OpenHands is to be stopped, and OPENHANDS_API_URL is no longer set');
    if (stop.live) {
      const interrupted = await agent.interrupt(stop.conversationId);
      if (!interrupted.ok) throw new Error(interrupted.error.message);
    }
    const deleted = await agent.delete(stop.conversationId);
    if (!deleted.ok) throw new Error(deleted.error.message);
    log('info', 'run stopped', about);
    if (Date.now() < stop.confirmAfter) return null;
  }
  await within(poolOf(env, stop.engine).release(stop.conversationId), RPC_TIMEOUT_MS, 'the agent pool');
  return removeDirectory(stop, about, context);
}

/** The embedded agent's files go with its run. A directory that will not go is left where it is, in the end. */
async function removeDirectory(
  { conversationId, engine, isGone, attempts }: Stop,
  about: LogFields,
  { env, settings }: DutyContext,
): Promise<Discharged> {
  const agent = engine === 'openhands' ? agentOf(engine, settings, env.EMBEDDED_AGENT) : null;
  const removed = await agent?.removeDirectory(conversationId, workingDirectory(settings, conversationId));
  if (removed === undefined || removed.ok) return { kind: 'stopped', conversationId };
  const { code, message } = removed.error;
  if (!isGone) {
    log('warn', 'the directory of a run could not be removed and will be tried again', { ...about, code, error: message });
    return { kind: 'gone', conversationId };
  }
  if (attempts < MAX_DIRECTORY_ATTEMPTS) throw new Error(message);
  log('error', 'gave up removing the directory of a run', { ...about, code, error: message });
  return { kind: 'stopped', conversationId };
}

async function cleanUp(stored: Stored, createdAt: number, { env }: DutyContext): Promise<Discharged> {
  const at = Date.now();
  // A new job of the same id that has ended writes its own copy over the old one. Both removals leave at
  // once, because a later one would meet that copy.
  const unpublished = isDeleted(stored) || !isTerminal(stored.status) ? unpublishJob(stored.jobId, env) : Promise.resolve();
  const row = indexOf(env, stored.tenant).remove(new Date(createdAt).toISOString(), stored.jobId);
  await Promise.all([unpublished, within(row, RPC_TIMEOUT_MS, 'the job index')]);
  return { kind: 'cleaned', createdAt, at };
}
