/**
 * `npm run jobs -- <command>`: the engine from a terminal. Exit codes: 0 done or completed, 1 it failed
 * (the job, or the way to it), 2 the command was not understood, 130 detached by Ctrl-C.
 */

import { plainText } from '../terminal/plain-text.ts';
import { parseArguments, usage } from './arguments.ts';
import { cancel } from './commands/cancel.ts';
import { download } from './commands/download.ts';
import { get } from './commands/get.ts';
import { list } from './commands/list.ts';
import { submit } from './commands/submit.ts';
import { watch } from './commands/watch.ts';
import { createEngineClient } from './engine-client.ts';

const commands = { submit, watch, get, list, cancel, download };

process.exitCode = await main();

async function main(): Promise<number> {
  const parsed = parseArguments(process.argv.slice(2), process.env);
  if (!parsed.ok) {
    console.error(`${plainText(parsed.error)}\n\n${usage}`);
    return 2;
  }
  if (parsed.value.command === 'help') {
    console.log(usage);
    return 0;
  }
  const { command, options } = parsed.value;
  return commands[command](createEngineClient(options.url, options.key), parsed.value);
}
