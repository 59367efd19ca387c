import { expect, test } from 'vitest';
import { oneLine, plainText, printableJson } from './plain-text.ts';

const clearScreen = '\u001b[2J';
const turned = 'safe\u202eexe.\u2066';

test('nothing that steers a terminal or turns the reading around is left', () => {
  expect(plainText(`a${clearScreen}b\u009b31m\r${turned}\u{e0041}\ud800!`)).toBe('a [2Jb 31m safe exe.   !');
});

test('lines and tabs stay, unless it has to be one line', () => {
  expect(plainText('a\tb\nc')).toBe('a\tb\nc');
  expect(oneLine(' a\tb\r\n\nc ')).toBe('a b c');
});

test('people’s writing stays as it is', () => {
  const text = 'Grüße, 世界, שלום, 👩‍👩‍👧';
  expect(plainText(text)).toBe(text);
});

test('JSON loses nothing by being printable', () => {
  const value = { message: `${clearScreen}${turned}\u009b\u{e0041}`, lines: ['a\nb'] };
  const printed = printableJson(value);
  expect(JSON.parse(printed)).toEqual(value);
  expect(plainText(printed)).toBe(printed);
});
