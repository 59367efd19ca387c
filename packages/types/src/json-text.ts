/**
 * JSON text from strangers: callers send it, and agents write it. Before the platform's parser may build anything, one pass over the text
 * counts levels and values: a document of brackets alone would otherwise become objects of thirty
 * times its size and end the isolate. Strings are skipped by native search, so 25 MiB take about 0.1 s.
 */
import { fail, ok, type Result } from './errors.ts';

/** Deepest nesting accepted (design section 5). */
export const MAX_DEPTH = 200;
/** Most values accepted; the largest real specification known (Microsoft Graph, 20 MB) has three quarters of that. */
export const MAX_VALUES = 1_000_000;

export interface JsonFault {
  readonly code: 'syntax' | 'too-deep' | 'too-many-values';
  /** The top-level member that holds the fault, as a JSON Pointer; empty for the whole document. */
  readonly pointer: string;
  readonly detail: string;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Position of the quote that closes the string opened at `start`, or the text's end when none does. */
export function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

/** Escapes a member's name for use in a JSON Pointer (RFC 6901, section 3). */
export const pointerSegment = (name: string | number): string => `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;

function findExcess(text: string, maxValues: number): JsonFault | undefined {
  let depth = 0;
  let values = 0;
  let member: string | undefined;
  const pointer = () => (member === undefined ? '' : pointerSegment(member));
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) {
      const end = endOfString(text, at);
      if (depth === 1) member = text.slice(at + 1, Math.min(end, at + 65));
      at = end;
    } else if (character === OPEN_BRACE || character === OPEN_BRACKET) {
      depth += 1;
      values += 1;
      if (depth > MAX_DEPTH) {
        return { code: 'too-deep', pointer: pointer(), detail: `is nested more than ${MAX_DEPTH} levels deep` };
      }
    } else if (character === CLOSE_BRACE || character === CLOSE_BRACKET) {
      depth -= 1;
    } else if (character === COMMA) {
      values += 1;
    }
    if (values > maxValues) {
      return { code: 'too-many-values', pointer: pointer(), detail: `holds more than ${maxValues} values` };
    }
  }
  return undefined;
}

/** Parses JSON within {@link MAX_DEPTH} and a number of values. */
export function parseJson(text: string, maxValues: number = MAX_VALUES): Result<unknown, JsonFault> {
  const excess = findExcess(text, maxValues);
  if (excess !== undefined) return fail(excess);
  try {
    return ok(JSON.parse(text));
  } catch (error) {
    return fail({ code: 'syntax', pointer: '', detail: error instanceof Error ? error.message.slice(0, 200) : 'cannot be parsed' });
  }
}
