/**
 * Writes one parameter in OpenAPI's styles (specification 3.1.1, section 4.8.12, "Style Values").
 *
 * Every value is percent-encoded by itself before the style's own separators are put between, so that
 * no value can add a path segment, a parameter or a header, whatever it holds. What RFC 6570 calls undefined
 * (null, an empty list, an empty object) is not written at all.
 */
import type { Style } from './operation.ts';

export type Pair = readonly [name: string, value: string];

/** Percent-encodes all but unreserved characters; `kept` are escapes of reserved characters that stay as they are. */
export function encode(text: string, kept?: RegExp): string {
  const encoded = encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return kept === undefined ? encoded : encoded.replace(kept, (escaped) => decodeURIComponent(escaped));
}

/** What `allowReserved` leaves alone: the reserved characters that a path segment or a query value can hold (RFC 3986, section 3). */
const reservedInPath = /%(2[146-9A-C]|3[ABD]|40)/g;
const reservedInQuery = /%(2[147-9ACF]|3[ABDF]|40)/g;

/** A scalar as text; anything else as JSON. */
export const toText = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

/** An object that is no list. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value without what is undefined in it; undefined when nothing is left. */
function defined(value: unknown): unknown {
  if (value === null) return undefined;
  if (Array.isArray(value)) {
    const items = value.filter((item) => item !== null);
    return items.length === 0 ? undefined : items;
  }
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== null);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** A path parameter in the styles simple, label and matrix. */
export function pathText(name: string, given: unknown, style: Style, explode: boolean, allowReserved = false): string {
  const value = defined(given);
  return value === undefined ? '' : joined(encode(name), value, style, explode, encode, allowReserved ? reservedInPath : undefined);
}

/** A header's value in the style simple; undefined when there is none. Line breaks would end the header: they become blanks. */
export function headerText(given: unknown, explode: boolean): string | undefined {
  const value = defined(given);
  if (value === undefined) return undefined;
  const flat = joined('', value, 'simple', explode, (text) => text);
  // Headers carry printable bytes: control characters and what is beyond Latin-1 travel percent-encoded.
  return flat.replace(/[\r\n\0]+/g, ' ').replace(/[^\t\u0020-\u007e\u0080-\u00ff]/gu, (character) => encode(character));
}

/** One text in the styles simple, label and matrix; `kept` is for values alone. */
function joined(key: string, value: unknown, style: Style, explode: boolean, spell: typeof encode, kept?: RegExp): string {
  const prefix = style === 'label' ? '.' : style === 'matrix' ? ';' : '';
  const between = (explode && prefix) || ',';
  const one = (item: unknown): string => spell(toText(item), kept);
  if (isRecord(value)) {
    const members = Object.entries(value).map(([property, item]) => `${spell(property)}${explode ? '=' : ','}${one(item)}`);
    return `${prefix}${style === 'matrix' && !explode ? `${key}=` : ''}${members.join(between)}`;
  }
  const items = (Array.isArray(value) ? value : [value]).map(one);
  if (style !== 'matrix') return prefix + items.join(between);
  const named = (text: string): string => (text === '' && !Array.isArray(value) ? `;${key}` : `;${key}=${text}`);
  return explode ? items.map(named).join('') : named(items.join(','));
}

/** Encoded name-value pairs of a query, cookie or form field in the styles form, spaceDelimited, pipeDelimited and deepObject. */
export function pairs(name: string, given: unknown, style: Style, explode: boolean, allowReserved = false): readonly Pair[] {
  const value = defined(given);
  if (value === undefined) return [];
  const one = (item: unknown): string => encode(toText(item), allowReserved ? reservedInQuery : undefined);
  const key = encode(name);
  const separator = style === 'spaceDelimited' ? '%20' : style === 'pipeDelimited' ? '%7C' : ',';
  if (style === 'deepObject' && typeof value === 'object' && value !== null) return deepPairs(key, value, one);
  if (isRecord(value)) {
    const entries = Object.entries(value).map(([property, item]): Pair => [encode(property), one(item)]);
    return explode ? entries : [[key, entries.flat().join(separator)]];
  }
  const items = (Array.isArray(value) ? value : [value]).map(one);
  return explode && style === 'form' ? items.map((item): Pair => [key, item]) : [[key, items.join(separator)]];
}

/**
 * `filter[name]=x`, with its brackets escaped because a query must not hold them; deeper levels and lists continue
 * them, as the APIs that use this style expect.
 */
function deepPairs(key: string, value: object, one: (item: unknown) => string): Pair[] {
  return Object.entries(value).flatMap(([property, item]): Pair[] => {
    if (item === null) return [];
    const deeper = `${key}%5B${encode(property)}%5D`;
    return typeof item === 'object' && item !== null ? deepPairs(deeper, item, one) : [[deeper, one(item)]];
  });
}
