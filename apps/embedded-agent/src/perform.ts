/**
 * One piece of work, from the files in the working directory to how the conversation ends. It takes no
 * word of its input on trust and never throws: whatever goes wrong is an ending that a person can read.
 *
 * What the work itself consists of is passed in.
 */
import { RESULT_FILE, type Result, TASK_FILE, type Task, taskSchema } from '@mcpoverflow/types';
import type { Ending } from './conversations.ts';
import { MAX_FILE_BYTES } from './files.ts';

/** Why there is no result. The first two codes are the engine's own, and reach the job's owner as they are. */
export interface WorkFault {
  readonly code: 'needs-openhands' | 'specification-unusable' | 'TaskUnreadable' | 'ResultTooLarge' | 'WorkFailed';
  /** What to do about it, in a sentence or two. */
  readonly message: string;
}

export interface Done {
  /** Goes to `result.json`. */
  readonly result: unknown;
  /** The agent's last word. */
  readonly message: string;
}

/** `read` answers a file of the working directory by its relative path as text, or null. */
export type Work = (task: Task, read: (path: string) => string | null) => Result<Done, WorkFault>;

/** Does what `task.json` asks for. `read` takes absolute paths. Never throws. */
export function perform(workingDirectory: string, read: (path: string) => string | null, work: Work): Ending {
  const readHere = (path: string): string | null => read(`${workingDirectory}/${path}`);
  try {
    const task = taskSchema.safeParse(parseJson(readHere(TASK_FILE)));
    if (!task.success)
      return errorEnding({ code: 'TaskUnreadable', message: `${TASK_FILE} is missing or is not a task this agent knows.` });
    const done = work(task.data, readHere);
    if (!done.ok) return errorEnding(done.error);
    const content = new TextEncoder().encode(JSON.stringify(done.value.result));
    if (content.byteLength > MAX_FILE_BYTES) {
      return errorEnding({ code: 'ResultTooLarge', message: `The result has ${content.byteLength} bytes; ${MAX_FILE_BYTES} are allowed.` });
    }
    return { kind: 'finished', result: { path: `${workingDirectory}/${RESULT_FILE}`, content }, message: done.value.message };
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    return errorEnding({ code: 'WorkFailed', message: `The embedded agent made a mistake: ${reason.slice(0, 200)}` });
  }
}

const errorEnding = (fault: WorkFault): Ending => ({ kind: 'error', code: fault.code, detail: fault.message });

function parseJson(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
