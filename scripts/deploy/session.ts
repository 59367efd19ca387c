/** What every command is given: what was typed, the account, wrangler, and the terminal. */

import type { Result } from '@mcpoverflow/types';
import type { Terminal } from '../terminal/terminal.ts';
import type { Invocation } from './arguments.ts';
import type { Account } from './cloudflare/account.ts';
import type { Mask } from './mask.ts';
import type { Wrangler } from './wrangler.ts';

export interface DeployTerminal extends Terminal {
  /** Aborted by Ctrl-C, which also ends every pause. */
  readonly interrupted: AbortSignal;
  /** A line that a person types; empty at the end of the input. */
  readLine(question: string): Promise<string>;
}

/** Whose run it is. */
export interface Deployer {
  /** Its host's name: letters, digits, dots and dashes. */
  readonly machine: string;
  readonly processId: number;
  /** Whether another process of that machine is alive. */
  isAlive(processId: number): boolean;
}

export interface Session {
  readonly invocation: Invocation;
  /** Folder of the wrangler files, without a slash at its end. */
  readonly project: string;
  /** The environment variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly account: Account;
  /** The same, whose calls outlast Ctrl-C: for what has to be given back. */
  readonly lastingAccount: Account;
  readonly wrangler: Wrangler;
  readonly terminal: DeployTerminal;
  readonly mask: Mask;
  readonly deployer: Deployer;
  /** Ends what is under way: calls, pauses and wrangler. Everything that is begun after it fails. */
  interrupt(): void;
}

/** What comes of a step; the error is a sentence, or several. */
export type Outcome<T = undefined> = Promise<Result<T, string>>;

/** Says what was done, and remembers it for the case that something fails later. */
export type Done = (what: string) => void;

/** 130 is Ctrl-C's, as shells have it. */
export const exitCodes = { done: 0, wrong: 1, notUnderstood: 2, interrupted: 130 } as const;
