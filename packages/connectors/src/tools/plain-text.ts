/**
 * Descriptions are Markdown, and many vendors write HTML into them. A model pays for every tag and every address of
 * a link, and texts are cut at a length, so the marks are taken away and the words stay. Only the tags that texts are
 * made of are known here: `<id>` in a description is a word of it.
 */

const blocks =
  /<\/?(?:p|div|br|hr|ul|ol|li|dl|dt|dd|table|thead|tbody|tr|h[1-6]|pre|blockquote|section|note|important|fullname)(?:\s[^<>]*)?\/?>/gi;
const marks = /<\/?(?:a|b|i|u|em|strong|code|span|small|sub|sup|tt|font|img|td|th)(?:\s[^<>]*)?\/?>/gi;
const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', '#39': "'", apos: "'", nbsp: ' ', amp: '&' };

/** The text without tags of HTML; itself when it has none. */
export function plainText(text: string): string {
  const untagged = text.includes('<') ? text.replace(blocks, '\n').replace(marks, '') : text;
  if (untagged === text) return text;
  return untagged
    .replace(/&(lt|gt|quot|#39|apos|nbsp|amp);/g, (entity, name: string) => entities[name] ?? entity)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
}
