/** A YAML text that is read in parts is read as it would be as a whole, or not at all. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readYamlInParts } from '@mcpoverflow/types';
import { CORE_SCHEMA, load, mergeTag } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { isObject } from '../json.ts';
import { issuesOfText } from './issues-of-text.ts';
import { readSpecification } from './read-specification.ts';
import { notingTag, type RepeatedKeys } from './repeated-keys.ts';

const corpus = new URL('../../../../../shared/corpus/', import.meta.url);
const isThere = existsSync(corpus);
if (!isThere) console.warn(`\n!!! ${corpus.pathname} is missing: NO real YAML is read in parts.\n`);
test.runIf(process.env.CI !== undefined)('the corpus is there', () => expect(isThere).toBe(true));
const files = isThere ? readdirSync(corpus, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml')) : [];

/** As text, because the order of members counts; with the keys that were repeated. */
const told = (document: unknown, repeated: RepeatedKeys) =>
  JSON.stringify([document, [...repeated.values()].map((keys) => [...keys]).sort()]);

function whole(text: string): string | undefined {
  const repeated: RepeatedKeys = new Map();
  try {
    return told(load(text, { schema: CORE_SCHEMA.withTags(mergeTag, notingTag(repeated)), json: true, maxDepth: 200 }), repeated);
  } catch {
    return undefined;
  }
}

function inParts(text: string, partLength: number): string | undefined {
  const repeated: RepeatedKeys = new Map();
  const mapping = notingTag(repeated);
  const document = readYamlInParts(
    text,
    ({ text, create, level }) => {
      const schema = CORE_SCHEMA.withTags(mergeTag, { ...mapping, create });
      return load(text, { schema, json: true, maxDepth: 200 - level });
    },
    partLength,
  );
  return document === undefined ? undefined : told(document, repeated);
}

const nested = (levels: number) => Array.from({ length: levels }, (_, level) => `${' '.repeat(level)}a:\n`).join('');

describe('a text in parts', () => {
  test.each(files)('says what it says as a whole: %s', (name) => {
    const text = readFileSync(new URL(name, corpus), 'utf8');
    expect(inParts(text, text.length / 50)).toBe(whole(text));
  });

  test.each([
    ['entries of several levels', 'a:\n  b:\n    c: 1\n    d: [1, 2]\n  "e f":\n    g: x\nh: 2\n'],
    ['no end of line at its end', 'a: one\nb:\n  c: 2\n  d: 3'],
    ['lines of Windows', 'a:\r\n  b: 1\r\n  c: 2\r\nd: 3\r\n'],
    ['a head of comments', '# one\n\n# two\n---\n# three\na: 1\nb: 2\n'],
    ['comments everywhere', 'a:\n# left\n  # right\n  b: 1 # end\n\n  c: 2\n# last\nd: 3\n'],
    ['keys that are numbers, dates and words', '200: a\n2020-01-01: 2020-01-02\ntrue: b\nnull:\n  0x10: c\n  1e3: d\n'],
    ['keys that objects have', 'a:\n  __proto__:\n    b: 1\n    c: 2\n  constructor: d\n  e: 1\n'],
    ['keys in quotes', "'/a: b':\n  'c''d': 1\n  \"e\\n\": 2\n$ref: x\n"],
    ['repeated keys, near and far', 'a:\n  b: 1\n  c: 2\n  b: 3\nd: 1\na:\n  e: 4\n  e: 5\n'],
    ['texts of several lines', 'a: |\n  b: 1\n\n  # c\nd: >-\n   e:\n    f\n\ng: one\n  two\nh: "x\n  y"\n'],
    ['a text that keeps its empty lines', 'a: |+\n  b\n\n\nc: |1\n  d\n e\nf: 1\n'],
    ['a list below its key', 'a:\n- b: 1\n  c: 2\n- d\ne:\n  - f\n'],
    ['anchors beside their aliases', 'a: [&x {b: 1}, *x]\nc: [&x 2, *x]\n'],
    ['merged keys, some written again', 'a: [&x {b: 1, c: 2}, {<<: *x, b: 3}]\nd: 4\n'],
    ['a key that a merge brought, written after it', 'a: &x {b: 1, c: 2}\n<<: *x\nb: 3\nd: 4\nb: 5\n'],
    ['a merge of a large entry', 'a: 1\n<<:\n  b: 1\n  c: 2\n  d: 3\n'],
    ['what would merge without its quotes', '"<<":\n  a: 1\n  b: 2\nc: 3\n'],
    ['a return that ends a line', 'a:\rb:\n  c: 1\n  d: 2\n'],
    ['empty values', 'a:\nb:\n  c:\n  d: |\n  e: !!str\n  f: &x\ng:\n'],
    ['indentation from the start', '  a:\n    b: 1\n  c: 2\n'],
  ])('says what it says as a whole: %s', (_, text) => {
    const expected = whole(text);
    expect(expected).toBeDefined();
    for (const partLength of [1, 4, text.length / 4]) expect(inParts(text, partLength)).toBe(expected);
  });

  test.each([
    ['an alias whose anchor is far', 'a: &x {b: 1}\nc: 2\nd: *x\n'],
    ['two documents', 'a: 1\nb: 2\n---\nc: 3\n'],
    ['an empty document and another', '---\n---\na: 1\nb: 2\n'],
    ['an end before the end', 'a: 1\n...\nb: 2\n'],
    ['directives', '%YAML 1.2\n---\na: 1\nb: 2\n'],
    ['a list', '- a: 1\n- b: 2\n'],
    ['a text', 'a\nb\nc\nd\n'],
    ['a text that looks like entries', '--- |\n  a: 1\n  b: 2\n'],
    ['braces', '{\na: 1,\nb: 2\n}\n'],
    ['braces that go on at the left', 'a: {\nb: 1,\nc: 2\n}\nd: 3\n'],
    ['a quoted text that goes on at the left', 'a: "b\nc: d\ne"\nf: 1\n'],
    ['an entry without a colon', 'a: 1\nb\nc: 2\n'],
    ['an entry between two columns', 'a:\n    b: 1\n  c: 2\nd: 3\n'],
    ['tabs', 'a:\n\tb: 1\n\tc: 2\nd: 1\n'],
    ['an unknown tag', 'a: 1\nb: !x {}\nc: 2\n'],
    ['two keys in a line', 'a: b: c\nd: 1\ne: f:\n  g: 1\n'],
    ['another kind of key below a large entry', 'a:\n  b: 1\n  c: 2\n<<: {d: 1}\n'],
    ['too many levels', nested(201)],
    ['nothing', ''],
    ['comments alone', '# a\n# b\n'],
  ])('is left to be read as a whole: %s', (_, text) => {
    for (const partLength of [1, 3]) expect(inParts(text, partLength)).toBeUndefined();
  });

  test('is read however deep it nests', () => {
    expect(inParts(nested(150), 1)).toBe(whole(nested(150)));
  });
});

describe('a specification of some megabytes', () => {
  const long = `openapi: 3.0.0\nx-long: |\n${`  ${'x'.repeat(997)}\n`.repeat(4_200)}`;
  const text = `${long}info: {x-day: 2020-01-01}\npaths:\n  /a:\n    get: {}\n  /a:\n    put: {}\ninfo: {x-day: 2020-01-02}\n`;
  const read = (yaml: string) => readSpecification({ text: yaml, format: 'yaml', specType: 'openapi' });

  test('has its days as texts, and its repeated keys told', () => {
    const document = read(text);
    if (!document.ok || !isObject(document.value)) throw new Error('cannot be read');
    expect(document.value).toMatchObject({ info: { 'x-day': '2020-01-02' }, paths: { '/a': { put: {} } } });
    expect(issuesOfText(document.value).map(({ pointer }) => pointer)).toEqual(['/info', '/paths/~1a']);
  });

  test('is refused with the line in which it is wrong', () => {
    expect(read(`${text}z: ]\n`)).toMatchObject({ ok: false, error: { message: expect.stringContaining('(4210:4)') } });
  });

  test('is read where only the whole of it can be', () => {
    const document = read(`${text}z: &z {a: 1}\nlist:\n- *z\n`);
    expect(document).toMatchObject({ ok: true, value: { list: [{ a: 1 }] } });
  });
});
