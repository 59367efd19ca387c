/** `npm run dlq` from what was typed to its exit code, with the terminal as a port. */
import { connect } from '../engine/connection.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { type CommandName, parseArguments, usage } from './arguments.ts';
import { createDeadLettersClient } from './client.ts';
import { abort, pause, resume } from './commands/control.ts';
import { discard } from './commands/discard.ts';
import { follow } from './commands/follow.ts';
import { groups } from './commands/groups.ts';
import { list } from './commands/list.ts';
import { replay } from './commands/replay.ts';
import { show } from './commands/show.ts';
import { exitCodes, type Session } from './session.ts';

const commands: Readonly<Record<CommandName, (session: Session) => Promise<number>>> = {
  list,
  groups,
  show,
  replay,
  follow,
  pause,
  resume,
  abort,
  discard,
};

/** Returns the exit code. */
export async function run(
  typed: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  terminal: Terminal,
): Promise<number> {
  const parsed = parseArguments(typed, environment, terminal.now());
  if (!parsed.ok) {
    terminal.tell(`${parsed.error}\nEverything it can do: npm run dlq -- help`);
    return exitCodes.refused;
  }
  if (parsed.value.command === 'help') {
    terminal.print(usage);
    return exitCodes.recovered;
  }
  const invocation = parsed.value;
  const client = createDeadLettersClient(connect(invocation.options.url, invocation.key));
  return commands[invocation.command]({ invocation, client, terminal });
}
