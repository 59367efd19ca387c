/**
 * One text for all JSON values that mean the same: members sorted, no white space (RFC 8785 in spirit),
 * hashed piece by piece so that a 20 MB specification never exists as a second string, be it an object or itself a text.
 *
 * Recursion is safe here because admission has bounded the depth.
 */
import { createHash } from 'node:crypto';
import { isRecord } from './record.ts';

const FLUSH_AT_CHARACTERS = 64 * 1024;

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;

/** Hex SHA-256 of the canonical form of a JSON value. */
export function fingerprintOf(value: unknown): string {
  const hash = createHash('sha256');
  let pending = '';
  const write = (text: string): void => {
    pending += text;
    if (pending.length < FLUSH_AT_CHARACTERS) return;
    hash.update(pending);
    pending = '';
  };
  const writeText = (text: string): void => {
    write('"');
    for (let start = 0; start < text.length; ) {
      const end = start + FLUSH_AT_CHARACTERS;
      // Half a pair would be written as an escape.
      const cut = end < text.length && isHighSurrogate(text.charCodeAt(end - 1)) ? end - 1 : end;
      write(JSON.stringify(text.slice(start, cut)).slice(1, -1));
      start = cut;
    }
    write('"');
  };
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) {
      node.forEach((item, index) => {
        write(index === 0 ? '[' : ',');
        visit(item);
      });
      write(node.length === 0 ? '[]' : ']');
    } else if (isRecord(node)) {
      const names = Object.keys(node)
        .filter((name) => node[name] !== undefined)
        .sort();
      names.forEach((name, index) => {
        write(`${index === 0 ? '{' : ','}${JSON.stringify(name)}:`);
        visit(node[name]);
      });
      write(names.length === 0 ? '{}' : '}');
    } else if (typeof node === 'string') {
      writeText(node);
    } else {
      write(JSON.stringify(node) ?? 'null');
    }
  };
  visit(value);
  return hash.update(pending).digest('hex');
}
