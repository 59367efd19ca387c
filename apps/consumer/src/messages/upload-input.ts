/**
 * The files of a run: what the caller sent, what helps the agent, and last `task.json`, which names them.
 *
 * One message of a batch at a time takes its input out of its Job, because ten inputs of 25 MiB would not
 * fit into the invocation's memory. A small one makes room at once, so that most uploads still run side by
 * side; a large one keeps the place until it has been sent.
 */
import type { Agent } from '@mcpoverflow/openhands';
import { fail, jobError, ok, type Result, TASK_FILE, type Task } from '@mcpoverflow/types';
import { outcomeOfFault } from '../agent/agent-fault.ts';
import { baselineFiles, schemaFile, type TextFile } from '../agent/aids.ts';
import { loadConnector } from '../agent/connector-source.ts';
import type { Env } from '../env.ts';
import { gunzip, inflatedLength } from '../gzip.ts';
import type { Work } from '../job/begin.ts';
import type { Outcome } from '../job/finish.ts';
import type { JobInput } from '../job/job.ts';
import type { Turnstile } from './turnstile.ts';

/** An upload holds its input about three times: a batch of ten such inputs takes 15 MiB. */
const SMALL_INPUT_BYTES = 512 * 1024;

export interface UploadContext {
  readonly env: Env;
  readonly agent: Agent;
  /** The run's folder on the agent's machine. */
  readonly directory: string;
  /** Ends the calls of the turn. */
  readonly signal: AbortSignal;
  /** Shared by the batch. */
  readonly turnstile: Turnstile;
  /** The turn's input; null when somebody else has taken the turn over. */
  readonly readInput: () => Promise<JobInput | null>;
}

/** Uploads everything the run needs. Fails with the turn's outcome; nothing but files is left behind then. */
export async function uploadInput(work: Work, context: UploadContext): Promise<Result<void, Outcome>> {
  const leave = await context.turnstile.enter();
  try {
    if (context.signal.aborted) return fail(tryAgain('Larger inputs were uploaded first, and no time was left.'));
    const input = await context.readInput();
    if (input === null) return fail(tryAgain('The turn was taken over by another worker.'));
    if (isSmall(input)) leave();
    return await uploadFiles(work, input, context);
  } finally {
    leave();
  }
}

const tryAgain = (message: string): Outcome => ({ kind: 'retry', error: jobError('internal', message) });

/** Another job's connector is as large as its result, which nobody knows yet. */
function isSmall({ files, parameters }: JobInput): boolean {
  const bytes = files.reduce((sum, { gzip }) => sum + inflatedLength(gzip), 0);
  return parameters.connectorJobId === undefined && bytes <= SMALL_INPUT_BYTES;
}

async function uploadFiles(work: Work, input: JobInput, { env, agent, directory, signal }: UploadContext): Promise<Result<void, Outcome>> {
  const upload = async (path: string, content: Uint8Array): Promise<Result<void, Outcome>> => {
    const sent = await agent.upload(work.conversationId, `${directory}/${path}`, content, signal);
    return sent.ok ? sent : fail(notYetCreated(outcomeOfFault(sent.error)));
  };
  const uploadTexts = async (files: readonly TextFile[]): Promise<Result<void, Outcome>> => {
    for (const { path, content } of files) {
      const sent = await upload(path, new TextEncoder().encode(content));
      if (!sent.ok) return sent;
    }
    return ok(undefined);
  };

  for (const file of input.files) {
    const sent = await upload(file.path, await gunzip(file.gzip));
    if (!sent.ok) return sent;
  }
  let earlier: TextFile[] = [];
  if (input.parameters.connectorJobId !== undefined) {
    const connector = await loadConnector(env, work.tenant, input.parameters.connectorJobId);
    if (!connector.ok) return fail({ kind: 'failed', error: connector.error });
    earlier = connector.value.files.map(({ path, content }) => ({ path: `connector/${path}`, content }));
  }
  // The embedded agent knows its result's shape and makes the baseline itself.
  const aids = work.engine === 'embedded' ? [] : [schemaFile(work.type), ...(await baselineFiles(work.type, input))];
  const sent = await uploadTexts([...earlier, ...aids]);
  return sent.ok ? uploadTexts([taskFile(work, input, earlier)]) : sent;
}

function taskFile(work: Work, { files, parameters }: JobInput, earlier: readonly TextFile[]): TextFile {
  let specification: Task['specification'];
  const paths: string[] = [];
  for (const { path, format } of files) {
    if (format === undefined) paths.push(path);
    else specification = { path, format };
  }
  const task: Task = {
    v: 1,
    type: work.type,
    jobId: work.jobId,
    generation: work.generation,
    parameters,
    ...(specification === undefined ? {} : { specification }),
    files: [...paths, ...earlier.map(({ path }) => path)],
  };
  return { path: TASK_FILE, content: JSON.stringify(task) };
}

/** A failed upload leaves no conversation behind, however unclear its answer was. */
const notYetCreated = (outcome: Outcome): Outcome =>
  outcome.kind === 'retry' || outcome.kind === 'failed' ? { ...outcome, ambiguous: false } : outcome;
