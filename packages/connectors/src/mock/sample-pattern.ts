/**
 * A text that matches a regular expression, for the patterns specifications really use: literals,
 * classes, groups, alternatives, counts. Look-around and back references are skipped over, so the
 * caller checks the text and gives up on the pattern when it does not match.
 */

const controls: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v', 0: '\0' };

/** Counts of groups multiply. */
const MAX_LENGTH = 4096;

/** A short text that probably matches, at most 4096 characters of it; deterministic. `optional`: with what may be left out. */
export function sampleForPattern(pattern: string, optional = false): string {
  return new PatternReader(pattern, optional).alternatives();
}

class PatternReader {
  readonly #pattern: string;
  readonly #optional: boolean;
  #at = 0;

  constructor(pattern: string, optional: boolean) {
    this.#pattern = pattern;
    this.#optional = optional;
  }

  /** The first alternative's text; reads past the others. */
  alternatives(): string {
    const first = this.#sequence();
    while (this.#peek() === '|') {
      this.#at += 1;
      this.#sequence();
    }
    return first;
  }

  #sequence(): string {
    let text = '';
    while (this.#at < this.#pattern.length && this.#peek() !== '|' && this.#peek() !== ')') {
      const piece = this.#atom();
      const count = this.#count();
      if (text.length + piece.length * count <= MAX_LENGTH) text += piece.repeat(count);
    }
    return text;
  }

  #atom(): string {
    const character = this.#next();
    if (character === '^' || character === '$') return '';
    if (character === '.') return 'a';
    if (character === '[') return this.#class();
    if (character === '\\') return this.#escape();
    if (character !== '(') return character;
    const lookAround = /^\?(?:[=!]|<[=!])/.test(this.#pattern.slice(this.#at));
    const opening = /^\?(?:<?[=!]|:|<[^>]*>)/.exec(this.#pattern.slice(this.#at))?.[0] ?? '';
    this.#at += opening.length;
    const text = this.alternatives();
    this.#at += 1;
    return lookAround ? '' : text;
  }

  /** How often the atom before is repeated: the least the pattern allows, but `+` and `*` give one. */
  #count(): number {
    const quantifier = /^(?:[*+?]|\{(\d+)(?:,\d*)?\})\??/.exec(this.#pattern.slice(this.#at));
    if (quantifier === null) return 1;
    this.#at += quantifier[0].length;
    if (quantifier[1] !== undefined) return Math.min(Number(quantifier[1]), 256);
    return quantifier[0].startsWith('?') && !this.#optional ? 0 : 1;
  }

  #class(): string {
    const end = this.#classEnd();
    const source = `[${this.#pattern.slice(this.#at, end)}]`;
    this.#at = end + 1;
    const matcher = new RegExp(`^${source}$`, 'u');
    const candidates = ['a', 'A', '1', '0', '-', '_', '.', ' ', '/', '+', ':', '#', '@'];
    for (let code = 33; code < 127; code += 1) candidates.push(String.fromCharCode(code));
    return candidates.find((candidate) => matcher.test(candidate)) ?? 'a';
  }

  #classEnd(): number {
    let end = this.#at;
    while (end < this.#pattern.length && this.#pattern[end] !== ']') end += this.#pattern[end] === '\\' ? 2 : 1;
    return end;
  }

  #escape(): string {
    const character = this.#next();
    if (character === 'd') return '1';
    if (character === 'w' || character === 'S' || character === 'D') return 'a';
    if (character === 's' || character === 'W') return ' ';
    if (character === 'b' || character === 'B') return '';
    const control = controls[character];
    if (control !== undefined) return control;
    const code = /^(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\})/.exec(this.#pattern.slice(this.#at - 1));
    if (code !== null) {
      this.#at += code[0].length - 1;
      return String.fromCodePoint(Number.parseInt(code[1] ?? code[2] ?? code[3] ?? '', 16));
    }
    if (character === 'p' || character === 'P') {
      const close = this.#pattern.indexOf('}', this.#at);
      const matcher = new RegExp(`^\\${character}${this.#pattern.slice(this.#at, close + 1)}$`, 'u');
      this.#at = close + 1;
      return ['a', 'A', '1', ' ', '-', '_'].find((candidate) => matcher.test(candidate)) ?? 'a';
    }
    return character;
  }

  #peek(): string {
    return this.#pattern[this.#at] ?? '';
  }

  #next(): string {
    const character = this.#peek();
    this.#at += 1;
    return character;
  }
}
