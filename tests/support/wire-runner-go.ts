/**
 * Plays wire cases against a Go connector: with the suite that is generated beside it, so that what is proven
 * here is what users run.
 */
import type { ConnectorPlan, WireCase } from '@mcpoverflow/connectors';
import { languages } from '@mcpoverflow/connectors';
import * as z from 'zod';
import { goTool, goToolchain, writeGoConnector } from './go-connector.ts';

export interface PlayedCase {
  readonly name: string;
  /** What the suite said about it; null when it passed. */
  readonly failure: string | null;
}

/** What `go test -json` prints, a line each. */
const eventSchema = z.looseObject({ Action: z.string(), Test: z.string().optional(), Output: z.string().optional() });

/** True, or a sentence that says what is missing. */
export const available = async (): Promise<true | string> => goToolchain();

/** Plays the cases and answers one verdict for each, in their order. Throws when the suite does not build. */
export async function play(plan: ConnectorPlan, cases: readonly WireCase[]): Promise<readonly PlayedCase[]> {
  if (languages.go === undefined) throw new Error('Go connectors are not generated.');
  const { folder, remove } = writeGoConnector([...languages.go.connectorFiles(plan), ...languages.go.testFiles(plan, cases)]);
  try {
    const { output } = await goTool(folder, 'go', ['test', '-json', './bridge']);
    return verdicts(output, cases);
  } finally {
    remove();
  }
}

/** The suite numbers its cases: names may hold anything. */
function verdicts(output: string, cases: readonly WireCase[]): readonly PlayedCase[] {
  const said = new Map<number, string>();
  const passed = new Set<number>();
  for (const line of output.split('\n').filter((each) => each.startsWith('{'))) {
    const { Action, Test = '', Output = '' } = eventSchema.parse(JSON.parse(line));
    const index = Number(/^TestWire\/(\d+)/.exec(Test)?.[1] ?? 0) - 1;
    if (Action === 'pass') passed.add(index);
    if (Action === 'output') said.set(index, `${said.get(index) ?? ''}${Output}`);
  }
  if (passed.size === 0 && said.size <= 1) throw new Error(output);
  return cases.map(({ name }, index) => ({ name, failure: passed.has(index) ? null : (said.get(index) ?? 'It was not played.') }));
}
