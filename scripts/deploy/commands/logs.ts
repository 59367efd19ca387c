/** `logs`: what api and consumer say, as they say it, each line with whose it is. Until Ctrl-C. */
import { exitCodes, type Session } from '../session.ts';
import { readWanted } from '../wanted.ts';

/** Returns the exit code. */
export async function logs({ terminal, project, invocation, wrangler, interrupt }: Session): Promise<number> {
  const wanted = readWanted(project, invocation.environment);
  if (!wanted.ok) {
    terminal.tell(wanted.error);
    return exitCodes.wrong;
  }
  terminal.leaveOnInterrupt(interrupt);
  const ended = await Promise.all(
    (['api', 'consumer'] as const).map(async (role) => {
      const { name } = wanted.value.workers[role];
      const answer = await wrangler.tail(name, (line) => terminal.print(`${role.padEnd(8)} | ${line}`));
      if (!answer.ok && !terminal.interrupted.aborted)
        terminal.tell(
          `The log of ${name} broke off. Wrangler said:\n${answer.error}\nNext: ./deploy-cloudflare.sh status ${invocation.environment}`,
        );
      return answer.ok;
    }),
  );
  return ended.every(Boolean) ? exitCodes.done : exitCodes.wrong;
}
