/**
 * Media types, and ranges of them such as `image/*`, as bodies are declared. A request names one type, so a range is sent as
 * one that is in it, whatever the range: servers compare, and few look further.
 */
import type { Body } from '../languages/typescript/runtime/operation.ts';

/** Whether values of the type, or of all types in a range of one suffix, are JSON. */
export const isJsonMedia = (mediaType: string): boolean => mediaType === 'application/json' || mediaType.endsWith('+json');

/** Whether it is a range and not a type. */
export const isRange = (mediaType: string): boolean => mediaType.includes('*');

/** Ranges that say nothing, where the schema tells what a body is. */
export const isAnything = (mediaType: string): boolean => ['*', '*/*', 'application/*'].includes(mediaType);

/** Whether what is declared, a type or a range, takes what is sent. */
export function takesMedia(declared: string, sent: string): boolean {
  if (!isRange(declared)) return declared === sent;
  // No regular expression: what stands between many stars is the document's, and could be made to take for ever.
  const before = declared.slice(0, declared.indexOf('*'));
  const behind = declared.slice(declared.lastIndexOf('*') + 1);
  return sent.length > before.length + behind.length && sent.startsWith(before) && sent.endsWith(behind);
}

/** The most common type of bytes that are no documents. */
const typesOfBytes: Readonly<Record<string, string>> = { image: 'image/png', audio: 'audio/mpeg', video: 'video/mp4', font: 'font/ttf' };

/** A type within a range, for a body of this kind. */
export function typeWithin(range: string, kind: Body['kind']): string {
  const [top = '*', subtype = '*'] = range.split('/');
  const written = top === '*' ? 'application' : top;
  // The tree of RFC 6838 for what nobody registered.
  if (subtype !== '*') return `${written}/${subtype.replaceAll('*', 'x.body')}`;
  if (kind === 'multipart') return 'multipart/form-data';
  if (kind === 'json') return 'application/json';
  if (kind === 'text') return `${written}/plain`;
  return (Object.hasOwn(typesOfBytes, top) ? typesOfBytes[top] : undefined) ?? `${written}/octet-stream`;
}
