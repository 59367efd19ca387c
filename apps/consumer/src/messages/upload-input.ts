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
/** A Worker has six connections: hundreds of files, one after the other, would take longer than a turn. All of one input are never more than that input. */
const UPLOADS_AT_ONCE = 6;

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

async function uploadFiles(work: Work, input: JobInput, context: UploadContext): Promise<Result<void, Outcome>> {
  let earlier: TextFile[] = [];
  if (input.parameters.connectorJobId !== undefined) {
    const connector = await loadConnector(context.env, work.tenant, input.parameters.connectorJobId);
    if (!connector.ok) return fail({ kind: 'failed', error: connector.error });
    earlier = connector.value.files.map(({ path, content }) => ({ path: `connector/${path}`, content }));
  }
  // The embedded agent knows its result's shape and makes the baseline itself.
  const aids = work.engine === 'embedded' ? [] : [schemaFile(work.type), ...(await baselineFiles(work.type, input))];
  const sent: Upload[] = input.files.map(({ path, gzip }) => ({ path, content: () => gunzip(gzip) }));
  const uploaded = await uploadAll([...sent, ...[...earlier, ...aids].map(uploadOf)], work, context);
  return uploaded.ok ? uploadAll([uploadOf(taskFile(work, input, earlier))], work, context) : uploaded;
}

/** A file on its way, whose bytes are made when its turn comes. */
interface Upload {
  readonly path: string;
  readonly content: () => Promise<Uint8Array>;
}

const uploadOf = ({ path, content }: TextFile): Upload => ({ path, content: async () => new TextEncoder().encode(content) });

/** Uploads files side by side, in their order, and begins no more of them after one that failed. */
async function uploadAll(
  files: readonly Upload[],
  { conversationId }: Work,
  { agent, directory, signal }: UploadContext,
): Promise<Result<void, Outcome>> {
  const waiting = files.values();
  let failure: Outcome | undefined;
  const uploadNext = async (): Promise<void> => {
    for (const { path, content } of waiting) {
      const sent = await agent.upload(conversationId, `${directory}/${path}`, await content(), signal);
      if (!sent.ok) failure ??= notYetCreated(outcomeOfFault(sent.error));
      if (failure !== undefined) return;
    }
  };
  await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, uploadNext));
  return failure === undefined ? ok(undefined) : fail(failure);
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
