import { describe, expect, test } from 'vitest';
import type { ParameterStyle } from '../model/model.ts';
import { percentEncoded, percentEncodedReserved, styled } from './reference-style.ts';

// OpenAPI 3.1.1, "Style Examples": a parameter `color` whose value is empty, one colour, three of them, or their parts.
const one = 'blue';
const list = ['blue', 'black', 'brown'];
const parts = { R: 100, G: 200, B: 150 };

describe('the table of OpenAPI', () => {
  test.each<[style: ParameterStyle, explode: boolean, empty: string, one: string, list: string, parts: string]>([
    ['matrix', false, ';color', ';color=blue', ';color=blue,black,brown', ';color=R,100,G,200,B,150'],
    ['matrix', true, ';color', ';color=blue', ';color=blue;color=black;color=brown', ';R=100;G=200;B=150'],
    ['label', false, '.', '.blue', '.blue,black,brown', '.R,100,G,200,B,150'],
    ['label', true, '.', '.blue', '.blue.black.brown', '.R=100.G=200.B=150'],
    ['simple', false, '', 'blue', 'blue,black,brown', 'R,100,G,200,B,150'],
    ['simple', true, '', 'blue', 'blue,black,brown', 'R=100,G=200,B=150'],
    ['form', false, 'color=', 'color=blue', 'color=blue,black,brown', 'color=R,100,G,200,B,150'],
    ['form', true, 'color=', 'color=blue', 'color=blue&color=black&color=brown', 'R=100&G=200&B=150'],
  ])('%s, explode %s', (style, explode, ...expected) => {
    const texts = ['', one, list, parts].map((value) => styled('color', value, { style, explode, spell: percentEncoded }));
    expect(texts).toEqual(expected);
  });

  test.each<[style: ParameterStyle, explode: boolean, list: string, parts: string]>([
    ['spaceDelimited', false, 'color=blue%20black%20brown', 'color=R%20100%20G%20200%20B%20150'],
    ['pipeDelimited', false, 'color=blue%7Cblack%7Cbrown', 'color=R%7C100%7CG%7C200%7CB%7C150'],
  ])('%s', (style, explode, ...expected) => {
    expect([list, parts].map((value) => styled('color', value, { style, explode, spell: percentEncoded }))).toEqual(expected);
  });

  test('deepObject', () => {
    const notation = { style: 'deepObject', explode: true, spell: percentEncoded } as const;
    expect(styled('color', parts, notation)).toBe('color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150');
    expect(styled('a', { b: { c: [1, 'x y'] } }, notation)).toBe('a%5Bb%5D%5Bc%5D%5B0%5D=1&a%5Bb%5D%5Bc%5D%5B1%5D=x%20y');
  });
});

test('what a value holds is never taken for what separates values', () => {
  const hostile = ['a,b', 'c&d=e', 'f/g?h#i', 'é %|;.'];
  expect(styled('x&', hostile, { style: 'form', explode: false, spell: percentEncoded })).toBe(
    'x%26=a%2Cb,c%26d%3De,f%2Fg%3Fh%23i,%C3%A9%20%25%7C%3B.',
  );
});

test('reserved characters stay where they are allowed, except those that end the part', () => {
  const all = ":/?#[]@!$&'()*+,;=% é";
  expect(percentEncodedReserved('query')(all)).toBe(':/?%23%5B%5D@!$%26%27()*%2B,;=%25%20%C3%A9');
  expect(percentEncodedReserved('path')(all)).toBe(":%2F%3F%23%5B%5D@!$&'()*+,;=%25%20%C3%A9");
});

test.each<[value: unknown, text: string]>([
  [null, ''],
  [[], ''],
  [{}, ''],
  [[null], ''],
  [{ a: null }, ''],
  [['a', null, 'b'], 'x=a,b'],
  [{ a: 1, b: null }, 'x=a,1'],
])('what RFC 6570 calls undefined is not written: %j', (value, text) => {
  expect(styled('x', value, { style: 'form', explode: false, spell: percentEncoded })).toBe(text);
});
