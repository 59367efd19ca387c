/** A terminal for tests: it keeps what was printed, answers what it was told to, and never lets anybody wait. */
import { plainText } from '../../terminal/plain-text.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { now } from './examples.ts';

export interface RecordingTerminal extends Terminal {
  readonly out: string[];
  readonly err: string[];
  readonly questions: string[];
  readonly steps: string[];
  /** What would be said on Ctrl-C; undefined while nothing listens. */
  lastWords: (() => void) | undefined;
  /** Called when somebody waits. */
  whileWaiting: () => void;
}

/** `answer` is given to every question; without it there is nobody to ask. */
export function recordingTerminal(answer?: boolean): RecordingTerminal {
  let time = now;
  const terminal: RecordingTerminal = {
    out: [],
    err: [],
    questions: [],
    steps: [],
    lastWords: undefined,
    whileWaiting: () => undefined,
    columns: 80,
    rewritten: undefined,
    canAsk: answer !== undefined,
    print: (text) => terminal.out.push(...plainText(text).split('\n')),
    tell: (text) => terminal.err.push(...plainText(text).split('\n')),
    progressLine: () => ({ show: (text) => terminal.steps.push(text), finish: () => undefined }),
    ask: async (question) => {
      terminal.questions.push(question);
      return answer === true;
    },
    leaveOnInterrupt: (lastWords) => {
      terminal.lastWords = lastWords;
      return () => {
        terminal.lastWords = undefined;
      };
    },
    now: () => time,
    wait: async (milliseconds) => {
      time += milliseconds;
      terminal.whileWaiting();
    },
  };
  return terminal;
}
