/**
 * The same cause has the same fingerprint: a hash of the code, the stage and the message without what
 * differs from one job to the next. A rule too many puts two causes into one group, a rule too few splits
 * one cause into hundreds, so what tells causes apart stays: words, and the status of an HTTP answer.
 *
 * Messages end in the words of strangers. What is looked at is bounded, and no rule has a quantifier inside
 * another that could match the same characters, so a message made to be slow is not.
 */
import { createHash } from 'node:crypto';

/** What is looked at of a message: a cause is told in its first sentences. */
const MAX_CHARACTERS = 2_000;

/** In this order: a URL holds a path, a path holds ids, an id holds numbers. */
const rules: readonly (readonly [RegExp, string])[] = [
  // What an agent said last is never said twice in the same words.
  [/its last words: .*/gs, 'its last words: <text>'],
  [/"[^"]*"|`[^`]*`|“[^“”]*”|‘[^‘’]*’|«[^«»]*»/g, '<text>'],
  // An apostrophe inside a word opens nothing.
  [/(?<![\p{L}\p{N}])'[^'\n]*'(?![\p{L}\p{N}])/gu, '<text>'],
  [/\b[a-z][a-z0-9+.-]{1,20}:\/\/\S+/g, '<url>'],
  [/\b(?:mon|tue|wed|thu|fri|sat|sun), \d{1,2} [a-z]{3} \d{4} \d{2}:\d{2}:\d{2}(?: gmt)?/g, '<time>'],
  [/\b\d{4}-\d{2}-\d{2}(?:[t ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:z|[+-]\d{2}:?\d{2})?)?/g, '<time>'],
  [/(?<![\p{L}\p{N}_./~-])(?:[a-z]:\\|\.{0,2}\/)[^\s,;:()<>]+/gu, '<path>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<id>'],
  [/\b0x[0-9a-f]+\b/g, '<id>'],
  // Ten letters and digits mixed are somebody's id, `http2` is a word.
  [/\b(?=[a-z_]{0,100}\d)\w{10,}\b/g, '<id>'],
  [
    /(?<![\p{L}\p{N}_]|(?:answered|status|http|code):? )[+-]?\d+(?:[.,:]\d+)*(?: ?(?:ms|milliseconds?|s|sec|seconds?|min|minutes?|h|hours?|days?|b|bytes?|[kmg]i?b|%|usd|\$|€))?(?![\p{L}\p{N}_])/gu,
    '<n>',
  ],
  // `1 failure` and `3 failures` are the same cause.
  [/<n> ([a-z]{2,40})s\b/g, '<n> $1'],
  [/\s+/g, ' '],
];

/** The message without its names, places, times and numbers; lower case, at most 2,000 characters of it. */
export function normaliseMessage(message: string): string {
  let text = message.slice(0, MAX_CHARACTERS).toLowerCase();
  for (const [pattern, placeholder] of rules) text = text.replace(pattern, placeholder);
  return text.trim();
}

/** 32 hex digits. Synchronous (node:crypto), because a death is recorded within one step of its object. */
export function fingerprintOf(cause: { readonly code: string; readonly message: string; readonly stage: string | null }): string {
  return createHash('sha256')
    .update(JSON.stringify([cause.code, cause.stage, normaliseMessage(cause.message)]))
    .digest('hex')
    .slice(0, 32);
}
