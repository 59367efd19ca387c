import { describe, expect, test } from 'vitest';
import { headerText, pairs, pathText } from './style.ts';

/** The table of OpenAPI 3.1, section 4.8.12.5 "Style Examples". */
const list = ['blue', 'black', 'brown'];
const object = { R: 100, G: 200, B: 150 };
const query = (value: unknown, ...style: [Parameters<typeof pairs>[2], boolean]) =>
  pairs('color', value, ...style)
    .map(([name, text]) => `${name}=${text}`)
    .join('&');

describe('path parameters are written as the specification shows', () => {
  test.each([
    ['simple', false, 'blue', 'blue'],
    ['simple', false, list, 'blue,black,brown'],
    ['simple', false, object, 'R,100,G,200,B,150'],
    ['simple', true, object, 'R=100,G=200,B=150'],
    ['label', false, 'blue', '.blue'],
    ['label', false, list, '.blue,black,brown'],
    ['label', true, list, '.blue.black.brown'],
    ['label', false, object, '.R,100,G,200,B,150'],
    ['label', true, object, '.R=100.G=200.B=150'],
    ['matrix', false, '', ';color'],
    ['matrix', false, 'blue', ';color=blue'],
    ['matrix', false, list, ';color=blue,black,brown'],
    ['matrix', true, list, ';color=blue;color=black;color=brown'],
    ['matrix', false, object, ';color=R,100,G,200,B,150'],
    ['matrix', true, object, ';R=100;G=200;B=150'],
  ] as const)('%s, explode %s, %j', (style, explode, value, written) => {
    expect(pathText('color', value, style, explode)).toBe(written);
  });
});

describe('query parameters are written as the specification shows', () => {
  test.each([
    ['form', true, '', 'color='],
    ['form', true, 'blue', 'color=blue'],
    ['form', false, list, 'color=blue,black,brown'],
    ['form', true, list, 'color=blue&color=black&color=brown'],
    ['form', false, object, 'color=R,100,G,200,B,150'],
    ['form', true, object, 'R=100&G=200&B=150'],
    ['spaceDelimited', false, list, 'color=blue%20black%20brown'],
    ['spaceDelimited', false, object, 'color=R%20100%20G%20200%20B%20150'],
    ['pipeDelimited', false, list, 'color=blue%7Cblack%7Cbrown'],
    ['deepObject', true, object, 'color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150'],
  ] as const)('%s, explode %s, %j', (style, explode, value, written) => {
    expect(query(value, style, explode)).toBe(written);
  });

  test.each([null, [], {}, [null], { R: null }])('not at all where RFC 6570 says undefined: %j', (value) => {
    expect(pairs('color', value, 'form', false)).toEqual([]);
    expect(pathText('color', value, 'matrix', true)).toBe('');
    expect(headerText(value, false)).toBeUndefined();
  });

  test('a list inside a deepObject continues its brackets', () => {
    expect(query({ in: ['a', 'b'] }, 'deepObject', true)).toBe('color%5Bin%5D%5B0%5D=a&color%5Bin%5D%5B1%5D=b');
  });
});

describe('a value stays a value', () => {
  test.each(['a/b', '../x', '?q=1', '#f', 'a&b=c', 'a;b', '100%', 'ü€😀', '\uD800', '%2F', ' '])(
    '%j survives a real URL parse',
    (value) => {
      const url = new URL(`https://api.example/things/${pathText('id', value, 'simple', false)}/end?${query(value, 'form', true)}`);
      const received = value.replace('\uD800', '\uFFFD');
      expect(url.pathname.split('/').map(decodeURIComponent)).toEqual(['', 'things', received, 'end']);
      expect([...url.searchParams]).toEqual([['color', received]]);
    },
  );

  test('reserved characters stay where the specification allows them, and none of them ends the query', () => {
    expect(pairs('q', 'a/b?c&d#e+f', 'form', true, true)).toEqual([['q', 'a/b?c%26d%23e%2Bf']]);
    expect(pathText('q', 'a/b?c&d#e+f', 'simple', false, true)).toBe('a%2Fb%3Fc&d%23e+f');
  });

  test('a header cannot be ended by a line break', () => {
    expect(() => new Headers({ 'X-Test': headerText('a\r\nX-Evil: 1', false) ?? '' })).not.toThrow();
    expect(headerText('a\r\nX-Evil: 1', false)).toBe('a X-Evil: 1');
    expect(headerText({ a: 1, b: 2 }, true)).toBe('a=1,b=2');
    expect(headerText('€', false)).toBe('%E2%82%AC');
  });
});
