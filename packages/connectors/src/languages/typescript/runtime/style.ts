/**
 * Writes one parameter in OpenAPI's styles (specification 3.1, section 4.8.12, "Style Values").
 *
 * Every value is percent-encoded by itself before the style's own separators are put between, so that
 * no value can add a path segment, a parameter or a header, whatever it holds.
 */
import type { Style } from './operation.ts';

export type Pair = readonly [name: string, value: string];

/** Percent-encodes all but unreserved characters; with `allowReserved` those of RFC 3986 stay too, except what would end the part. */
export function encode(text: string, allowReserved = false): string {
  const wellFormed = text.replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD');
  const encoded = encodeURIComponent(wellFormed).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  if (!allowReserved) return encoded;
  return encoded.replace(/%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B|5B|5D|3D)/g, (escaped) => decodeURIComponent(escaped));
}

/** A scalar as text; anything else as JSON. */
export const toText = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

/** An object that is no list. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A path parameter in the styles simple, label and matrix. */
export function pathText(name: string, value: unknown, style: Style, explode: boolean, allowReserved = false): string {
  const one = (item: unknown): string => encode(toText(item), allowReserved);
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

/** A header's value in the style simple. Line breaks would end the header: they become blanks. */
export function headerText(value: unknown, explode: boolean): string {
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
export function pairs(name: string, value: unknown, style: Style, explode: boolean, allowReserved = false): readonly Pair[] {
  const one = (item: unknown): string => encode(toText(item), allowReserved);
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

/** `filter[name]=x`; deeper levels and lists continue the brackets, as the APIs that use this style expect. */
function deepPairs(key: string, value: object, one: (item: unknown) => string): Pair[] {
  return Object.entries(value).flatMap(([property, item]): Pair[] => {
    const deeper = `${key}[${encode(property)}]`;
    return typeof item === 'object' && item !== null ? deepPairs(deeper, item, one) : [[deeper, one(item)]];
  });
}
