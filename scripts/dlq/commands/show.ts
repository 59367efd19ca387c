/** `show ID`: everything about one dead letter. */
import { commandLine, printAnswer, type Session } from '../session.ts';
import { detailView } from '../views/dead-letters.ts';

/** Returns the exit code. */
export async function show(session: Session): Promise<number> {
  const { invocation, client, terminal } = session;
  return printAnswer(session, await client.show(invocation.subjects.join()), (letter) =>
    detailView(letter, { width: terminal.columns, now: terminal.now() }, (words) => commandLine(session, words)),
  );
}
