/**
 * The report on a connector that was handed in: what the agent found by reading, and what the engine measured by
 * running it. The engine's numbers take the place of the agent's, whose word on them is not taken, with one
 * exception: tests that were handed in need a machine to run on, which only OpenHands has, so their results are the
 * agent's.
 *
 * Times are those of tool calls against the mock, in milliseconds, from the request to the connector until its
 * answer was read. The clock of a deployed Worker moves only when something arrives from outside, so time that the
 * engine's own code takes is not in them, and a call of less than a millisecond may count as 0.
 */
import { type Issue, type Verification, validationSchema } from '@mcpoverflow/types';
import type * as z from 'zod';
import type { Report } from './report.ts';
import type { Tried } from './verify-connector.ts';

export type Validation = z.infer<typeof validationSchema>;
const foundSchema = validationSchema.omit({ verification: true });

export interface Run {
  readonly tried: Tried;
  /** For the whole run, in milliseconds. */
  readonly duration: number;
  /** Test files that were handed in, and whether the agent could run them. */
  readonly tests: { readonly given: number; readonly couldRun: boolean };
}

/** The agent's report with the engine's measurements. */
export function validationOf(result: object, { tried, duration, tests }: Run): Validation {
  const found = foundSchema.parse(result);
  const unrun = tests.given > 0 && !tests.couldRun ? [UNRUN_TESTS] : [];
  if (!tried.ran) return { ...found, issues: [...found.issues, ...unrun], verification: { ran: false, reason: tried.reason } };
  const { report } = tried;
  const verification = report.verification();
  const measured = { passed: report.passed, failed: report.failed, skipped: report.skipped, duration: rounded(duration) };
  return {
    valid: found.valid && report.failed === 0,
    issues: [...found.issues, ...unrun, ...issuesOf(verification)],
    testResults: tests.given > 0 && tests.couldRun ? found.testResults : measured,
    performance: performanceOf(report),
    verification,
  };
}

const UNRUN_TESTS: Issue = {
  severity: 'info',
  pointer: 'tests',
  message: "The tests that were handed in were not run: that needs OpenHands. The results are those of the engine's own checks.",
};

const issuesOf = ({ failures = [], reason }: Verification): readonly Issue[] => [
  ...failures.map(({ tool, message }): Issue => ({ severity: 'error', pointer: tool, message: `${tool}: ${message}` })),
  ...(reason === undefined ? [] : [{ severity: 'info', pointer: '', message: reason } as const]),
];

function performanceOf({ callTimes }: Report): Validation['performance'] {
  const sorted = [...callTimes].sort((a, b) => a - b);
  const average = sorted.reduce((sum, time) => sum + time, 0) / Math.max(1, sorted.length);
  return { avgResponseTime: rounded(average), p95ResponseTime: percentile(sorted, 95), p99ResponseTime: percentile(sorted, 99) };
}

/** By nearest rank; 0 when nothing was measured. */
const percentile = (sorted: readonly number[], percent: number): number =>
  rounded(sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0);

const rounded = (ms: number): number => Math.round(ms * 100) / 100;
