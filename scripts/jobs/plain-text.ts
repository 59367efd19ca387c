/**
 * Text that others wrote (a job's message, an API's title), made safe to print: control characters could
 * move the cursor, colour the terminal or hide what follows.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point.
const controlCharacters = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/g;

/** Keeps line breaks and tabs; every other control character becomes a space. */
export const plainText = (text: string): string => text.replace(controlCharacters, ' ');
