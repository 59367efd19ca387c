/** Splits a command line into words and flags. Unknown flags are refused: a misspelt one must not be passed over. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { fail, ok, type Result } from '@mcpoverflow/types';

export type Split<Flags extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ args: string[]; options: Flags; allowPositionals: true }>
>;

/** The error is a sentence for the person who typed it. */
export function splitArguments<Flags extends ParseArgsOptionsConfig>(typed: readonly string[], flags: Flags): Result<Split<Flags>, string> {
  try {
    return ok(parseArgs({ args: [...typed], options: flags, allowPositionals: true }));
  } catch (error) {
    return fail(error instanceof Error ? error.message : 'The flags cannot be read.');
  }
}
