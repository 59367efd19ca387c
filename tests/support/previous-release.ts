/**
 * The release before this one, as it runs somewhere now: what this code finds stored when it is deployed, and what has to
 * read this code's rows when a deployment is rolled back. It is taken out of the project's own history and installed beside
 * this one, so nothing of it has to be recorded and kept.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { fail, ok, type Result } from '@mcpoverflow/types';

/** The commit that is deployed. Whoever deploys another one to production writes it here. */
export const PREVIOUS_RELEASE = '92f3506d9f3e169e1eec9cd6aba70aaafc0a0d9a';

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mcpoverflow', 'releases');
const execute = promisify(execFile);

/** The folder of the previous release, installed. The error is a sentence: what this checkout lacks. */
export async function previousRelease(): Promise<Result<string, string>> {
  if (!(await isInHistory())) await fetchIt();
  if (!(await isInHistory())) {
    return fail(`The history of this checkout does not reach back to the previous release, ${PREVIOUS_RELEASE}: fetch all of it.`);
  }
  const folder = join(cache, PREVIOUS_RELEASE);
  if (!existsSync(folder)) await takeOut(folder);
  await execute(process.execPath, [join(folder, 'scripts', 'setup.mjs')], { cwd: folder });
  return ok(folder);
}

const isInHistory = (): Promise<boolean> =>
  execute('git', ['cat-file', '-e', `${PREVIOUS_RELEASE}^{commit}`], { cwd: project }).then(
    () => true,
    () => false,
  );

/** A shallow clone lacks it, and may be able to get it. Whether it could is seen by looking again. */
async function fetchIt(): Promise<void> {
  const environment = { ...process.env, GIT_TERMINAL_PROMPT: '0' };
  const fetching = ['fetch', '--quiet', '--depth', '1', 'origin', PREVIOUS_RELEASE];
  await execute('git', fetching, { cwd: project, env: environment, timeout: 60_000 }).catch(() => undefined);
}

/** The folder appears whole or not at all: another checkout may make the same one at this moment. */
async function takeOut(folder: string): Promise<void> {
  mkdirSync(cache, { recursive: true });
  const draft = mkdtempSync(`${folder}-`);
  const archive = join(draft, '.archive.tar');
  try {
    await execute('git', ['archive', '--output', archive, PREVIOUS_RELEASE], { cwd: project });
    await execute('tar', ['-xf', archive, '-C', draft]);
    rmSync(archive);
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}
