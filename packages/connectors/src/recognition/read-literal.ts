/**
 * Reads a literal that `data-module.ts` wrote, without running it: JSON, and beside it bare keys, single
 * quotes, trailing commas and the computed key `__proto__`. A connector that is handed in comes from a
 * stranger, so its data module is text to read like any other, and whatever else stands in it is refused.
 */
import { setOwn } from '../json.ts';
import { MAX_DEPTH as MAX_DOCUMENT_DEPTH } from '../readers/read-specification.ts';
import { MAX_NESTING } from '../tools/project-schema.ts';

/**
 * Deeper than any data this engine writes: a level of a schema is two of a literal, and between those levels
 * stand the parts of an `allOf` and values, as deep as a document may be.
 */
const MAX_DEPTH = 4 * (MAX_NESTING + MAX_DOCUMENT_DEPTH);

const space = /\s*/y;
const number = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const word = /true|false|null/y;
const bareKey = /[A-Za-z_$][A-Za-z0-9_$]*/y;
const prototypeKey = /\["__proto__"\]/y;
const doubleQuoted = /"[^"\\\n]*(?:\\.[^"\\\n]*)*"/y;
const singleQuoted = /'[^'\\\n]*(?:\\.[^'\\\n]*)*'/y;

/** The text at this place is no literal of ours. */
class NotALiteral extends Error {}

/** The value that begins at `start`, and where the text goes on; null when it is no literal. */
export function readLiteral(text: string, start: number): { readonly value: unknown; readonly end: number } | null {
  const reader = new Reader(text, start);
  try {
    const value = reader.value(0);
    return { value, end: reader.position };
  } catch (error) {
    // JSON.parse complains of escapes that are none.
    if (error instanceof NotALiteral || error instanceof SyntaxError) return null;
    throw error;
  }
}

class Reader {
  readonly #text: string;
  position: number;

  constructor(text: string, start: number) {
    this.#text = text;
    this.position = start;
  }

  value(depth: number): unknown {
    if (depth > MAX_DEPTH) throw new NotALiteral();
    this.#take(space);
    if (this.#skip('{')) return this.#object(depth);
    if (this.#skip('[')) return this.#list(depth);
    const text = this.#quoted();
    if (text !== undefined) return text;
    const scalar = this.#take(number) ?? this.#take(word);
    if (scalar === undefined) throw new NotALiteral();
    return JSON.parse(scalar);
  }

  #object(depth: number): unknown {
    const value: Record<string, unknown> = {};
    for (;;) {
      this.#take(space);
      if (this.#skip('}')) return value;
      const key = this.#take(prototypeKey) === undefined ? (this.#take(bareKey) ?? this.#quoted()) : '__proto__';
      this.#take(space);
      if (key === undefined || !this.#skip(':')) throw new NotALiteral();
      setOwn(value, key, this.value(depth + 1));
      this.#separator('}');
    }
  }

  #list(depth: number): unknown {
    const value: unknown[] = [];
    for (;;) {
      this.#take(space);
      if (this.#skip(']')) return value;
      value.push(this.value(depth + 1));
      this.#separator(']');
    }
  }

  #separator(end: string): void {
    this.#take(space);
    if (!this.#skip(',') && this.#text[this.position] !== end) throw new NotALiteral();
  }

  #quoted(): string | undefined {
    const double = this.#take(doubleQuoted);
    if (double !== undefined) return JSON.parse(double);
    const single = this.#take(singleQuoted);
    if (single === undefined) return undefined;
    const inner = single.slice(1, -1).replace(/\\.|"/g, (part) => (part === '"' ? '\\"' : part === "\\'" ? "'" : part));
    return JSON.parse(`"${inner}"`);
  }

  #skip(character: string): boolean {
    if (this.#text[this.position] !== character) return false;
    this.position += 1;
    return true;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) return undefined;
    this.position = pattern.lastIndex;
    return found;
  }
}
