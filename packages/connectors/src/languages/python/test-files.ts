/**
 * The test suite of a Python connector: a fixed test with a mock upstream, and the cases it plays as data.
 */
import type { GeneratedFile } from '@mcpoverflow/types';
import type { ConnectorPlan } from '../language.ts';
import { toldTools } from '../told-tools.ts';
import type { WireCase } from '../wire-case.ts';
import { isTest } from './connector-files.ts';
import { runtimeFiles } from './runtime.generated.ts';

/** Every file of the suite; it lies beside the connector's. */
export function testFiles(plan: ConnectorPlan, cases: readonly WireCase[]): GeneratedFile[] {
  const rows = cases.map((each) => `  ${JSON.stringify(each)}`).join(',\n');
  return [
    ...runtimeFiles.filter(({ path }) => isTest(path)),
    { path: 'tests/cases.json', content: `[\n${rows}\n]\n` },
    { path: 'tests/tools.json', content: toldTools(plan) },
  ];
}
