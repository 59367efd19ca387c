/**
 * The tools of an API with more operations than a model can read through: one to search them, one to
 * describe one, one to call it.
 *
 * The search is plain arithmetic on words, so that it needs no index, costs a few milliseconds and gives
 * everybody the same order; a model that asks in other words asks again.
 */
import type { Tool } from '@modelcontextprotocol/server';
import type { Operation } from './operation.ts';

/** Operations of one answer: so many unless asked otherwise, and at most. */
const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 50;

const reading = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };

/** Listed instead of the operations. */
export const dynamicTools = [
  {
    name: 'search_operations',
    title: 'Search operations',
    description:
      'Finds operations of the API by words of their name, path and description, best first. Start here, then use describe_operation and call_operation.',
    inputSchema: {
      type: 'object',
      properties: {
        query: { type: 'string', description: 'What the operation does, in a few words, such as "list open issues".' },
        limit: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
      },
      required: ['query'],
      additionalProperties: false,
    },
    annotations: { title: 'Search operations', ...reading },
  },
  {
    name: 'describe_operation',
    title: 'Describe an operation',
    description: 'Tells what an operation does and the JSON Schema of its arguments.',
    inputSchema: {
      type: 'object',
      properties: { operation: { type: 'string', description: 'A name from search_operations.' } },
      required: ['operation'],
      additionalProperties: false,
    },
    annotations: { title: 'Describe an operation', ...reading },
  },
  {
    name: 'call_operation',
    title: 'Call an operation',
    description: 'Calls an operation of the API with arguments that fit the schema from describe_operation.',
    inputSchema: {
      type: 'object',
      properties: {
        operation: { type: 'string', description: 'A name from search_operations.' },
        arguments: { type: 'object', description: 'What describe_operation says.' },
      },
      required: ['operation'],
      additionalProperties: false,
    },
    annotations: {
      title: 'Call an operation',
      readOnlyHint: false,
      destructiveHint: true,
      idempotentHint: false,
      openWorldHint: true,
    },
  },
] as const satisfies readonly Tool[];

export interface FoundOperation {
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly title?: string;
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
    const wanted = [...new Set(spaced(query).trim().split(' '))].filter((word) => word !== '');
    const found = entries
      .map((entry) => ({ entry, points: wanted.reduce((sum, word) => sum + pointsOf(word, entry), 0) }))
      .filter(({ points }) => points > 0)
      .sort((left, right) => right.points - left.points || left.entry.label.length - right.entry.label.length);
    return {
      operations: found.slice(0, Math.min(limit ?? DEFAULT_LIMIT, MAX_LIMIT)).map(({ entry: { name, operation } }) => ({
        operation: name,
        method: operation.method,
        path: operation.path,
        ...(operation.title === undefined ? {} : { title: operation.title }),
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
