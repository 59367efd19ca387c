/**
 * The collect turn: what did the run come to? It is asked again, afresh: a look is a hint only. A run that
 * merely stands still goes on; one that ended well is judged by its result (collect-result.ts), one that
 * ended badly by what its server says of it.
 */
import { ensureRun, type RunSnapshot } from '@mcpoverflow/openhands';
import { type JobErrorCode, type JobMessage, jobError } from '@mcpoverflow/types';
import { outcomeOfFault } from '../agent/agent-fault.ts';
import { agentOf, workingDirectory } from '../agent/agents.ts';
import { taskPrompt } from '../agent/prompt.ts';
import { judgeFailure } from '../agent/run-failure.ts';
import { gzip } from '../gzip.ts';
import type { Outcome } from '../job/finish.ts';
import { MAX_REWORKS, MAX_UNPAUSES } from '../job/policy.ts';
import { collectResult } from './collect-result.ts';
import { type CollectContext, type Collected, type CollectTurn, isSpent, usageOf } from './collect-turn.ts';
import { type MessageOutcome, nobodys } from './outcome.ts';
import { placeOf, turnJob, turnPool } from './own-objects.ts';
import { outcomeOfThrown, turnSignal } from './turn-work.ts';

/** Handles a `collect` message. Throws only when the Job cannot be asked. */
export async function handleCollect(message: JobMessage, context: CollectContext): Promise<MessageOutcome> {
  const { env, settings } = context;
  const job = turnJob(env, message.jobId);
  const begun = await job.begin(message);
  if (begun.kind === 'unknown') return nobodys;
  if (begun.kind !== 'yours') return { kind: 'done', detail: begun.kind };
  const { work, token } = begun;
  const agent = agentOf(work.engine, settings, env.EMBEDDED_AGENT);
  const attempt = async (): Promise<Collected> => {
    if (agent === null) return unconfigured();
    const directory = workingDirectory(settings, work.conversationId);
    return collectRun({ ...context, begun, agent, job, directory, signal: turnSignal(begun.until, settings.leaseMs) });
  };
  const { outcome, result } = await attempt().catch((error: unknown): Collected => ({ outcome: outcomeOfThrown(error, work) }));

  const holder = { token, conversationId: work.conversationId };
  const answer = await job.finish(holder, outcome, result === undefined ? undefined : await gzip(JSON.stringify(result)));
  if (answer.kind === 'refused') return { kind: 'done', detail: 'superseded', tenant: work.tenant };
  if (goesOn.has(outcome.kind)) await turnPool(env, work.engine).watch(placeOf(work));
  return { kind: 'done', tenant: work.tenant, detail: 'error' in outcome ? `${outcome.kind} ${outcome.error.code}` : outcome.kind };
}

/** Outcomes with which the pool looks at the run as at one that just began. */
const goesOn: ReadonlySet<Outcome['kind']> = new Set(['running', 'reworked', 'unpaused']);

const unconfigured = (): Collected => ({
  outcome: {
    kind: 'retry',
    error: jobError('agent-unreachable', 'The job runs on OpenHands, and OPENHANDS_API_URL is no longer set.'),
  },
});

async function collectRun(turn: CollectTurn): Promise<Collected> {
  const { begun, agent, signal } = turn;
  const seen = await agent.get(begun.work.conversationId, signal);
  if (!seen.ok) return { outcome: outcomeOfFault(seen.error) };
  const run = seen.value;
  if (run === null) return { outcome: { kind: 'lost' } };
  const usage = usageOf(run);
  if (isStale(run, begun.work.staleEventId)) return { outcome: { kind: 'running', usage } };
  const failed = (code: JobErrorCode, message: string): Collected => ({
    outcome: { kind: 'failed', error: jobError(code, message), usage },
  });
  switch (run.status) {
    case 'starting':
    case 'running':
      return { outcome: { kind: 'running', usage } };
    case 'suspended':
      return { outcome: await resume(turn, { kind: 'running', usage }) };
    case 'idle':
      return { outcome: await setGoing(turn, run) };
    case 'deleting':
      return { outcome: { kind: 'lost', usage } };
    case 'stuck':
      return failed('agent-stuck', 'The agent went in circles and the agent server stopped it.');
    case 'paused':
      // Nobody need have meant this run: a server that is stopped in good order leaves all of them so.
      if (begun.work.unpauses < MAX_UNPAUSES) {
        return { outcome: await resume(turn, { kind: 'unpaused', lastEventId: run.lastEventId, usage }) };
      }
      return failed('agent-waiting', `The agent was paused from outside again after it had been set going ${MAX_UNPAUSES} times.`);
    case 'waiting_for_confirmation':
      return failed('agent-waiting', 'The agent stopped and waits for a person (waiting_for_confirmation).');
    case 'error':
      return { outcome: await outcomeOfError(turn, run) };
    case 'finished':
      return collectResult(turn, run);
  }
}

/**
 * Whether the run has come to this stop before it was told to go on: the server shows a saved state for a moment
 * longer. One that names no event is believed.
 */
const isStale = ({ status, lastEventId }: RunSnapshot, staleEventId: string | null): boolean =>
  lastEventId !== null && lastEventId === staleEventId && (status === 'finished' || status === 'error' || status === 'paused');

/**
 * A run that stands still: cut off before its message, which it is given now, or between its message and its work.
 * A server that is killed while it keeps the message can come back with the message in its log and a conversation
 * that does not know of it (agent-server 1.58.2): let go on, it would ask its model for nothing. Such a run is lost.
 */
async function setGoing(turn: CollectTurn, run: RunSnapshot): Promise<Outcome> {
  const { begun, agent, directory, signal } = turn;
  const { conversationId, type } = begun.work;
  const usage = usageOf(run);
  const request = { conversationId, workingDirectory: directory, prompt: taskPrompt(type, directory), tags: {} };
  const healed = await ensureRun(agent, request, { mayExist: true, mayCreate: false }, signal);
  if (healed.kind === 'fault') return outcomeOfFault(healed.fault);
  if (healed.kind !== 'started' || healed.run.status !== 'idle') return { kind: 'running', usage };
  return run.hasUserMessage || agent.filesNeedRun ? resume(turn, { kind: 'running', usage }) : { kind: 'lost', usage };
}

/** Tells the run to go on. @returns `resumed` when that was heard */
async function resume({ begun, agent, signal }: CollectTurn, resumed: Outcome): Promise<Outcome> {
  const heard = await agent.resume(begun.work.conversationId, signal);
  return heard.ok ? resumed : outcomeOfFault(heard.error);
}

/**
 * What passes is waited for: OpenHands has already repeated the call to its model for minutes, so the run goes
 * on where it stopped, as often as failures would go back to it, and then the job fails.
 */
async function outcomeOfError(turn: CollectTurn, run: RunSnapshot): Promise<Outcome> {
  const { begun, agent, signal } = turn;
  const { conversationId, engine, reworks, failureId } = begun.work;
  const usage = usageOf(run);
  const why = await agent.failure(conversationId, signal);
  if (!why.ok) return outcomeOfFault(why.error);
  const isNew = why.value !== null && (why.value.id === null || why.value.id !== failureId);
  if (why.value === null || !isNew) {
    // A run that fails says why, anew each time. OpenHands leaves one without a word that was at work when its server went down.
    if (engine === 'openhands') return { kind: 'lost', usage };
    return { kind: 'failed', error: jobError('agent-error', 'The agent ended with an error and gave no reason.'), usage };
  }
  const { error, passing } = judgeFailure(engine, why.value);
  if (!passing || reworks >= MAX_REWORKS || isSpent(begun.work.maxCostUsd, usage)) return { kind: 'failed', error, usage };
  return resume(turn, { kind: 'reworked', lastEventId: run.lastEventId, failureId: why.value.id, usage });
}
