/**
 * Finds operations of an API that has more of them than a model can read through.
 *
 * The search is plain arithmetic on words, so that it needs no index, costs a few milliseconds and gives
 * everybody the same order; a model that asks in other words asks again.
 */
import type { Operation } from './operation.ts';

/** Operations of one answer: so many unless asked otherwise, and at most. */
export const DEFAULT_LIMIT = 10;
export const MAX_LIMIT = 50;

export interface FoundOperation {
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly title: string | undefined;
}

/** What the search looks at: texts of words between blanks. */
interface Entry {
  readonly name: string;
  readonly operation: Operation;
  readonly label: string;
  readonly description: string;
}

/**
 * A search over the operations. For each word of the query an operation gets 4 points when name, path or
 * title have it as a word, 3 when one of their words begins with it, 2 when it is inside one, and 1 when a
 * word of the description begins with it. More points first, then the shorter label, then the list's order.
 */
export function operationSearch(operations: ReadonlyMap<string, Operation>) {
  let entries: readonly Entry[] | undefined;
  return (query: string, limit: number | undefined): { readonly operations: readonly FoundOperation[]; readonly total: number } => {
    entries ??= [...operations].map(([name, operation]) => ({
      name,
      operation,
      label: spaced(`${name} ${operation.method} ${operation.path} ${operation.title ?? ''}`),
      description: spaced(operation.description),
    }));
    const wanted = [...new Set(spaced(query).split(' '))].filter(Boolean);
    const found = entries
      .map((entry) => ({ entry, points: wanted.reduce((sum, word) => sum + pointsOf(word, entry), 0) }))
      .filter(({ points }) => points > 0)
      .sort((left, right) => right.points - left.points || left.entry.label.length - right.entry.label.length);
    return {
      operations: found.slice(0, Math.min(limit ?? DEFAULT_LIMIT, MAX_LIMIT)).map(({ entry: { name, operation } }) => ({
        operation: name,
        method: operation.method,
        path: operation.path,
        title: operation.title,
      })),
      total: found.length,
    };
  };
}

function pointsOf(word: string, { label, description }: Entry): number {
  // "issues" shall find "issue", too.
  const stem = word.length > 3 && word.endsWith('s') ? word.slice(0, -1) : word;
  if (label.includes(` ${word} `)) return 4;
  if (label.includes(` ${stem}`)) return 3;
  if (label.includes(stem)) return 2;
  return description.includes(` ${stem}`) ? 1 : 0;
}

/** The text's words in lower case, a blank before and after each; `listOpenIssues` has three. */
const spaced = (text: string): string =>
  ` ${text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()} `;
