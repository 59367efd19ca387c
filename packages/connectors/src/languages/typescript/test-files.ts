/** The suite of a TypeScript connector: the fixed player of cases, and the cases as data. */
import type { GeneratedFile } from '@mcpoverflow/types';
import type { ConnectorPlan } from '../language.ts';
import { toldTools } from '../told-tools.ts';
import type { WireCase } from '../wire-case.ts';
import { suiteFiles } from './suite.generated.ts';

/** The files of the suite; they lie beside the connector's own. */
export function testFiles(plan: ConnectorPlan, cases: readonly WireCase[]): GeneratedFile[] {
  const rows = cases.map((each) => `  ${JSON.stringify(each)}`).join(',\n');
  return [
    ...suiteFiles.map(({ path, content }) => ({
      path: path.replace('.suite.ts', '.test.ts'),
      content: content.replaceAll("'../runtime/", "'../src/"),
    })),
    { path: 'tests/cases.json', content: `[\n${rows}\n]\n` },
    { path: 'tests/tools.json', content: toldTools(plan) },
  ];
}
