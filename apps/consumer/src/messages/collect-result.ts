/**
 * What a finished run wrote: `result.json` is downloaded and parsed against its schema, the files it lists are
 * fetched, and what can be tried is tried. Not good: the failures go back into the same conversation, at most
 * twice and only while there is money left, and then the job fails with them. Good: the job completes with it.
 */
import type { RunSnapshot } from '@mcpoverflow/openhands';
import { type AgentResult, fail, type JobErrorCode, jobError, ok, RESULT_FILE, RESULT_FOLDER, type Result } from '@mcpoverflow/types';
import { outcomeOfFault } from '../agent/agent-fault.ts';
import { loadConnector } from '../agent/connector-source.ts';
import { reworkPrompt } from '../agent/prompt.ts';
import { MAX_RESULT_BYTES, readResult } from '../agent/read-result.ts';
import { withContents } from '../agent/result-files.ts';
import type { Outcome } from '../job/finish.ts';
import { MAX_REWORKS } from '../job/policy.ts';
import { oneLine } from '../one-line.ts';
import type { VerificationPort } from '../verification/verify-connector.ts';
import { connectorToRun, runConnector, validateConnector } from '../verification/verify-result.ts';
import { type Collected, type CollectTurn, isSpent, usageOf } from './collect-turn.ts';
import type { TurnJob } from './own-objects.ts';
import { verificationMs } from './turn-work.ts';

/** Why there is no result: something for the agent to mend, or an outcome that says it all. */
type Flaw =
  | { readonly kind: 'flaw'; readonly code: JobErrorCode; readonly message: string; readonly failures: readonly string[] }
  | { readonly kind: 'outcome'; readonly outcome: Outcome };

/** Judges a finished run. */
export async function collectResult(turn: CollectTurn, run: RunSnapshot): Promise<Collected> {
  const written = await readWritten(turn);
  const verified = written.ok ? await verify(turn, written.value) : written;
  if (verified.ok) return { outcome: { kind: 'completed', usage: usageOf(run) }, result: verified.value };
  return { outcome: verified.error.kind === 'outcome' ? verified.error.outcome : await sendBack(turn, verified.error, run) };
}

/** The agent's result with the content of all its files. */
async function readWritten({ begun, agent, directory, signal }: CollectTurn): Promise<Result<object, Flaw>> {
  const { conversationId, type } = begun.work;
  const file = await agent.download(conversationId, `${directory}/${RESULT_FILE}`, MAX_RESULT_BYTES, signal);
  if (!file.ok) {
    if (file.error.code === 'result-too-large') {
      const message = `The agent's ${RESULT_FILE} is larger than ${MAX_RESULT_BYTES} bytes.`;
      return fail({ kind: 'flaw', code: 'result-too-large', message, failures: [message] });
    }
    if (file.error.code !== 'result-missing') return fail({ kind: 'outcome', outcome: outcomeOfFault(file.error) });
    // Often the only explanation there is: an agent that could not do the work says so when it stops.
    const said = await agent.finalResponse(conversationId, signal);
    const lastWords = said.ok && said.value !== '' ? ` Its last words: ${said.value}` : '';
    const message = `The agent finished without writing ${RESULT_FILE}.${lastWords}`;
    return fail({ kind: 'flaw', code: 'result-missing', message, failures: [`${RESULT_FILE} does not exist.`] });
  }
  const parsed: Result<AgentResult, readonly string[]> = readResult(type, file.value);
  if (!parsed.ok) return invalid(parsed.error);
  const complete = await withContents(parsed.value, file.value.byteLength, (path, maxBytes) =>
    agent.download(conversationId, `${directory}/${RESULT_FOLDER}/${path}`, maxBytes, signal),
  );
  if (complete.ok) return complete;
  return complete.error.kind === 'fault'
    ? fail({ kind: 'outcome', outcome: outcomeOfFault(complete.error.fault) })
    : invalid(complete.error.failures);
}

const invalid = (failures: readonly string[]): Result<never, Flaw> =>
  fail({
    kind: 'flaw',
    code: 'result-invalid',
    message: `The agent's ${RESULT_FILE} is not what was asked for: ${listed(failures)}`,
    failures,
  });

/** The result with its verification: what should run is run. */
async function verify({ begun, job, env, settings, verification: port }: CollectTurn, result: object): Promise<Result<object, Flaw>> {
  const { work, token, until } = begun;
  const retry = (code: JobErrorCode, message: string): Result<never, Flaw> =>
    fail({ kind: 'outcome', outcome: { kind: 'retry', error: jobError(code, message) } });

  const toRun = connectorToRun(work.type, result);
  if (toRun.kind === 'nothing') return ok({ ...result, verification: { ran: false, reason: toRun.reason } });
  const input = await job.input(token);
  const takenOver = () => retry('internal', 'The turn was taken over by another worker.');
  if (input === null || !(await job.verifying(token))) return takenOver();
  const timeoutMs = verificationMs(until, settings.leaseMs, Date.now());
  if (timeoutMs === null) return retry('agent-timeout', 'Fetching the result took so long that no time was left to verify it.');
  const earlier = async (jobId: string) => {
    const connector = await loadConnector(env, work.tenant, jobId);
    return connector.ok ? connector.value : null;
  };
  const lost = new AbortController();
  const context = {
    input,
    engine: work.engine,
    earlier,
    port: work.verificationCrashes === 0 ? port : namingTools(port, job, token, lost),
    timeoutMs,
  };
  if (toRun.kind === 'validate') {
    const validation = await validateConnector(result, context);
    if (lost.signal.aborted) return takenOver();
    // The embedded agent has read the connector and found nothing; without a run that says nothing.
    if (validation.verification.ran || work.engine === 'openhands') return ok(validation);
    const message = `Validating this connector needs OpenHands. ${validation.verification.reason ?? ''}`;
    return fail({ kind: 'flaw', code: 'needs-openhands', message, failures: [message] });
  }
  const verification = await runConnector(toRun.connector, context);
  if (lost.signal.aborted) return takenOver();
  if (verification.passed !== false) return ok({ ...result, verification });
  const failures = (verification.failures ?? []).map((failure) => `${failure.tool}: ${failure.message}`);
  const message = `${verification.ran ? 'The connector was run and failed' : 'The connector is not whole'}: ${listed(failures)}`;
  return fail({ kind: 'flaw', code: 'verification-failed', message, failures });
}

/**
 * Tells the job which tool is called before it is: a connector that once ended what ran it may do so again, and then
 * nothing else is left that knows. It costs a write for every call, so no other connector is watched like that.
 * Aborts `lost` when another worker holds the turn by then: what is tried ends, and counts for nothing.
 */
const namingTools = (port: VerificationPort, job: TurnJob, token: string, lost: AbortController): VerificationPort => ({
  ...port,
  beforeCall: async (tool) => {
    // A job that cannot be told now loses a name in a message, and nothing else.
    const isHeld = await job.verifying(token, tool.slice(0, MAX_TOOL_NAME)).catch(() => true);
    if (!isHeld) lost.abort();
    return isHeld;
  },
});

/** Characters. */
const MAX_TOOL_NAME = 200;

/** Tells the agent what is wrong, if it may still mend it; else the job fails with that. */
async function sendBack(
  { begun, agent, directory, signal }: CollectTurn,
  { code, message, failures }: Extract<Flaw, { kind: 'flaw' }>,
  run: RunSnapshot,
): Promise<Outcome> {
  const usage = usageOf(run);
  const { conversationId, engine, maxCostUsd, reworks } = begun.work;
  // The embedded agent is deterministic: asked again it would say the same.
  if (engine === 'embedded' || reworks >= MAX_REWORKS) return { kind: 'failed', error: jobError(code, message), usage };
  if (isSpent(maxCostUsd, usage)) {
    const spent = `The job may cost no more, so its agent was not asked to mend its result. ${message}`;
    return { kind: 'failed', error: jobError('budget-exceeded', spent), usage };
  }
  const sent = await agent.send(conversationId, reworkPrompt(directory, failures), signal);
  // A message that may have arrived counts: sent again, it could be heard twice, and without end.
  return sent.ok || sent.error.ambiguous ? { kind: 'reworked', lastEventId: run.lastEventId, usage } : outcomeOfFault(sent.error);
}

const MAX_LISTED = 5;
const MAX_LISTED_CHARACTERS = 200;

/** The first failures on one line, fit for an error's message: they hold words of the agent and of its code. */
function listed(failures: readonly string[]): string {
  const lines = failures.slice(0, MAX_LISTED).map((failure) => oneLine(failure).slice(0, MAX_LISTED_CHARACTERS));
  const more = failures.length > MAX_LISTED ? `; and ${failures.length - MAX_LISTED} more` : '';
  return `${lines.join('; ')}${more}`;
}
