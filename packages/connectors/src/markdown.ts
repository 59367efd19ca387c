/**
 * Text of a specification inside Markdown. It stands there as words: what Markdown, GitHub's dialect of it or HTML
 * would take for markup is escaped, addresses included, because a link is what a reader clicks on.
 */
import { oneLine, shorten } from './json.ts';

/** One line of at most `length` characters in which nothing is markup. */
export const plainText = (text: string, length = 240): string =>
  shorten(oneLine(text), length)
    .replace(/[\\`*_[\]<>|#!&~$@]/g, '\\$&')
    // What GitHub makes links of without being asked.
    .replace(/:(?=\/\/)/g, '\\:')
    .replace(/(www|mailto|xmpp)([.:])/gi, '$1\\$2');
