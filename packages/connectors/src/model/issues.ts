/**
 * Collects what a person may want to mend. Vendors' own documents are often invalid; an issue warns and
 * never blocks. The list is bounded, because a hostile document could raise one per line, and so is each
 * kind of issue, because one habit of a vendor would otherwise hide everything else.
 */
import type { Issue } from '@mcpoverflow/types';
import { oneLine, shorten } from '../json.ts';

const MAX_ISSUES = 500;
/** Places listed for one message. */
const MAX_ALIKE = 20;
const MAX_MESSAGE = 400;
const MAX_POINTER = 1000;

export interface Issues {
  add(severity: Issue['severity'], pointer: string, message: string): void;
  readonly list: readonly Issue[];
}

/** An empty list. The same message at the same place is kept once; what is beyond the bounds is told as a number, errors last. */
export function newIssues(): Issues {
  const list: Issue[] = [];
  const placesOf = new Map<string, Set<string>>();
  let dropped = 0;
  let errors = 0;
  return {
    add(severity, pointer, message) {
      const places = placesOf.get(message) ?? new Set();
      if (places.has(pointer)) return;
      const isFull = list.length >= MAX_ISSUES;
      if (places.size >= MAX_ALIKE || (isFull && (severity !== 'error' || errors >= MAX_ISSUES))) {
        dropped += 1;
        return;
      }
      if (isFull) {
        const least = list.findLastIndex((issue) => issue.severity !== 'error');
        list.splice(least, 1);
        dropped += 1;
      }
      if (severity === 'error') errors += 1;
      placesOf.set(message, places.add(pointer));
      list.push({ severity, pointer: shorten(printable(pointer), MAX_POINTER), message: shorten(oneLine(message), MAX_MESSAGE) });
    },
    get list() {
      const rest: Issue[] = dropped === 0 ? [] : [{ severity: 'info', pointer: '', message: `${dropped} more issues are not listed.` }];
      return [...list, ...rest];
    },
  };
}

/** A pointer leads somewhere, so only what would break a line or a terminal is taken from it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: replacing them is the point.
const printable = (pointer: string): string => pointer.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, ' ');
