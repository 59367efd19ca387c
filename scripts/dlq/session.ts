/** What every command is given: what was typed, the engine, and the terminal. */
import type { Result } from '@mcpoverflow/types';
import { urlFlag } from '../engine/access.ts';
import type { Trouble } from '../engine/connection.ts';
import { printableJson } from '../terminal/plain-text.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { Invocation } from './arguments.ts';
import type { DeadLettersClient } from './client.ts';

export interface Session {
  readonly invocation: Invocation;
  readonly client: DeadLettersClient;
  readonly terminal: Terminal;
}

/** `recovered` also stands for "done"; `lost`: something died again, was stopped, or not done at all. */
export const exitCodes = { recovered: 0, lost: 1, refused: 2 } as const;

/** A command as it can be pasted. */
export const commandLine = ({ client }: Pick<Session, 'client'>, words: string): string => `npm run dlq -- ${words}${urlFlag(client.url)}`;

/** Prints an answer, as JSON or as `view` tells it, or why there is none. Returns the exit code. */
export function printAnswer<Answer>(session: Session, answer: Result<Answer, Trouble>, view: (answer: Answer) => string): number {
  const { terminal, invocation } = session;
  if (!answer.ok) return refuse(session, answer.error.sentence);
  terminal.print(invocation.options.json ? printableJson(answer.value) : view(answer.value));
  return exitCodes.recovered;
}

/** Says why a command is not done. Returns the exit code. */
export function refuse({ terminal }: Pick<Session, 'terminal'>, sentence: string): number {
  terminal.tell(sentence);
  return exitCodes.refused;
}
