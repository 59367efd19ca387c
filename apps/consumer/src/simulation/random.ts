/**
 * Chance that can be repeated. Every part of the world draws from a stream of its own, named after what
 * it is, so that leaving one command out of a failing sequence disturbs the rest as little as possible:
 * that is what makes a counterexample shrink.
 */
export class Chance {
  readonly #seed: number;
  readonly #streams = new Map<string, number>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** A draw from [0, 1) of the named stream (mulberry32). */
  draw(stream: string): number {
    const state = ((this.#streams.get(stream) ?? hash(stream, this.#seed)) + 0x6d2b79f5) | 0;
    this.#streams.set(stream, state);
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  happens(stream: string, probability: number): boolean {
    return probability > 0 && this.draw(stream) < probability;
  }

  between(stream: string, low: number, high: number): number {
    return low + this.draw(stream) * (high - low);
  }

  pick<T>(stream: string, choices: readonly [T, ...T[]]): T {
    return choices[Math.floor(this.draw(stream) * choices.length)] ?? choices[0];
  }

  uuid(stream: string): string {
    const hex = Array.from({ length: 32 }, () => Math.floor(this.draw(stream) * 16).toString(16)).join('');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
  }
}

/** FNV-1a. */
function hash(text: string, seed: number): number {
  let value = seed ^ 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value;
}
