/** Words of an agent or of its code inside a sentence of the engine's: they must not look like another one, nor like another line. */

/** The text with every run of white space and control characters as one blank. */
export const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ');
