/** `discard`: leaves dead letters as they are, by id or by filter. What a filter takes with it is shown before. */
import { type DeadLetterFilter, ok, type Result } from '@mcpoverflow/types';
import type { Trouble } from '../../engine/connection.ts';
import { printableJson } from '../../terminal/plain-text.ts';
import { exitCodes, printAnswer, refuse, type Session } from '../session.ts';
import { groupsView } from '../views/dead-letters.ts';

/** Returns the exit code. */
export async function discard(session: Session): Promise<number> {
  const { invocation, terminal } = session;
  const mustAsk = terminal.canAsk && !invocation.options.yes;
  const filter = mustAsk ? upToNow(session) : invocation.filter;
  if (mustAsk) {
    const question = await questionFor(session, filter);
    if (!question.ok) return refuse(session, question.error.sentence);
    if (!(await terminal.ask(question.value))) {
      terminal.tell('Nothing was discarded.');
      return exitCodes.lost;
    }
  }
  if (filter === undefined) return discardEach(session);
  return printAnswer(session, await session.client.discardAll(filter), ({ discarded }) => `Discarded: ${discarded}`);
}

/** The filter without what dies from now on: nobody is asked about that, so it must not be discarded with the rest. */
function upToNow({ invocation: { filter }, terminal }: Session): DeadLetterFilter | undefined {
  const now = terminal.now();
  if (filter === undefined || (filter.until !== undefined && Date.parse(filter.until) <= now)) return filter;
  return { ...filter, until: new Date(now).toISOString() };
}

async function questionFor(
  { invocation: { subjects }, client, terminal }: Session,
  filter: DeadLetterFilter | undefined,
): Promise<Result<string, Trouble>> {
  if (filter === undefined) return ok(`Discard ${subjects.length}?`);
  const found = await client.groups(filter, { limit: 100 });
  if (!found.ok) return found;
  terminal.tell(groupsView(found.value.groups, { width: terminal.columns, now: terminal.now() }));
  const count = found.value.groups.reduce((sum, group) => sum + group.count, 0);
  return ok(`Discard ${found.value.next === undefined ? count : `more than ${count}`}?`);
}

/** Goes on after one that is refused: a wrong id does not keep the others. Returns the exit code. */
async function discardEach(session: Session): Promise<number> {
  const { invocation, client, terminal } = session;
  let discarded = 0;
  let code: number = exitCodes.recovered;
  for (const id of invocation.subjects) {
    const answer = await client.discard(id);
    if (answer.ok) {
      discarded += answer.value.discarded;
      if (answer.value.discarded === 0) terminal.tell(`${id}: it is not dead, so it stays as it is.`);
    } else code = refuse(session, `${id}: ${answer.error.sentence}`);
  }
  terminal.print(invocation.options.json ? printableJson({ discarded }) : `Discarded: ${discarded}`);
  return code;
}
