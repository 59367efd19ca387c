/**
 * How many columns of a terminal a text takes, and cutting it to so many. Asian writing and emoji take two;
 * a table that counted characters would not line up. The ranges are those of Unicode's East Asian Width
 * ("wide" and "full-width"), shortened to whole blocks.
 */
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const onlyAscii = /^[ -~]*$/;
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|\ufe0f|[\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const invisible = /^[\p{Mark}\u200c\u200d]+$/u;

/** Columns of a text without control characters. */
export function columnsOf(text: string): number {
  if (onlyAscii.test(text)) return text.length;
  return Array.from(graphemes.segment(text), ({ segment }) => widthOf(segment)).reduce((sum, width) => sum + width, 0);
}

/** The text itself when it fits into so many columns; else its beginning and an ellipsis. */
export function cut(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let kept = '';
  let left = columns - 1;
  for (const { segment } of graphemes.segment(text)) {
    left -= widthOf(segment);
    if (left < 0) break;
    kept += segment;
  }
  return columns < 1 ? '' : `${kept.trimEnd()}…`;
}

function widthOf(grapheme: string): number {
  if (invisible.test(grapheme)) return 0;
  return wide.test(grapheme) ? 2 : 1;
}
