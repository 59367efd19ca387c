/**
 * The collect turn: what did the run come to? It is asked again, afresh: a look is a hint only. The
 * result is downloaded, parsed against its schema, and what should run is run. Not good: the failures
 * go back into the conversation. Good: the job completes with it.
 */
import { type Agent, ensureRun, type RunSnapshot } from '@mcpoverflow/openhands';
import { type JobErrorCode, type JobMessage, jobError, RESULT_FILE, type Usage } from '@mcpoverflow/types';
import { outcomeOfFault } from '../agent/agent-fault.ts';
import { agentOf, workingDirectory } from '../agent/agents.ts';
import { loadConnector } from '../agent/connector-source.ts';
import { reworkPrompt, taskPrompt } from '../agent/prompt.ts';
import { MAX_RESULT_BYTES, readResult } from '../agent/read-result.ts';
import type { Env } from '../env.ts';
import { gzip } from '../gzip.ts';
import type { BeginAnswer, Work } from '../job/begin.ts';
import type { Outcome } from '../job/finish.ts';
import { MAX_REWORKS } from '../job/policy.ts';
import type { Settings } from '../settings.ts';
import type { VerificationPort } from '../verification/verify-connector.ts';
import { connectorToRun, runConnector } from '../verification/verify-result.ts';
import { type MessageOutcome, nobodys } from './outcome.ts';
import { type TurnJob, turnJob, turnPool } from './own-objects.ts';
import { outcomeOfThrown, turnSignal, verificationMs } from './turn-work.ts';

export interface CollectContext {
  readonly env: Env;
  readonly settings: Settings;
  readonly verification: VerificationPort;
}

type Begun = Extract<BeginAnswer, { kind: 'yours' }>;

/** What a collect turn came to, and the result that goes with `completed`. */
interface Collected {
  readonly outcome: Outcome;
  readonly result?: object;
}

/** Handles a `collect` message. Throws only when the Job cannot be asked. */
export async function handleCollect(message: JobMessage, context: CollectContext): Promise<MessageOutcome> {
  const { env, settings } = context;
  const job = turnJob(env, message.jobId);
  const begun = await job.begin(message);
  if (begun.kind === 'unknown') return nobodys;
  if (begun.kind !== 'yours') return { kind: 'done', detail: begun.kind };
  const { work, token } = begun;
  const agent = agentOf(work.engine, settings, env.EMBEDDED_AGENT);
  const signal = turnSignal(begun.until, settings.leaseMs);
  const attempt = async (): Promise<Collected> => (agent === null ? unconfigured() : collectRun(begun, agent, job, signal, context));
  const { outcome, result } = await attempt().catch((error: unknown): Collected => ({ outcome: outcomeOfThrown(error, work.jobId) }));

  const holder = { token, conversationId: work.conversationId };
  const answer = await job.finish(holder, outcome, result === undefined ? undefined : await gzip(JSON.stringify(result)));
  if (answer.kind === 'refused') return { kind: 'done', detail: 'superseded' };
  if (outcome.kind === 'running' || outcome.kind === 'reworked') {
    const priority = work.options.priority ?? 'normal';
    await turnPool(env, work.engine).watch({ jobId: work.jobId, conversationId: work.conversationId, tenant: work.tenant, priority });
  }
  return { kind: 'done', detail: 'error' in outcome ? `${outcome.kind} ${outcome.error.code}` : outcome.kind };
}

const failed = (code: JobErrorCode, message: string, usage?: Usage): Collected => ({
  outcome: { kind: 'failed', error: jobError(code, message), ...(usage === undefined ? {} : { usage }) },
});

const unconfigured = (): Collected => ({
  outcome: {
    kind: 'retry',
    error: jobError('agent-unreachable', 'The job runs on OpenHands, and OPENHANDS_API_URL is no longer set.'),
  },
});

async function collectRun(begun: Begun, agent: Agent, job: TurnJob, signal: AbortSignal, context: CollectContext): Promise<Collected> {
  const { work } = begun;
  const directory = workingDirectory(context.settings, work.conversationId);
  const seen = await agent.get(work.conversationId, signal);
  if (!seen.ok) return { outcome: outcomeOfFault(seen.error) };
  const run = seen.value;
  if (run === null) return { outcome: { kind: 'lost' } };
  const usage = usageOf(run);
  switch (run.status) {
    case 'running':
      return { outcome: { kind: 'running' } };
    case 'idle': {
      const request = { conversationId: run.id, workingDirectory: directory, prompt: taskPrompt(work.type, directory), tags: {} };
      const healed = await ensureRun(agent, request, { mayExist: true, mayCreate: false }, signal);
      return { outcome: healed.kind === 'fault' ? outcomeOfFault(healed.fault) : { kind: 'running' } };
    }
    case 'deleting':
      return { outcome: { kind: 'lost' } };
    case 'stuck':
      return failed('agent-stuck', 'The agent went in circles and the agent server stopped it.', usage);
    case 'paused':
    case 'waiting_for_confirmation':
      return failed('agent-waiting', `The agent stopped and waits for a person (${run.status}); somebody paused it from outside.`, usage);
    case 'error':
      return collectFailure(work, agent, usage, signal);
    case 'finished':
      return collectResult(begun, agent, job, usage, signal, context);
  }
}

/** Codes that the embedded agent gives itself; from a real agent they would be somebody else's words. */
const embeddedCodes: ReadonlySet<string> = new Set(['needs-openhands', 'specification-unusable']);

async function collectFailure(work: Work, agent: Agent, usage: Usage, signal: AbortSignal): Promise<Collected> {
  const why = await agent.failure(work.conversationId, signal);
  if (!why.ok) return { outcome: outcomeOfFault(why.error) };
  if (why.value === null) return failed('agent-error', 'The agent ended with an error and gave no reason.', usage);
  const { code, detail } = why.value;
  if (work.engine === 'embedded' && embeddedCodes.has(code)) {
    return failed(code === 'needs-openhands' ? 'needs-openhands' : 'specification-unusable', detail, usage);
  }
  if (code === 'MaxIterationsReached') return failed('agent-iterations-exhausted', 'The agent used up its steps without finishing.', usage);
  return failed('agent-error', `The agent ended with ${code}: ${detail.slice(0, 300)}`, usage);
}

async function collectResult(
  { work, token, until }: Begun,
  agent: Agent,
  job: TurnJob,
  usage: Usage,
  signal: AbortSignal,
  { env, settings, verification: port }: CollectContext,
): Promise<Collected> {
  const directory = workingDirectory(settings, work.conversationId);
  const rework = async (code: JobErrorCode, message: string, failures: readonly string[]): Promise<Collected> => {
    // The embedded agent is deterministic: asked again it would say the same.
    if (work.engine === 'embedded' || work.reworks >= MAX_REWORKS) return failed(code, message, usage);
    const sent = await agent.send(work.conversationId, reworkPrompt(directory, failures), signal);
    // A message that may have arrived counts: sent again, it could be heard twice, and without end.
    if (sent.ok || sent.error.ambiguous) return { outcome: { kind: 'reworked' } };
    return { outcome: outcomeOfFault(sent.error) };
  };

  const file = await agent.download(`${directory}/${RESULT_FILE}`, MAX_RESULT_BYTES, signal);
  if (!file.ok) {
    if (file.error.code !== 'result-missing') return { outcome: outcomeOfFault(file.error) };
    // Often the only explanation there is: an agent that could not do the work says so when it stops.
    const said = await agent.finalResponse(work.conversationId, signal);
    const lastWords = said.ok && said.value !== '' ? ` Its last words: ${said.value}` : '';
    return rework('result-missing', `The agent finished without writing ${RESULT_FILE}.${lastWords}`, [`${RESULT_FILE} does not exist.`]);
  }
  const parsed = readResult(work.type, file.value);
  if (!parsed.ok) {
    const message = `The agent's ${RESULT_FILE} is not what was asked for: ${parsed.error.slice(0, 3).join('; ')}`;
    return rework('result-invalid', message, parsed.error);
  }

  const toRun = connectorToRun(work.type, parsed.value);
  if (toRun.kind === 'nothing') {
    return { outcome: { kind: 'completed', usage }, result: { ...parsed.value, verification: { ran: false, reason: toRun.reason } } };
  }
  const input = await job.input(token);
  if (input === null || !(await job.verifying(token))) {
    return { outcome: { kind: 'retry', error: jobError('internal', 'The turn was taken over by another worker.') } };
  }
  const timeoutMs = verificationMs(until, settings.leaseMs, Date.now());
  if (timeoutMs === null) {
    return {
      outcome: { kind: 'retry', error: jobError('agent-timeout', 'Fetching the result took so long that no time was left to verify it.') },
    };
  }
  const earlier = async (jobId: string) => {
    const connector = await loadConnector(env, work.tenant, jobId);
    return connector.ok ? connector.value : null;
  };
  const verification = await runConnector(toRun.connector, { input, earlier, port, timeoutMs });
  if (verification.ran && verification.passed !== true) {
    const failures = (verification.failures ?? []).map((failure) => `${failure.tool}: ${failure.message}`);
    return rework('verification-failed', `The connector was run and failed: ${failures.slice(0, 3).join('; ')}`, failures);
  }
  return { outcome: { kind: 'completed', usage }, result: { ...parsed.value, verification } };
}

const usageOf = (run: RunSnapshot): Usage => ({
  costUsd: run.costUsd,
  promptTokens: run.promptTokens,
  completionTokens: run.completionTokens,
  ...(run.model === undefined ? {} : { model: run.model }),
});
