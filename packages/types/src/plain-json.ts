/**
 * JSON as editors write it, with comments and trailing commas -> JSON. People hand in what their editor took, and mean
 * what it took. White space stands where something was, so that whatever else is wrong is found at its line and column.
 * Only a text that is no JSON is ever looked at, one pass over it and one copy.
 */
import type { Result } from './errors.ts';
import { endOfString, type JsonFault, parseJson } from './json-text.ts';

export interface PlainJson {
  readonly text: string;
  /** Where the first comment or comma was, both from 1. */
  readonly line: number;
  readonly column: number;
}

/** Longer texts were made by programs, which write neither, and a second copy of them would not fit everywhere. */
const MAX_LENGTH = 4_000_000;
/** More comments and commas are no person's. */
const MAX_REMOVED = 50_000;

const SPACE = 0x20;
const QUOTE = 0x22;
const STAR = 0x2a;
const COMMA = 0x2c;
const SLASH = 0x2f;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** The text without comments (`//` and those between slash and star) and trailing commas; undefined when it has none, or too many. */
export function plainJson(text: string): PlainJson | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const removed = whatIsNoJson(text).sort((first, second) => first.start - second.start);
  const first = removed[0];
  if (first === undefined || removed.length > MAX_REMOVED) return undefined;
  let plain = '';
  let at = 0;
  for (const { start, end } of removed) {
    plain += text.slice(at, start) + text.slice(start, end).replace(/[^\r\n]/g, ' ');
    at = end;
  }
  const before = text.slice(0, first.start).split('\n');
  return { text: plain + text.slice(at), line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

/** Parses JSON, comments and trailing commas or not; fails as {@link parseJson} does. */
export function parseLenientJson(text: string): Result<unknown, JsonFault> {
  const strict = parseJson(text);
  const plain = strict.ok || strict.error.code !== 'syntax' ? undefined : plainJson(text);
  return plain === undefined ? strict : parseJson(plain.text);
}

interface Span {
  readonly start: number;
  readonly end: number;
}

function whatIsNoJson(text: string): Span[] {
  const found: Span[] = [];
  let comma: number | undefined;
  /** A comma with nothing before it trails nothing: what was meant there is not known. */
  let isEmpty = true;
  for (let at = 0; at < text.length && found.length <= MAX_REMOVED; at += 1) {
    const character = text.charCodeAt(at);
    if (character <= SPACE) continue;
    if (character === SLASH) {
      const end = endOfComment(text, at);
      if (end === undefined) return [];
      found.push({ start: at, end });
      at = end - 1;
      continue;
    }
    if (comma !== undefined && (character === CLOSE_BRACE || character === CLOSE_BRACKET)) found.push({ start: comma, end: comma + 1 });
    comma = character === COMMA && !isEmpty ? at : undefined;
    isEmpty = character === OPEN_BRACKET || character === OPEN_BRACE;
    if (character === QUOTE) at = endOfString(text, at);
  }
  return found;
}

/** Behind a comment; undefined where a slash begins none. */
function endOfComment(text: string, start: number): number | undefined {
  const next = text.charCodeAt(start + 1);
  if (next !== SLASH && next !== STAR) return undefined;
  const end = next === SLASH ? text.indexOf('\n', start) : text.indexOf('*/', start + 2);
  if (end === -1) return text.length;
  return next === SLASH ? end : end + 2;
}
