/**
 * Keys that an object of a text has more than once. JSON and YAML readers let the last one win, and whatever the others
 * said (all but one method of a path, say) is gone without a word; so it is told.
 *
 * JSON's own reader is ten times as fast as any that would notice, so keys are counted: as many as were written must
 * have been read. They are counted quickly first, by their colons, and exactly only where that gives another number. Only
 * a text in which that differs too is read once more, as the YAML that JSON is.
 */
import { mapTag } from 'js-yaml';
import { oneLine, pointerTo, shorten } from '../json.ts';
import { newIssues } from '../model/issues.ts';
import { tellOfText } from './issues-of-text.ts';

/** Keys that were written again, by the object that has them. */
export type RepeatedKeys = Map<unknown, Set<string>>;

/** A YAML mapping that notes in `repeated` which of its keys were written again. */
export function notingTag(repeated: RepeatedKeys): typeof mapTag {
  const merged = new Map<unknown, Set<string>>();
  const note = (keys: RepeatedKeys, mapping: unknown, key: string): void => {
    const known = keys.get(mapping) ?? new Set();
    keys.set(mapping, known.add(key));
  };
  return {
    ...mapTag,
    // With the option `json` nobody asks but a merge key (`<<`): what it brings may be written again.
    has: (mapping, key) => {
      const isThere = mapTag.has(mapping, key);
      if (!isThere) note(merged, mapping, String(key));
      return isThere;
    },
    addPair: (mapping, key, value) => {
      const name = String(key);
      if (mapTag.has(mapping, key) && merged.get(mapping)?.delete(name) !== true) note(repeated, mapping, name);
      return mapTag.addPair(mapping, key, value);
    },
  };
}

/** At least as many keys as a valid JSON text writes, and hardly ever more: colons behind a quotation mark that is not escaped. */
export function keysAtMost(text: string): number {
  let keys = 0;
  for (let colon = text.indexOf(':'); colon >= 0; colon = text.indexOf(':', colon + 1)) {
    let before = colon - 1;
    while (text.charCodeAt(before) <= SPACE) before -= 1;
    if (text.charCodeAt(before) === QUOTE && !isEscaped(text, before)) keys += 1;
  }
  return keys;
}

/** How many keys a valid JSON text writes. */
export function keysWritten(text: string): number {
  let keys = 0;
  for (let start = text.indexOf('"'); start >= 0; ) {
    let end = text.indexOf('"', start + 1);
    while (text.charCodeAt(end - 1) === BACKSLASH && isEscaped(text, end)) end = text.indexOf('"', end + 1);
    let next = end + 1;
    while (text.charCodeAt(next) <= SPACE) next += 1;
    if (text.charCodeAt(next) === COLON) keys += 1;
    start = text.indexOf('"', next);
  }
  return keys;
}

const SPACE = 0x20;
const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text.charCodeAt(before) === BACKSLASH) before -= 1;
  return (at - before) % 2 === 0;
}

/** Tells of `document` which keys the text repeats; `read` is the document whose objects have them, of the same form. */
export function tellRepeated(document: object, read: unknown, repeated: RepeatedKeys): void {
  const issues = newIssues();
  const seen = new Set<unknown>();
  const look = (value: unknown, pointer: string): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    for (const key of repeated.get(value) ?? [])
      issues.add(
        'warning',
        pointerTo(pointer, key),
        `The key "${shorten(oneLine(key), 80)}" is written more than once; the last one counts.`,
      );
    for (const [key, item] of Object.entries(value)) look(item, pointerTo(pointer, key));
  };
  look(read, '');
  tellOfText(document, issues.list);
}

/** Tells of a document that its text repeats keys, of which nobody could find out which they are. */
export function tellUnplaced(document: object): void {
  tellOfText(document, [{ severity: 'warning', pointer: '', message: 'Keys are written more than once; the last of each counts.' }]);
}
