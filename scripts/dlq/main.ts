/** `npm run dlq -- <command>`: dead letters from a terminal. What was typed, what it says and its exit codes: run.ts and arguments.ts. */
import { processTerminal } from '../terminal/terminal.ts';
import { run } from './run.ts';

process.exitCode = await run(process.argv.slice(2), process.env, processTerminal());
