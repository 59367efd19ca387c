/**
 * One line that says where a job is. On a terminal it is rewritten in place; elsewhere (a log, a CI job)
 * every change is a line of its own. It goes to standard error, so that standard output stays data.
 */
import { plainText } from './plain-text.ts';

export interface ProgressLine {
  show(text: string): void;
  /** Leaves the last line standing and moves on below it. */
  finish(): void;
}

/** A progress line on `stream`, normally `process.stderr`. */
export function createProgressLine(stream: Pick<NodeJS.WriteStream, 'write'> & { isTTY?: boolean; columns?: number }): ProgressLine {
  let shown = '';
  return {
    show: (text) => {
      const line = plainText(text).replaceAll('\n', ' ');
      if (line === shown) return;
      shown = line;
      // Cut to the width: a wrapped line cannot be rewritten.
      if (stream.isTTY === true) stream.write(`\r\u001b[2K${line.slice(0, (stream.columns ?? 80) - 1)}`);
      else stream.write(`${line}\n`);
    },
    finish: () => {
      if (stream.isTTY === true && shown !== '') stream.write('\n');
    },
  };
}
