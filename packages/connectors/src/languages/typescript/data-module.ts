/**
 * The only place where a specification's text becomes part of a source file, and there it is data:
 * JSON, which is also TypeScript. `JSON.stringify` decides what must be escaped, so nothing in a text can
 * end the literal, and a key `__proto__` is written as a computed one, since a plain one would set the prototype.
 *
 * The layout is a person's: what fits on a line stays on it, the rest is broken and indented. Operations of
 * the dynamic mode are thousands, which nobody reads and both compiler and Worker would stumble over: each is
 * a line of JSON, parsed at the start.
 */
import { sharedRows } from '../shared-rows.ts';
import type { Api, Operation } from './runtime/operation.ts';

const LINE_WIDTH = 140;

/** `src/operations.ts` of a connector. */
export function dataModule(api: Api, operations: ReadonlyMap<string, Operation>): string {
  const head = `/**
 * What this connector offers. Data only; replace it by generating the connector again.
 */
`;
  const apiText = `export const api: Api = ${layout(api, '', 30)};\n`;
  if (api.mode === 'dynamic') {
    const { shared, rows } = sharedRows(operations, (name, row) => line(JSON.stringify([name, row])));
    const opening = `${head}import type { Api, Operations } from './operation.ts';
import { operationsOf } from './rows.ts';

${apiText}
export const operations: Operations = operationsOf(
  [
`;
    // Joined once: a text put together of texts would be in memory twice when it is read.
    return [opening, ...shared.map(line), '  ],\n  [\n', ...rows, '  ],\n);\n'].join('');
  }
  // One text per operation: a single list of all the small pieces would take more memory than the module.
  const entries = [...operations].map(([name, operation]) => `  ${keyText(name)}: ${layout(operation, '  ', keyText(name).length + 3)},\n`);
  return `${head}import type { Api, Operations } from './operation.ts';

${apiText}
export const operations: Operations = {
${entries.join('')}};
`;
}

const line = (json: string): string => `    ${jsonLiteral(json)},\n`;

/**
 * A string literal that holds this JSON. What is beyond Latin-1 is escaped: a single such character would make
 * the whole module take twice its size in memory.
 */
function jsonLiteral(json: string): string {
  return `'${json.replace(/[^ -~]/g, escaped).replace(/[\\']/g, '\\$&')}'`;
}

function layout(value: unknown, indentation: string, used: number): string {
  const chunks: string[] = [];
  write(value, indentation, used, chunks);
  return chunks.join('');
}

/** Appends the value; `used` is what the line already holds beside the indentation. */
function write(value: unknown, indentation: string, used: number, chunks: string[]): void {
  const flat = flatText(value, LINE_WIDTH - indentation.length - used);
  if (flat !== null) {
    chunks.push(flat);
    return;
  }
  const inner = `${indentation}  `;
  if (Array.isArray(value)) {
    chunks.push('[\n');
    for (const item of value) {
      chunks.push(inner);
      write(item, inner, 1, chunks);
      chunks.push(',\n');
    }
    chunks.push(`${indentation}]`);
    return;
  }
  if (typeof value === 'object' && value !== null) {
    chunks.push('{\n');
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue;
      const label = keyText(key);
      chunks.push(`${inner}${label}: `);
      write(item, inner, label.length + 3, chunks);
      chunks.push(',\n');
    }
    chunks.push(`${indentation}}`);
    return;
  }
  chunks.push(scalarText(value));
}

/** The value on one line, or null when that is longer than `width`. Scalars are never too long: they cannot be broken. */
function flatText(value: unknown, width: number): string | null {
  if (typeof value !== 'object' || value === null) return scalarText(value);
  let text = '';
  const isList = Array.isArray(value);
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    const label = isList ? '' : `${keyText(key)}: `;
    const part = flatText(item, width - text.length - label.length - 4);
    if (part === null) return null;
    text += `${text === '' ? '' : ', '}${label}${part}`;
    if (text.length > width - 4) return null;
  }
  if (text === '') return isList ? '[]' : '{}';
  return isList ? `[${text}]` : `{ ${text} }`;
}

/** Simple names stand bare, as a person writes them; every other key is a JSON text. */
function keyText(key: string): string {
  if (key === '__proto__') return '["__proto__"]';
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(key) ? key : scalarText(key);
}

/** What a reader does not see, or sees elsewhere than it stands: ends of lines, changes of direction, marks of byte order. */
const invisible = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** JSON; in single quotes where that is the same text, which is where nothing had to be escaped. */
function scalarText(value: unknown): string {
  const json = JSON.stringify(value ?? null).replace(invisible, escaped);
  const isPlain = typeof value === 'string' && json.length === value.length + 2 && !value.includes("'");
  return isPlain ? `'${value}'` : json;
}
