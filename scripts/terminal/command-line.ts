/**
 * Which command was typed, with which flags and words behind it: what the project's commands have alike. A flag that a
 * command does not know is refused, not passed over: `discard … --dry-run` must not discard.
 */
import type { ParseArgsOptionsConfig } from 'node:util';
import { fail, ok, type Result } from '@mcpoverflow/types';
import { type Split, splitArguments } from './flags.ts';

/** Every command with the flags that it takes. */
export type Commands<Name extends string, Flag> = Readonly<Record<Name, { readonly flags: readonly Flag[] }>>;

export interface Typed<Name extends string, Flags extends ParseArgsOptionsConfig> {
  readonly command: Name;
  readonly values: Split<Flags>['values'];
  /** What stands behind the command. */
  readonly words: readonly string[];
}

/** Reads it; `everywhere` are the flags that all commands take beside --help. The error is a sentence for the person who typed it. */
export function readCommand<Name extends string, Flags extends ParseArgsOptionsConfig>(
  typed: readonly string[],
  flags: Flags,
  commands: Commands<Name, Extract<keyof Flags, string>>,
  everywhere: readonly Extract<keyof Flags, string>[],
): Result<Typed<Name, Flags> | { readonly command: 'help' }, string> {
  const split = splitArguments(typed, flags);
  if (!split.ok) return split;
  const { values, positionals } = split.value;
  const [name, ...words] = positionals;
  const given = Object.keys(values);
  if (given.includes('help') || name === 'help') return ok({ command: 'help' });
  if (!isIn(commands, name)) return fail(name === undefined ? 'Say what to do.' : `There is no command "${name}".`);
  const known: readonly string[] = [...commands[name].flags, ...everywhere];
  const stranger = given.find((flag) => !known.includes(flag));
  return stranger === undefined ? ok({ command: name, values, words }) : fail(`\`${name}\` does not take --${stranger}.`);
}

const isIn = <Name extends string>(commands: Readonly<Record<Name, unknown>>, name: string | undefined): name is Name =>
  name !== undefined && Object.hasOwn(commands, name);
