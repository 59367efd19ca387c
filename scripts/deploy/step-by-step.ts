/**
 * Runs what is done in steps, and when one fails says what failed, what is done already, and what to run next. Ctrl-C is
 * such a failure: what is under way ends, what was taken is given back, and the same is said.
 */
import { type Done, exitCodes, type Outcome, type Session } from './session.ts';

/** `again` is the command that goes on from there. Returns the exit code. */
export async function stepByStep(
  { terminal, interrupt }: Pick<Session, 'terminal' | 'interrupt'>,
  again: string,
  work: (done: Done) => Outcome,
): Promise<number> {
  const said = Promise.withResolvers<void>();
  const stopListening = terminal.leaveOnInterrupt(() => {
    terminal.tell('\nInterrupted. Ending what is under way; Ctrl-C once more leaves at once.');
    interrupt();
    return said.promise;
  });
  const code = await outcomeOf(terminal, again, work);
  stopListening();
  said.resolve();
  return code;
}

async function outcomeOf(terminal: Session['terminal'], again: string, work: (done: Done) => Outcome): Promise<number> {
  const steps: string[] = [];
  const outcome = await work((what) => {
    steps.push(what);
    terminal.tell(`  ${what}`);
  });
  if (outcome.ok) return terminal.interrupted.aborted ? exitCodes.interrupted : exitCodes.done;
  const soFar =
    steps.length === 0
      ? 'Nothing was changed before that.'
      : `Done before that, and not to be done again:\n${steps.map((step) => `  ${step}`).join('\n')}`;
  if (terminal.interrupted.aborted) {
    const unknown = 'What was under way is done or not: the next run looks, so nothing is lost by the interruption.';
    terminal.tell(`\n${soFar}\n${unknown}\nNext: run \`${again}\` again. It goes on from here.`);
    return exitCodes.interrupted;
  }
  terminal.tell(`\n${outcome.error}\n\n${soFar}\nNext: mend it, then run \`${again}\` again. It goes on from here.`);
  return exitCodes.wrong;
}
