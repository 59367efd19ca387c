/**
 * Collects what a person may want to mend. Vendors' own documents are often invalid; an issue warns and
 * never blocks. The list is bounded, because a hostile document could raise one per line.
 */
import type { Issue } from '@mcpoverflow/types';
import { shorten } from '../json.ts';

const MAX_ISSUES = 500;
const MAX_MESSAGE = 400;

export interface Issues {
  add(severity: Issue['severity'], pointer: string, message: string): void;
  readonly list: readonly Issue[];
}

/** An empty list. The same message at the same place is kept once; beyond 500 only their number is told. */
export function newIssues(): Issues {
  const list: Issue[] = [];
  const seen = new Set<string>();
  let dropped = 0;
  return {
    add(severity, pointer, message) {
      const key = `${pointer}\n${message}`;
      if (seen.has(key)) return;
      if (list.length >= MAX_ISSUES) {
        dropped += 1;
        return;
      }
      seen.add(key);
      list.push({ severity, pointer, message: shorten(message, MAX_MESSAGE) });
    },
    get list() {
      const rest: Issue[] = dropped === 0 ? [] : [{ severity: 'info', pointer: '', message: `${dropped} more issues are not listed.` }];
      return [...list, ...rest];
    },
  };
}
