/** `list`: dead letters, a page of them or all, one a line. */
import { ok } from '@mcpoverflow/types';
import { readPages } from '../pages.ts';
import { printAnswer, type Session } from '../session.ts';
import { listView } from '../views/dead-letters.ts';

/** Returns the exit code. */
export async function list(session: Session): Promise<number> {
  const { invocation, client, terminal } = session;
  const pages = await readPages(invocation.options, async (page) => {
    const answer = await client.list(invocation.filter ?? {}, page);
    return answer.ok ? ok({ items: answer.value.deadLetters, next: answer.value.next }) : answer;
  });
  const answer = pages.ok ? ok({ deadLetters: pages.value.items, next: pages.value.next }) : pages;
  const code = printAnswer(session, answer, ({ deadLetters }) => listView(deadLetters, { width: terminal.columns, now: terminal.now() }));
  if (pages.ok && pages.value.next !== undefined) terminal.tell(`There are more: --all, or --cursor ${pages.value.next}`);
  return code;
}
