/**
 * Keeps secrets off the terminal, whoever would print them: wrangler, Cloudflare, or this program. Everything that is
 * said goes through here; the one text that is shown on purpose, a new API key, is never given to it.
 */
import type { Terminal } from '../terminal/terminal.ts';

/** Shorter ones cannot be told from ordinary words. */
const SHORTEST = 4;

export interface Mask {
  hide(secrets: Iterable<string | undefined>): void;
  apply(text: string): string;
}

export function createMask(): Mask {
  const hidden = new Set<string>();
  return {
    hide: (secrets) => {
      for (const secret of secrets) if (secret !== undefined && secret.length >= SHORTEST) hidden.add(secret);
    },
    // The longest first: one may be part of another.
    apply: (text) =>
      [...hidden].sort((one, other) => other.length - one.length).reduce((said, secret) => said.replaceAll(secret, '***'), text),
  };
}

/** The terminal with everything masked that is printed or told. */
export const maskedTerminal = (terminal: Terminal, mask: Mask): Terminal => ({
  ...terminal,
  print: (text) => terminal.print(mask.apply(text)),
  tell: (text) => terminal.tell(mask.apply(text)),
});
