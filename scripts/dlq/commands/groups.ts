/** `groups`: what died, by cause, and how to bring a whole group back. */
import { ok } from '@mcpoverflow/types';
import { readPages } from '../pages.ts';
import { commandLine, printAnswer, type Session } from '../session.ts';
import { groupsView } from '../views/dead-letters.ts';

/** Returns the exit code. */
export async function groups(session: Session): Promise<number> {
  const { invocation, client, terminal } = session;
  const pages = await readPages(invocation.options, async (page) => {
    const answer = await client.groups(invocation.filter ?? {}, page);
    return answer.ok ? ok({ items: answer.value.groups, next: answer.value.next }) : answer;
  });
  const answer = pages.ok ? ok({ groups: pages.value.items, next: pages.value.next }) : pages;
  const code = printAnswer(session, answer, (found) => groupsView(found.groups, { width: terminal.columns, now: terminal.now() }));
  if (!pages.ok) return code;
  if (pages.value.next !== undefined) terminal.tell(`There are more: --all, or --cursor ${pages.value.next}`);
  const [largest] = pages.value.items;
  if (largest !== undefined) {
    terminal.tell(`What a replay of one would do: ${commandLine(session, `replay --fingerprint ${largest.fingerprint} --dry-run`)}`);
  }
  return code;
}
