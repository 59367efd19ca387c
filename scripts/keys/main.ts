/** `npm run keys -- <command>`: the API keys of an environment. What was typed, what it says and its exit codes: run.ts and arguments.ts. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ok } from '@mcpoverflow/types';
import { readSettings } from '../start/settings.ts';
import { processTerminal } from '../terminal/terminal.ts';
import { wranglerKeyStore } from './key-store.ts';
import { run } from './run.ts';

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

process.exitCode = await run(process.argv.slice(2), process.env, processTerminal(), (environment) => {
  const settings = readSettings(process.env, project);
  if (!settings.ok) return settings;
  const { persistDirectory } = settings.value;
  return ok(wranglerKeyStore({ project, environment, persistDirectory, variables: process.env }));
});
