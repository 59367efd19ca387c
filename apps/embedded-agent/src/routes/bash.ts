/**
 * The protocol's way to remove a directory is a shell command. There is no shell here: the one command
 * that clients of this engine send is read for what it means, and any other is answered as a shell answers
 * a command it does not have.
 */
import type { Hono } from 'hono';
import * as z from 'zod';
import { absolutePathSchema, type Files } from '../files.ts';
import { parseInput, readJson } from '../protocol-errors.ts';

const bashSchema = z.looseObject({ command: z.string().max(10_000) });
/** The path stands in single quotes; a quote within it is written `'\''`. */
const REMOVAL = /^rm -rf -- '((?:[^']|'\\'')+)'$/;
const COMMAND_NOT_FOUND = 127;

export interface BashPorts {
  readonly files: Files;
  readonly now: () => number;
  /** Several rows that go together or not at all. */
  readonly transaction: (write: () => void) => void;
}

/** Serves `rm -rf -- '<directory>'`; 422 for a bad request. What came of a command is its exit code, never the status. */
export function registerBash(app: Hono, { files, now, transaction }: BashPorts): void {
  app.post('/api/bash/execute_bash_command', async (c) => {
    const { command } = parseInput(bashSchema, await readJson(c), 'body');
    const directory = absolutePathSchema.safeParse(REMOVAL.exec(command)?.[1]?.replaceAll("'\\''", "'"));
    if (directory.success) transaction(() => files.removeBelow(directory.data));
    return c.json({
      kind: 'BashOutput',
      id: crypto.randomUUID(),
      command_id: crypto.randomUUID(),
      timestamp: new Date(now()).toISOString(),
      order: 0,
      exit_code: directory.success ? 0 : COMMAND_NOT_FOUND,
      stdout: null,
      stderr: directory.success ? null : 'command not found',
    });
  });
}
