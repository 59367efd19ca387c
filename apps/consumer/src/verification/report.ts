/** What was seen while a connector was tried: the verification it comes to, and the times of its calls. */
import type { Verification } from '@mcpoverflow/types';

const RUNNER = 'worker-loader';
/** Stands in the place of a tool's name where the connector as a whole fails. */
export const WHOLE_CONNECTOR = '(connector)';
/** Enough to see what is wrong; more would only fill the agent's context. */
const MAX_FAILURES = 50;
const MAX_MESSAGE_CHARACTERS = 500;

export class Report {
  toolsListed = 0;
  /** Checks that went well: meeting the connector, listing its tools, calls. */
  passed = 0;
  /** Calls that could not be made or judged. */
  skipped = 0;
  /** How long each answered call of a tool took, in milliseconds. */
  readonly callTimes: number[] = [];
  /** The tool that was called last. */
  lastCalled: string | undefined;
  /** That call could not be judged, so what it does later proves nothing against the tool either. */
  isLastUnjudged = false;
  readonly #called = new Set<string>();
  readonly #failures: { tool: string; message: string }[] = [];
  readonly #notes: string[] = [];

  get failed(): number {
    return this.#failures.length;
  }

  get toolsCalled(): number {
    return this.#called.size;
  }

  get isFull(): boolean {
    return this.#failures.length >= MAX_FAILURES;
  }

  called(tool: string): void {
    this.#called.add(tool);
    this.lastCalled = tool;
    this.isLastUnjudged = false;
  }

  /** Of the tool that was called last. */
  unjudged(): void {
    this.skipped += 1;
    this.isLastUnjudged = true;
  }

  hasFailed(tool: string): boolean {
    return this.#failures.some((failure) => failure.tool === tool);
  }

  fail(tool: string, message: string): void {
    if (!this.isFull)
      this.#failures.push({ tool: tool.slice(0, MAX_MESSAGE_CHARACTERS), message: message.slice(0, MAX_MESSAGE_CHARACTERS) });
  }

  /** Something that was not judged, in a sentence, for whoever reads that the connector passed. */
  note(sentence: string): void {
    this.#notes.push(sentence);
  }

  verification(): Verification {
    const notes = this.isFull ? [`Stopped after ${MAX_FAILURES} failures.`, ...this.#notes] : this.#notes;
    return {
      ran: true,
      runner: RUNNER,
      toolsListed: this.toolsListed,
      toolsCalled: this.toolsCalled,
      passed: this.#failures.length === 0,
      failures: this.#failures,
      ...(notes.length === 0 ? {} : { reason: notes.join(' ') }),
    };
  }
}
