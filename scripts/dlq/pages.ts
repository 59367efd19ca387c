/** One page of something, or with `--all` every page of it, one after the other. */
import { ok, type Result } from '@mcpoverflow/types';
import type { Trouble } from '../engine/connection.ts';
import type { Options } from './arguments.ts';
import type { Page } from './client.ts';

const LARGEST_PAGE = 100;

/** `next` is the cursor of the page after the last one that was read; undefined when there is none. */
export interface Pages<Item> {
  readonly items: readonly Item[];
  readonly next: string | undefined;
}

/** Reads what the paging flags ask for. */
export async function readPages<Item>(
  { all, limit, cursor }: Pick<Options, 'all' | 'limit' | 'cursor'>,
  readPage: (page: Page) => Promise<Result<Pages<Item>, Trouble>>,
): Promise<Result<Pages<Item>, Trouble>> {
  const items: Item[] = [];
  for (let from = cursor; ; ) {
    const page = await readPage({ limit: all ? LARGEST_PAGE : limit, ...(from === undefined ? {} : { cursor: from }) });
    if (!page.ok) return page;
    items.push(...page.value.items);
    from = page.value.next;
    if (!all || from === undefined) return ok({ items, next: from });
  }
}
