/**
 * Markdown that holds foreign text. A specification's words are shown as words: nothing of them is a heading, a
 * link, an image, HTML or a table's border, whoever reads the file.
 */
import { oneLine, shorten } from '../json.ts';

/** What Markdown takes for its own anywhere, links without brackets included, and what it does at the start of a line. */
const signs = /[\\`*_[\]<>|#!&~$:@]|(?<=www)\.|^[-+=]|(?<=^\d{1,9})[.)]/gi;

/** Foreign text inside a line or at its start: one line, shortened, in which no sign is Markdown's. */
export const plain = (text: string, length = 240): string => shorten(oneLine(text), length).replace(signs, (sign) => `\\${sign}`);

/** Text as code inside a line, between more backticks than it holds. In tables a bar would end the cell, code or not. */
export function code(text: string): string {
  const line = oneLine(text);
  // Before an escaped bar, readers of tables disagree on whose the backslash is.
  if (line.includes('\\|')) return plain(line, line.length);
  const fence = '`'.repeat(longestRun(line) + 1);
  const padding = /^`|`$/.test(line) || line === '' ? ' ' : '';
  return `${fence}${padding}${line}${padding}${fence}`.replaceAll('|', '\\|');
}

/** A block of code, as it stands. */
export function block(language: string, content: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(content) + 1));
  return `${fence}${language}\n${content.trimEnd()}\n${fence}`;
}

/** JSON, indented as people write it. */
export const json = (value: unknown): string => block('json', JSON.stringify(value, null, 2));

/** A table; cells are Markdown of one line. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** Parts of a page, a blank line between them. */
export const page = (parts: readonly string[]): string => `${parts.filter((part) => part !== '').join('\n\n')}\n`;

const longestRun = (text: string): number => Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
