/**
 * Text of a specification -> plain document. GraphQL SDL stays the text it is: its reader bounds it.
 *
 * The text is hostile. JSON cannot grow while it is read, but it can nest; YAML can also share: a few
 * lines of aliases stand for billions of nodes. js-yaml keeps shared nodes shared and does not count
 * them, so the document is walked once as the tree a naive reader would see, and refused beyond a
 * budget. The same walk bounds the depth, which lets everything after it recurse without fear, and of a
 * large document makes equal texts one text: the largest of the corpus says 43,000 things 436,000 times.
 */
import { ok, type PlainJson, plainJson, type Result, readYamlInParts, type SpecFormat, type SpecType } from '@mcpoverflow/types';
import { CORE_SCHEMA, load, mergeTag, YAMLException } from 'js-yaml';
import { type SpecificationFault, unusable } from '../fault.ts';
import { isObject } from '../json.ts';
import { tellOfText } from './issues-of-text.ts';
import { keysAtMost, keysWritten, notingTag, type RepeatedKeys, tellRepeated, tellUnplaced } from './repeated-keys.ts';

/** Deeper documents are refused (design section 5). */
export const MAX_DEPTH = 200;
/** Nodes after following YAML aliases; the largest real document of the corpus has 1.2 million. */
export const MAX_NODES = 5_000_000;
/** Characters that may be read again because lines of a YAML text were moved to the right: some seconds of work. */
const MAX_READ_AGAIN = 40_000_000;
/** Characters of a JSON text that is read once more to find out which keys it repeats. */
const MAX_READ_TWICE = 4_000_000;
/** Characters of a text whose document fits into the memory with every text that it repeats; to look for them takes a tenth of reading it. */
const MAX_UNSHARED = 16_000_000;
/** Columns by which such a line is moved: hardly any key stands further to the right. */
const MOVE = 200;

export interface SpecificationText {
  /**
   * A large text takes more memory than its document. One that only a function can name is let go as soon as it is
   * parsed; one that is handed in is held by whoever calls until the call has ended.
   */
  readonly text: string | (() => string);
  readonly specType: SpecType;
  readonly format: SpecFormat;
}

interface Parsed {
  readonly document: unknown;
  /** Of the text, in characters. */
  readonly length: number;
  /** Keys that the text writes, or a few more; undefined where `repeated` says which of them it writes again. */
  readonly keys?: number;
  readonly repeated?: RepeatedKeys;
  /** The text was JSON but for comments and trailing commas. */
  readonly plain?: PlainJson;
}

/**
 * Reads JSON or YAML text into a document. Fails with `specification-unusable` for text that cannot be read.
 */
export function readSpecification(input: SpecificationText): Result<unknown, SpecificationFault> {
  const parsed = parse(input);
  if (!parsed.ok) return parsed;
  const { document, length, keys, repeated, plain } = parsed.value;
  const settled = settle(document, length > MAX_UNSHARED);
  if (!settled.ok) return settled;
  if (isObject(document) && plain !== undefined) tellPlain(document, plain);
  if (isObject(document) && keys !== undefined && keys !== settled.value)
    tellRepeatedOfJson(document, plain?.text ?? textOf(input), settled.value);
  if (isObject(document) && repeated !== undefined && repeated.size > 0) tellRepeated(document, document, repeated);
  return ok(document);
}

/** JSON is YAML, whose reader notes what is written again, as long as there is memory for two documents; `keys` is how many it has. */
function tellRepeatedOfJson(document: object, text: string, keys: number): void {
  if (keysWritten(text) === keys) return;
  const read = text.length > MAX_READ_TWICE ? null : parseYaml(text);
  if (read?.ok === true && read.value.repeated !== undefined) tellRepeated(document, read.value.document, read.value.repeated);
  else tellUnplaced(document);
}

function tellPlain(document: object, { line, column }: PlainJson): void {
  const message = `JSON has no comments and no trailing commas; they were passed over, from line ${line}, column ${column} on.`;
  tellOfText(document, [{ severity: 'warning', pointer: '', message }]);
}

const textOf = ({ text }: SpecificationText): string => withoutMark(typeof text === 'string' ? text : text());

/** A function of its own, because the text lives as long as a function that knows it. */
function parse(input: SpecificationText): Result<Parsed, SpecificationFault> {
  const text = textOf(input);
  if (text.trim() === '') return unusable('The specification is empty.');
  if (input.format === 'graphql') return ok({ document: text, length: text.length });
  // As YAML, a comment of JSON would be a key.
  return input.format === 'json' || /^\s*\{/.test(text) ? parseJson(text) : parseYaml(text);
}

/** A byte order mark is common in files from Windows and illegal in JSON. */
const withoutMark = (text: string): string => (text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);

function parseJson(text: string): Result<Parsed, SpecificationFault> {
  const strict = readJson(text);
  if (strict.ok) return strict;
  const plain = plainJson(text);
  const read = plain === undefined ? strict : readJson(plain.text);
  if (plain !== undefined && read.ok) return ok({ ...read.value, plain });
  // YAML that was sent as JSON.
  const asYaml = parseYaml(text);
  return asYaml.ok && isObject(asYaml.value.document) ? asYaml : read;
}

function readJson(text: string): Result<Parsed, SpecificationFault> {
  try {
    const document: unknown = JSON.parse(text);
    return ok({ document, length: text.length, keys: keysAtMost(text) });
  } catch (error) {
    return unusable(`The specification is not valid JSON: ${reason(error)}`);
  }
}

/** YAML 1.2 with the merge keys (`<<: *shared`) of 1.1, which people write by hand; the library bounds how much they copy. */
function parseYaml(text: string): Result<Parsed, SpecificationFault> {
  const inParts = parseYamlInParts(text);
  if (inParts !== undefined) return ok(inParts);
  let current = text;
  for (let charactersLeft = MAX_READ_AGAIN; ; charactersLeft -= current.length) {
    const repeated: RepeatedKeys = new Map();
    const schema = CORE_SCHEMA.withTags(mergeTag, notingTag(repeated));
    try {
      // `json`: a repeated key overrides, as in JSON, instead of making a vendor's document unreadable.
      return ok({ document: load(current, { schema, json: true, maxDepth: MAX_DEPTH }), length: current.length, repeated });
    } catch (error) {
      const moved = charactersLeft < current.length ? undefined : withLineMoved(current, error);
      if (moved === undefined) return unusable(`The specification is not valid YAML: ${reason(error)}`);
      current = moved;
    }
  }
}

/** A large text in parts, if it can be read so: the events of the whole would not fit. */
function parseYamlInParts(text: string): Parsed | undefined {
  const repeated: RepeatedKeys = new Map();
  const mapping = notingTag(repeated);
  const document = readYamlInParts(text, (part) => {
    const schema = CORE_SCHEMA.withTags(mergeTag, { ...mapping, create: part.create });
    return load(part.text, { schema, json: true, maxDepth: MAX_DEPTH - part.level });
  });
  return document === undefined ? undefined : { document, length: text.length, repeated };
}

/**
 * The text with one line moved to the right: where a quoted text or a `{}` or `[]` goes on, or ends, below its own
 * key. The standard forbids that, people write it, most parsers take it, and there white space means nothing.
 */
function withLineMoved(text: string, error: unknown): string | undefined {
  if (!(error instanceof YAMLException) || error.reason !== 'deficient indentation' || error.mark === undefined) return undefined;
  const start = text.lastIndexOf('\n', error.mark.position - 1) + 1;
  return `${text.slice(0, start)}${' '.repeat(MOVE)}${text.slice(start)}`;
}

const reason = (error: unknown): string => (error instanceof Error ? (error.message.split('\n')[0] ?? '').slice(0, 200) : 'unknown reason');

/**
 * Answers how many keys all objects have, and makes equal texts one where they are to be shared. Fails when the document,
 * seen as a tree, is too deep or too large.
 */
function settle(document: unknown, isShared: boolean): Result<number, SpecificationFault> {
  let nodes = 0;
  let keys = 0;
  const texts = new Map<string, string>();
  const shared = (text: string): string => {
    const first = texts.get(text);
    if (first === undefined) texts.set(text, text);
    return first ?? text;
  };
  const settled = (value: unknown, depth: number): string | null => {
    nodes += 1;
    if (nodes > MAX_NODES) return `The specification has more than ${MAX_NODES} nodes once its YAML aliases are followed.`;
    if (!isContainer(value)) return null;
    if (depth >= MAX_DEPTH) return `The specification nests deeper than ${MAX_DEPTH} levels.`;
    if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index += 1) {
        const item = value[index];
        if (typeof item === 'string') {
          nodes += 1;
          if (isShared) value[index] = shared(item);
        } else {
          const excess = settled(item, depth + 1);
          if (excess !== null) return excess;
        }
      }
      return null;
    }
    for (const key in value) {
      keys += 1;
      const item = value[key];
      if (typeof item === 'string') {
        nodes += 1;
        if (isShared) value[key] = shared(item);
      } else {
        const excess = settled(item, depth + 1);
        if (excess !== null) return excess;
      }
    }
    return null;
  };
  const excess = settled(document, 0);
  return excess === null ? ok(keys) : unusable(excess);
}

const isContainer = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
