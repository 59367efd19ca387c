/**
 * A short hash for names: the same operation keeps its name in every run and on every machine.
 *
 * Two rounds of FNV-1a (32 bit, different offsets). Not for secrets: an attacker who can choose paths
 * can make two of them meet, and the caller resolves that by hashing again with a counter.
 */

/** Eight characters of `[0-9a-z]`. */
export function stableHash(text: string): string {
  return `${fnv1a(text, 0x811c9dc5)}${fnv1a(text, 0x9747b28c)}`;
}

function fnv1a(text: string, offset: number): string {
  let hash = offset;
  for (let index = 0; index < text.length; index += 1) {
    hash ^= text.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  return (hash >>> 0).toString(36).padStart(7, '0').slice(-4);
}
