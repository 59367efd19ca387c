/**
 * Looking into documents that nobody has checked. A specification is `unknown` all the way down; these
 * guards are the only way in, so that a wrong type anywhere is "absent" and never an exception.
 */

export type JsonObject = { readonly [key: string]: unknown };

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object itself, or an empty one when it is anything else. */
export const objectOr = (value: unknown): JsonObject => (isObject(value) ? value : {});

/** The array itself, or an empty one when it is anything else. */
export const arrayOr = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The text, or undefined when it is not a text or empty. */
export const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** Own property only: a document may hold keys such as `constructor` or `__proto__`. */
export const own = (object: JsonObject, key: string): unknown => (Object.hasOwn(object, key) ? object[key] : undefined);

/** Sets an own property even for the key `__proto__`, which plain assignment would take for the prototype. */
export function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}

/**
 * Appends a step to a JSON Pointer (RFC 6901). A path is split and joined, because what is replaced piece by piece stays
 * pieces in memory, and the pointers of operations are kept by the ten thousand.
 */
export const pointerTo = (pointer: string, step: string | number): string =>
  typeof step === 'number' || !/[~/]/.test(step) ? `${pointer}/${step}` : `${pointer}/${step.replaceAll('~', '~0').split('/').join('~1')}`;

/** At most `length` characters, ending in an ellipsis when something was left out; never cuts a surrogate pair. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, Math.max(0, length - 1)).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** One line of text: white space and control characters become single blanks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point.
export const oneLine = (text: string): string => text.replace(/[\u0000-\u0020\u007f-\u00a0\u2028\u2029]+/g, ' ').trim();
