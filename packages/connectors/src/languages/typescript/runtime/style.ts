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
  const wellFormed = text.replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD');
  const encoded = encodeURIComponent(wellFormed).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return kept === undefined ? encoded : encoded.replace(kept, (escaped) => decodeURIComponent(escaped));
}

/** What `allowReserved` leaves alone: the reserved characters that a path segment or a query value can hold (RFC 3986, section 3). */
const reservedInPath = /%(3A|40|21|24|26|27|28|29|2A|2B|2C|3B|3D)/g;
const reservedInQuery = /%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B|3D)/g;

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
  if (value === undefined) return '';
  const one = (item: unknown): string => encode(toText(item), allowReserved ? reservedInPath : undefined);
  const prefix = style === 'label' ? '.' : style === 'matrix' ? ';' : '';
  const key = encode(name);
  if (Array.isArray(value)) {
    const items = value.map(one);
    if (style === 'matrix') return explode ? items.map((item) => `;${key}=${item}`).join('') : `;${key}=${items.join(',')}`;
    return prefix + items.join(style === 'label' && explode ? '.' : ',');
  }
  if (isRecord(value)) {
    const entries = Object.entries(value).map(([property, item]): Pair => [encode(property), one(item)]);
    if (explode) {
      const pairs = entries.map(([property, item]) => `${property}=${item}`);
      return prefix + pairs.join(style === 'label' ? '.' : style === 'matrix' ? ';' : ',');
    }
    const flat = entries.flat().join(',');
    return style === 'matrix' ? `;${key}=${flat}` : prefix + flat;
  }
  const text = one(value);
  if (style === 'matrix') return text === '' ? `;${key}` : `;${key}=${text}`;
  return prefix + text;
}

/** A header's value in the style simple; undefined when there is none. Line breaks would end the header: they become blanks. */
export function headerText(given: unknown, explode: boolean): string | undefined {
  const value = defined(given);
  if (value === undefined) return undefined;
  const flat = Array.isArray(value)
    ? value.map(toText).join(',')
    : isRecord(value)
      ? Object.entries(value)
          .map(([name, item]) => (explode ? `${name}=${toText(item)}` : `${name},${toText(item)}`))
          .join(',')
      : toText(value);
  // Headers carry printable bytes: control characters and what is beyond Latin-1 travel percent-encoded.
  return flat.replace(/[\r\n\0]+/g, ' ').replace(/[^\t\u0020-\u007e\u0080-\u00ff]/gu, (character) => encode(character));
}

/** Encoded name-value pairs of a query, cookie or form field in the styles form, spaceDelimited, pipeDelimited and deepObject. */
export function pairs(name: string, given: unknown, style: Style, explode: boolean, allowReserved = false): readonly Pair[] {
  const value = defined(given);
  if (value === undefined) return [];
  const one = (item: unknown): string => encode(toText(item), allowReserved ? reservedInQuery : undefined);
  const key = encode(name);
  if (style === 'deepObject' && typeof value === 'object' && value !== null) return deepPairs(key, value, one);
  if (Array.isArray(value)) {
    if (explode && style === 'form') return value.map((item): Pair => [key, one(item)]);
    const separator = style === 'spaceDelimited' ? '%20' : style === 'pipeDelimited' ? '%7C' : ',';
    return [[key, value.map(one).join(separator)]];
  }
  if (isRecord(value)) {
    const entries = Object.entries(value).map(([property, item]): Pair => [encode(property), one(item)]);
    if (explode) return entries;
    const separator = style === 'spaceDelimited' ? '%20' : style === 'pipeDelimited' ? '%7C' : ',';
    return [[key, entries.flat().join(separator)]];
  }
  return [[key, one(value)]];
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
