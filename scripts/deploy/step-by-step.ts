/** Runs what is done in steps, and when one fails says what failed, what is done already, and what to run next. */
import { type Done, exitCodes, type Outcome, type Session } from './session.ts';

/** `again` is the command that goes on from there. Returns the exit code. */
export async function stepByStep({ terminal }: Pick<Session, 'terminal'>, again: string, work: (done: Done) => Outcome): Promise<number> {
  const steps: string[] = [];
  const outcome = await work((what) => {
    steps.push(what);
    terminal.tell(`  ${what}`);
  });
  if (outcome.ok) return exitCodes.done;
  const soFar =
    steps.length === 0
      ? 'Nothing was changed before that.'
      : `Done before that, and not to be done again:\n${steps.map((step) => `  ${step}`).join('\n')}`;
  terminal.tell(`\n${outcome.error}\n\n${soFar}\nNext: mend it, then run \`${again}\` again. It goes on from here.`);
  return exitCodes.wrong;
}
