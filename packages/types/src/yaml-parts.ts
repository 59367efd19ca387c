/**
 * A large YAML text, read in parts. A YAML reader notes an event for every node before it makes the first of the
 * document, and of 20 MB of text those events alone fill an isolate of 128 MB. So the entries of the outer mappings are
 * read some at a time, each time into the objects that are there already.
 *
 * In a block mapping a line that stands as far to the right as its first key, and begins like a key, begins an entry;
 * inside of a quoted text or of `{}` it could only stand in a part that ends too early, which no reader takes.
 * An alias finds its anchor in its own part or not at all. So what can be read in parts is read as the whole would be,
 * and whatever else there is (another form, an error) is left to whoever reads the whole.
 */
export interface YamlPart {
  /** Entries of one block mapping, indented as they are in the whole. */
  readonly text: string;
  /** Makes the object of each mapping, in the order in which they begin. */
  readonly create: () => Record<string, unknown>;
  /** Mappings around this one. */
  readonly level: number;
}

/** Characters that are read at a time: few events, and few parts. */
const PART_LENGTH = 1_000_000;
/** Shorter texts are read as a whole. */
const MIN_PARTS = 4;
/** Nobody's large mappings have more around them (`components`, `schemas`, one of them), and to look for each costs a pass. */
const MAX_LEVEL = 3;

const SPACE = 0x20;
const KEY_START = /[\w/'"$]/;

type Mapping = Record<string, unknown>;

/**
 * The document of a text of some megabytes whose root is a block mapping; undefined for any other, and where it can only
 * be read as a whole. `load` reads a part and returns its document; it may throw.
 */
export function readYamlInParts(text: string, load: (part: YamlPart) => unknown, partLength: number = PART_LENGTH): Mapping | undefined {
  /** Reads a part whose first mapping is `into`, and whose second is `nested`. */
  const readPart = (part: string, level: number, into: Mapping, nested?: Mapping): boolean => {
    const known = nested === undefined ? [into] : [into, nested];
    let created = 0;
    const create = () => {
      created += 1;
      return known[created - 1] ?? {};
    };
    return load({ text: part, create, level }) === into && (nested === undefined || created === known.length);
  };

  const readLarge = (start: number, end: number, level: number, into: Mapping): boolean => {
    const inside = afterLine(text, start, end);
    const key = text.slice(start, inside).trimEnd();
    const first = contentLine(text, inside, end);
    const isNested = level < MAX_LEVEL && key.endsWith(':') && isEntry(text, first) && columnOf(text, first) > columnOf(text, start);
    if (!isNested) return readPart(text.slice(start, end), level, into);
    const nested = {};
    return readPart(`${key} {}`, level, into, nested) && readEntries(first, end, level + 1, nested);
  };

  const readEntries = (first: number, end: number, level: number, into: Mapping): boolean => {
    const column = columnOf(text, first);
    const read = (from: number, to: number): boolean => from === to || readPart(text.slice(from, to), level, into);
    let unread = first;
    for (let entry = first; entry < end; ) {
      const next = nextEntry(text, entry, end, column);
      if (next - entry > partLength) {
        if (!read(unread, entry) || !readLarge(entry, next, level, into)) return false;
        unread = next;
      } else if (next - unread > partLength) {
        if (!read(unread, next)) return false;
        unread = next;
      }
      entry = next;
    }
    return read(unread, end);
  };

  if (text.length < MIN_PARTS * partLength) return undefined;
  const first = beginning(text);
  if (!isEntry(text, first) || hasBoundary(text, first)) return undefined;
  const document = {};
  try {
    return readEntries(first, text.length, 0, document) ? document : undefined;
  } catch {
    return undefined;
  }
}

/** Where the first line of the document begins: after comments and one `---`. */
function beginning(text: string): number {
  const first = contentLine(text, 0, text.length);
  const next = afterLine(text, first, text.length);
  return text.slice(first, next).trimEnd() === '---' ? contentLine(text, next, text.length) : first;
}

/** Whether a document begins or ends at a later line. */
function hasBoundary(text: string, from: number): boolean {
  const boundary = /^(?:---|\.\.\.)/gm;
  boundary.lastIndex = from;
  return boundary.test(text);
}

/** Where the next line begins. */
function afterLine(text: string, position: number, end: number): number {
  const feed = text.indexOf('\n', position);
  return feed < 0 || feed >= end ? end : feed + 1;
}

function columnOf(text: string, line: number): number {
  let at = line;
  while (text.charCodeAt(at) === SPACE) at += 1;
  return at - line;
}

/** Whether a line begins as a key does. */
const isEntry = (text: string, line: number): boolean => KEY_START.test(text.charAt(line + columnOf(text, line)));

/** The first line from `start` on that is neither empty nor a comment. */
function contentLine(text: string, start: number, end: number): number {
  let line = start;
  while (line < end && /[#\r\n]/.test(text.charAt(line + columnOf(text, line)))) line = afterLine(text, line, end);
  return line;
}

/** The next line that begins like a key in this column. */
function nextEntry(text: string, entry: number, end: number, column: number): number {
  let line = afterLine(text, entry, end);
  while (line < end && !(columnOf(text, line) === column && isEntry(text, line))) line = afterLine(text, line, end);
  return line;
}
