/**
 * Plays wire cases against Go connectors by the suite that is generated beside them: what users run is what
 * is proven here.
 */
import { type ConnectorPlan, languages, type WireCase } from '@mcpoverflow/connectors';
import * as z from 'zod';
import { goTool, goToolchain, writeGoConnector } from './go-connector.ts';
import type { WireResults, WireRunner } from './wire-runner.ts';

/** What `go test -json` prints, a line each. */
const eventSchema = z.looseObject({ Action: z.string(), Test: z.string().optional(), Output: z.string().optional() });

export const goWireRunner: WireRunner = {
  available: async () => goToolchain(),
  async play(plan: ConnectorPlan, cases: readonly WireCase[]): Promise<WireResults> {
    const { folder, remove } = writeGoConnector([...languages.go.connectorFiles(plan), ...languages.go.testFiles(plan, cases)]);
    const { output } = await goTool(folder, 'go', ['test', '-json', './bridge']);
    remove();
    return verdicts(output, cases);
  },
};

/** The suite numbers its cases: names may hold anything. Throws when it was not built. */
function verdicts(output: string, cases: readonly WireCase[]): WireResults {
  const said = new Map<number, string>();
  const ended = new Map<number, boolean>();
  for (const line of output.split('\n').filter((each) => each.startsWith('{'))) {
    const { Action, Test = '', Output = '' } = eventSchema.parse(JSON.parse(line));
    const number = Number(/^TestWire\/(\d+)/.exec(Test)?.[1] ?? 0);
    if (Action === 'pass' || Action === 'fail') ended.set(number, Action === 'pass');
    if (Action === 'output') said.set(number, `${said.get(number) ?? ''}${Output}`);
  }
  if (cases.some((_, index) => !ended.has(index + 1))) throw new Error(output);
  return new Map(cases.map(({ name }, index) => [name, ended.get(index + 1) === true || (said.get(index + 1) ?? 'It failed.')]));
}
