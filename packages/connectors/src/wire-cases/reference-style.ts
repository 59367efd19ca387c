/**
 * What a value looks like in OpenAPI's styles, told a second time and another way: the runtimes build texts by
 * hand, this reads OpenAPI's own definition, which is RFC 6570 (a table of operators) plus three styles of
 * OpenAPI's (specification 3.1, "Style Values"). A test that took its expectations from the code it tests would
 * prove nothing.
 */
import { isObject } from '../json.ts';
import type { ParameterStyle } from '../model/model.ts';

/** How texts are written: percent-encoded, or as they stand in a header. */
export type Spelling = (text: string) => string;

export interface Notation {
  readonly style: ParameterStyle;
  readonly explode: boolean;
  readonly spell: Spelling;
  /** Between the pairs of the style `form`; `&` unless it says otherwise. */
  readonly between?: string;
}

const unreserved = /[A-Za-z0-9\-._~]/;
/** What `allowReserved` lets stand: the reserved characters that a path segment can hold (RFC 3986, section 3.3) … */
const reservedInPath = /[:@!$&'()*+,;=]/;
/** … and a query value, whose end `&` would be and which URLs never hold a `'` in (section 3.4). */
const reservedInQuery = /[:/?@!$()*,;=]/;

/** RFC 3986, section 2.1: every byte of the UTF-8 text that is not unreserved, in upper case. */
export const percentEncoded: Spelling = (text) => encodeWhere(text, (character) => unreserved.test(character));

/** `allowReserved`: what the place can hold stays too. */
export const percentEncodedReserved =
  (place: 'path' | 'query'): Spelling =>
  (text) => {
    const reserved = place === 'path' ? reservedInPath : reservedInQuery;
    return encodeWhere(text, (character) => unreserved.test(character) || reserved.test(character));
  };

function encodeWhere(text: string, isKept: (character: string) => boolean): string {
  return [...new TextEncoder().encode(text)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return isKept(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

/** A scalar as people write it; what is deeper than OpenAPI's styles go, as JSON. */
export const scalarText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** RFC 6570, appendix A: what stands first, what stands between, whether names are written, and `name` or `name=` when empty. */
interface Operator {
  readonly first: string;
  readonly between: string;
  readonly named: boolean;
  readonly ifEmpty: string;
}

const operators: Readonly<Record<'simple' | 'label' | 'matrix' | 'form', Operator>> = {
  simple: { first: '', between: ',', named: false, ifEmpty: '' },
  label: { first: '.', between: '.', named: false, ifEmpty: '' },
  matrix: { first: ';', between: ';', named: true, ifEmpty: '' },
  form: { first: '', between: '&', named: true, ifEmpty: '=' },
};

/** What separates the items of OpenAPI's own styles: escaped already, which is what tells it from a value's own. */
const delimiters: Readonly<Record<'spaceDelimited' | 'pipeDelimited', string>> = { spaceDelimited: '%20', pipeDelimited: '%7C' };

/** The text of a value; empty when it is undefined. */
export function styled(name: string, given: unknown, { style, explode, spell, between = '&' }: Notation): string {
  const value = defined(given);
  if (value === undefined) return '';
  switch (style) {
    case 'deepObject':
      return deepLeaves(value)
        .map(([path, leaf]) => `${spell(name)}${path.map((step) => `%5B${spell(step)}%5D`).join('')}=${spell(scalarText(leaf))}`)
        .join(between);
    case 'spaceDelimited':
    case 'pipeDelimited': {
      // An exploded object has no list to delimit: it is what it is in the style form.
      if (!Array.isArray(value) && (explode || !isObject(value))) return expanded(name, value, operators.form, true, spell);
      return `${spell(name)}=${itemsOf(value, spell).join(delimiters[style])}`;
    }
    case 'form':
      return expanded(name, value, { ...operators.form, between }, explode, spell);
    default:
      return expanded(name, value, operators[style], explode, spell);
  }
}

/** RFC 6570, section 2.3: null is no value, a list or an object of none is none itself. */
function defined(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value ?? undefined;
  const members = Object.entries(value).filter(([, member]) => member !== null);
  if (members.length === 0) return undefined;
  return Array.isArray(value) ? members.map(([, member]) => member) : Object.fromEntries(members);
}

/** RFC 6570, section 3.2.1. */
function expanded(name: string, value: unknown, { first, between, named, ifEmpty }: Operator, explode: boolean, spell: Spelling): string {
  const pair = (key: string, text: string): string => `${key}${text === '' ? ifEmpty : `=${text}`}`;
  const labelled = (text: string): string => (named ? pair(spell(name), text) : text);
  if (explode && Array.isArray(value)) return joined(value.map((item) => labelled(spell(scalarText(item)))));
  if (explode && isObject(value)) return joined(Object.entries(value).map(([key, item]) => `${spell(key)}=${spell(scalarText(item))}`));
  return first + labelled(itemsOf(value, spell).join(','));

  function joined(parts: readonly string[]): string {
    return parts.length === 0 ? '' : first + parts.join(between);
  }
}

/** A list's items, an object's keys and values in turn, or the scalar alone. */
function itemsOf(value: unknown, spell: Spelling): readonly string[] {
  if (Array.isArray(value)) return value.map((item) => spell(scalarText(item)));
  if (isObject(value)) return Object.entries(value).flatMap(([key, item]) => [spell(key), spell(scalarText(item))]);
  return [spell(scalarText(value))];
}

type Leaf = readonly [path: readonly string[], value: unknown];

/** OpenAPI defines one level; the APIs that go deeper continue the brackets. */
function deepLeaves(value: unknown, path: readonly string[] = []): readonly Leaf[] {
  if (value === null) return [];
  if (typeof value !== 'object') return [[path, value]];
  return Object.entries(value).flatMap(([key, item]) => deepLeaves(item, [...path, key]));
}
