/**
 * Before the tests against the real OpenHands: installs it, both versions. Where the machine has no Python
 * that it runs on, or PyPI cannot be reached, the tests are skipped with a notice nobody can miss; in CI
 * that is a failure.
 */
import type { TestProject } from 'vitest/node';
import { findPython, installAgentServer } from '../support/openhands-agent-server-install.ts';
import { newest, previous } from './versions.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** By version: the Python that runs the server. Null where it cannot be installed. */
    readonly agentServers: Readonly<Record<string, string>> | null;
  }
}

export default async function setup(project: TestProject): Promise<void> {
  project.provide('agentServers', await install());
}

async function install(): Promise<Readonly<Record<string, string>> | null> {
  const python = findPython();
  if (python === undefined) return doWithout('There is no Python 3.12 or newer with venv: install python3.12 (or newer) and its venv.');
  try {
    const installed: Record<string, string> = {};
    for (const version of [newest, previous]) installed[version] = await installAgentServer(version, python);
    return installed;
  } catch (error) {
    return doWithout(`It could not be installed from PyPI: ${error instanceof Error ? error.message : error}`);
  }
}

function doWithout(why: string): null {
  const notice = `The tests against the real OpenHands (openhands-agent-server ${newest} and ${previous}) cannot run.\n${why}`;
  if (process.env.CI !== undefined) throw new Error(notice);
  const line = '!'.repeat(100);
  console.warn(`\n${line}\n${notice}\nThey are SKIPPED: nothing here says how the engine gets along with it.\n${line}\n`);
  return null;
}
