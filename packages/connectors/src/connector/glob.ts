/**
 * Paths with stars: `*` is anything within a segment, `**` anything at all. Not by regular expressions,
 * because patterns come from callers and must not be able to take for ever: time is at most the product
 * of both lengths.
 */

/** Whether the whole text fits the pattern. */
export function matchesGlob(pattern: string, text: string): boolean {
  const tokens = pattern.match(/\*\*|\*|[^*]/gu) ?? [];
  const characters = [...text];
  // reachable[i]: the pattern so far can have eaten the first i characters.
  let reachable = characters.map(() => false);
  reachable = [true, ...reachable];
  for (const token of tokens) {
    const next = reachable.map(() => false);
    for (let index = 0; index <= characters.length; index += 1) {
      if (token === '**' || token === '*') {
        const grows = index > 0 && next[index - 1] === true && (token === '**' || characters[index - 1] !== '/');
        next[index] = reachable[index] === true || grows;
      } else if (index > 0) next[index] = reachable[index - 1] === true && characters[index - 1] === token;
    }
    reachable = next;
  }
  return reachable.at(-1) === true;
}
