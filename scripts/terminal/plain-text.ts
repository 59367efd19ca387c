/**
 * Text that others wrote (a job's message, an API's title), made safe to print: control characters could
 * move the cursor, colour the terminal or hide what follows; those of right-to-left writing could make a
 * line read as something else. Each becomes a space, so nothing that was said is joined by accident.
 */
const unsafe =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point.
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

/** Keeps line breaks and tabs; every other character that a terminal acts upon becomes a space. */
export const plainText = (text: string): string => text.replace(unsafe, ' ');

/** The same on one line: for the cell of a table, or a line that is rewritten. */
export const oneLine = (text: string): string => plainText(text).replace(/\s+/g, ' ').trim();

/** JSON that is safe to print: what a terminal would act upon is escaped, so that nothing is lost to a machine. */
export const printableJson = (value: unknown): string =>
  JSON.stringify(value, null, 2).replace(unsafe, (character) =>
    Array.from({ length: character.length }, (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`).join(''),
  );
