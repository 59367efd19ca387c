/**
 * The terminal as a command sees it: what it prints, asks and waits for. A port, so that whole commands run
 * in a test. Data goes to standard output; everything a person is told on the way to standard error.
 */
import { constants } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { readYes } from './ask.ts';
import { plainText } from './plain-text.ts';
import { createProgressLine, type ProgressLine } from './progress-line.ts';

/** Ctrl-C, a kill, and a terminal that was closed. */
const interruptions = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** 128 and the number of the signal, as shells have it. */
const SIGNALLED = 128;
/** A terminal sends Ctrl-C to all of its processes, and npm and setup.mjs pass it on: what comes within this time is one press. */
const ONE_PRESS_MS = 1_000;

export interface Terminal {
  /** Columns of the output; Infinity where nobody looks at it, so that nothing is cut. */
  readonly columns: number;
  /** Columns of a line that is rewritten in place; undefined where every change is a line of its own. */
  readonly rewritten: number | undefined;
  /** True when there is a person to ask. */
  readonly canAsk: boolean;
  print(text: string): void;
  tell(text: string): void;
  progressLine(): ProgressLine;
  /** False for everything but a yes, the end of the input included. */
  ask(question: string): Promise<boolean>;
  /**
   * On Ctrl-C or another signal to end, calls `lastWords` and leaves when they are said, with 130 or that signal's code;
   * a second one leaves at once. Returns what undoes that.
   */
  leaveOnInterrupt(lastWords: () => void | Promise<void>): () => void;
  now(): number;
  wait(milliseconds: number): Promise<void>;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr } = process;
  return {
    columns: stdout.isTTY ? stdout.columns : Number.POSITIVE_INFINITY,
    rewritten: stderr.isTTY ? stderr.columns : undefined,
    canAsk: stdin.isTTY && stderr.isTTY,
    print: (text) => console.log(plainText(text)),
    tell: (text) => console.error(plainText(text)),
    progressLine: () => createProgressLine(stderr),
    ask: async (question) => {
      stderr.write(`${plainText(question)} [y/N] `);
      return readYes(stdin);
    },
    leaveOnInterrupt: (lastWords) => {
      let begunAt: number | undefined;
      const leave = async (signal: NodeJS.Signals): Promise<void> => {
        const code = SIGNALLED + constants.signals[signal];
        const now = Date.now();
        if (begunAt !== undefined && now - begunAt > ONE_PRESS_MS) process.exit(code);
        if (begunAt !== undefined) return;
        begunAt = now;
        await lastWords();
        process.exit(code);
      };
      for (const signal of interruptions) process.on(signal, leave);
      return () => {
        for (const signal of interruptions) process.removeListener(signal, leave);
      };
    },
    now: () => Date.now(),
    wait: (milliseconds) => setTimeout(milliseconds),
  };
}
