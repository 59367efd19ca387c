/**
 * The start turn: a place in the pool, the input uploaded as files, the conversation created once.
 *
 * Everything that is done here is done under an id the Job stored before, so that whoever takes over
 * after a crash finds it instead of doing it again. Which comes first, the files or the run, is the
 * agent's to say: files need a machine, and on some servers each run has one of its own.
 */
import { type Agent, ensureRun, type RunAnswer, type StartRun } from '@mcpoverflow/openhands';
import { type JobMessage, jobError, traceIdOf } from '@mcpoverflow/types';
import { outcomeOfFault } from '../agent/agent-fault.ts';
import { agentOf, workingDirectory } from '../agent/agents.ts';
import { taskPrompt } from '../agent/prompt.ts';
import type { Env } from '../env.ts';
import type { Work } from '../job/begin.ts';
import { mayStillCreate, type Outcome } from '../job/finish.ts';
import type { Settings } from '../settings.ts';
import { type MessageOutcome, nobodys } from './outcome.ts';
import { placeOf, turnJob, turnPool } from './own-objects.ts';
import { startInSandbox } from './start-in-sandbox.ts';
import { outcomeOfThrown, turnSignal } from './turn-work.ts';
import type { Turnstile } from './turnstile.ts';
import { type UploadContext, uploadInput } from './upload-input.ts';

export interface StartContext {
  readonly env: Env;
  readonly settings: Settings;
  /** Shared by the start turns of a batch. */
  readonly turnstile: Turnstile;
}

/** Handles a `start` message. Throws only when the Job cannot be asked. */
export async function handleStart(message: JobMessage, context: StartContext): Promise<MessageOutcome> {
  const { env, settings, turnstile } = context;
  const job = turnJob(env, message.jobId);
  const begun = await job.begin(message);
  if (begun.kind === 'unknown') return nobodys;
  if (begun.kind !== 'yours') return { kind: 'done', detail: begun.kind };
  const { work, token } = begun;
  const signal = turnSignal(begun.until, settings.leaseMs);
  const place = placeOf(work);
  const pool = turnPool(env, work.engine);
  const agent = agentOf(work.engine, settings, env.EMBEDDED_AGENT);
  const attempt = async (): Promise<Outcome> => {
    if (agent === null) return needsOpenHands();
    if ((await pool.acquire(place)) === 'waiting') return { kind: 'waiting' };
    const directory = workingDirectory(settings, work.conversationId);
    const upload: UploadContext = { env, agent, directory, signal, turnstile, readInput: () => job.input(token) };
    return agent.filesNeedRun
      ? startInSandbox(work, agent, startRequest(work, directory, message), upload)
      : startRun(work, agent, startRequest(work, directory, message), upload);
  };
  const outcome = await attempt().catch((error: unknown) => outcomeOfThrown(error, work));

  const answer = await job.finish({ token, conversationId: work.conversationId }, outcome);
  if (answer.kind === 'refused') {
    // The job ended or moved on meanwhile: nothing that was started here may live.
    if (answer.stopRun && agent !== null) {
      const interrupted = await agent.interrupt(work.conversationId);
      const deleted = await agent.delete(work.conversationId);
      const mayStillAppear = outcome.kind === 'quiet' || mayStillCreate(outcome);
      // The place is given back for a run that is surely gone; else by the job's stop duty.
      if (interrupted.ok && deleted.ok && !mayStillAppear) await pool.release(work.conversationId);
    }
    return { kind: 'done', detail: 'superseded', tenant: work.tenant };
  }
  if (outcome.kind === 'started') await pool.watch(place);
  // Nothing was created, so the place is not kept while the job waits for its next try.
  if (outcome.kind === 'retry' && outcome.ambiguous !== true && !work.mayExist) await pool.release(work.conversationId);
  return {
    kind: 'done',
    tenant: work.tenant,
    detail: outcome.kind === 'retry' || outcome.kind === 'failed' ? `${outcome.kind} ${outcome.error.code}` : outcome.kind,
  };
}

const needsOpenHands = (): Outcome => ({
  kind: 'failed',
  error: jobError(
    'needs-openhands',
    'The job asks for OpenHands and none is configured. Set OPENHANDS_API_URL (see docs/openhands.md) and retry the job.',
  ),
});

/** Its tags are for people: whoever looks at the agent’s server finds the job, and in the logs the trace. */
const startRequest = (work: Work, directory: string, { traceparent }: JobMessage): StartRun => ({
  conversationId: work.conversationId,
  workingDirectory: directory,
  prompt: taskPrompt(work.type, directory),
  tags: {
    job: work.jobId,
    generation: String(work.generation),
    run: String(work.runNumber),
    ...(traceparent === undefined ? {} : { trace: traceIdOf(traceparent) }),
  },
});

/** Makes sure the run exists and has its message: the files go up first, so that it finds them. */
async function startRun(work: Work, agent: Agent, request: StartRun, upload: UploadContext): Promise<Outcome> {
  if (work.mayExist) {
    const found = await ensureRun(agent, request, { mayExist: true, mayCreate: false }, upload.signal);
    if (found.kind !== 'must-wait') return outcomeOf(found);
    if (!work.mayCreate) return { kind: 'quiet' };
  }
  const uploaded = await uploadInput(work, upload);
  if (!uploaded.ok) return uploaded.error;
  return outcomeOf(await ensureRun(agent, request, { mayExist: false, mayCreate: true }, upload.signal));
}

function outcomeOf(answer: RunAnswer): Outcome {
  if (answer.kind === 'started') return { kind: 'started' };
  return answer.kind === 'must-wait' ? { kind: 'quiet' } : outcomeOfFault(answer.fault);
}
