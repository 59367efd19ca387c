/**
 * The files that a result lists by their path alone, fetched from the run's result folder. A path says where
 * a file is and nothing of what it is: it may be missing, a folder, binary or endless. All that is for the
 * agent to mend; only a call that failed is a matter of the engine's. Files come a few at a time and are
 * small, so that what is on its way stays little beside what is kept. A link leads no further than the agent's own
 * terminal does.
 */
import type { AgentFault } from '@mcpoverflow/openhands';
import { type AgentResult, fail, ok, RESULT_FILE, RESULT_FOLDER, type Result } from '@mcpoverflow/types';
import { MAX_FAILURES, MAX_RESULT_BYTES, textOf } from './read-result.ts';

/** Each is a call, on a busy server of half a second; four at a time, all of them have the half of a turn's minute that is left for work. */
export const MAX_LISTED_FILES = 200;
/** Nobody reads a source file of this size. */
export const MAX_FILE_BYTES = 4 * 1024 * 1024;
const DOWNLOADS_AT_ONCE = 4;
/** Linux bears no longer name; a server that is asked for one answers as if it were ill. */
const MAX_NAME_BYTES = 255;

/** Why a result is not complete: sentences for the agent, or a call that failed. */
export type Incomplete =
  | { readonly kind: 'failures'; readonly failures: readonly string[] }
  | { readonly kind: 'fault'; readonly fault: AgentFault };

/** Downloads a file by its path in the result folder. */
export type Download = (path: string, maxBytes: number) => Promise<Result<Uint8Array, AgentFault>>;

/**
 * The result with the content of every file, and with `fixedCode`. Paths have passed the schema: they are
 * relative and lead nowhere else.
 * @param resultBytes the size of `result.json`, which counts towards {@link MAX_RESULT_BYTES}
 */
export async function withContents(result: AgentResult, resultBytes: number, download: Download): Promise<Result<object, Incomplete>> {
  if (!('files' in result)) return ok(result);
  const wrong = faultsOfList(result.files);
  if (wrong.length > 0) return fail({ kind: 'failures', failures: wrong });
  const listed = result.files.flatMap(({ path, content }) => (content === undefined ? [path] : []));
  const contents = await fetchAll(listed, MAX_RESULT_BYTES - resultBytes, download);
  if (!contents.ok) return contents;
  const files = result.files.map(({ path, content }) => ({ path, content: content ?? contents.value.get(path) ?? '' }));
  return ok('fixed' in result ? { ...result, files, fixedCode: result.fixedCode ?? files[0]?.content ?? '' } : { ...result, files });
}

function faultsOfList(files: readonly { readonly path: string; readonly content?: string | undefined }[]): string[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  let listed = 0;
  for (const { path, content } of files) {
    if (faults.length >= MAX_FAILURES) return faults;
    if (seen.has(path)) faults.push(`${path} is listed more than once`);
    seen.add(path);
    if (content === undefined) listed += 1;
    else if (content.includes('\0')) faults.push(`${path} is not a text file: it holds a NUL character`);
    if (path.split('/').some((name) => new TextEncoder().encode(name).byteLength > MAX_NAME_BYTES)) {
      faults.push(`${path} holds a name of more than ${MAX_NAME_BYTES} bytes`);
    }
  }
  if (listed > MAX_LISTED_FILES) {
    faults.push(`${listed} files are listed without their content, and at most ${MAX_LISTED_FILES} may be: make fewer files`);
  }
  return faults;
}

/** The files' contents by path. Goes on after a bad file, so that the agent hears of all of them at once. */
async function fetchAll(
  paths: readonly string[],
  maxBytes: number,
  download: Download,
): Promise<Result<ReadonlyMap<string, string>, Incomplete>> {
  const contents = new Map<string, string>();
  const failures: string[] = [];
  let left = maxBytes;
  for (let from = 0; from < paths.length && failures.length < MAX_FAILURES; from += DOWNLOADS_AT_ONCE) {
    const some = paths.slice(from, from + DOWNLOADS_AT_ONCE);
    const files = await Promise.all(some.map(async (path) => ({ path, file: await download(path, MAX_FILE_BYTES) })));
    for (const { path, file } of files) {
      if (!file.ok) {
        const failure = failureOf(path, file.error);
        if (failure === null) return fail({ kind: 'fault', fault: file.error });
        failures.push(failure);
        continue;
      }
      left -= file.value.byteLength;
      if (left < 0) return fail({ kind: 'failures', failures: [...failures, TOO_LARGE_TOGETHER] });
      const text = textOf(file.value);
      if (text === null || text.includes('\0')) failures.push(`${RESULT_FOLDER}/${path} is not a text file in UTF-8`);
      else contents.set(path, text);
    }
  }
  return failures.length === 0 ? ok(contents) : fail({ kind: 'failures', failures });
}

const TOO_LARGE_TOGETHER = `${RESULT_FILE} and the files it lists are larger than ${MAX_RESULT_BYTES} bytes all together`;

/** What the agent has to mend; null when the call itself failed. */
function failureOf(path: string, fault: AgentFault): string | null {
  if (fault.code === 'result-missing') return `${RESULT_FOLDER}/${path} is listed, and there is no such file`;
  if (fault.code === 'result-too-large') return `${RESULT_FOLDER}/${path} is larger than ${MAX_FILE_BYTES} bytes`;
  return null;
}
