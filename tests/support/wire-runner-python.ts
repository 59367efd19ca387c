/**
 * Plays wire cases against Python connectors by the suite that is generated beside them: what users run is what
 * is proven here.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConnectorPlan, languages, type WireCase } from '@mcpoverflow/connectors';
import * as z from 'zod';
import { pythonOf, pythonToolchain, runPython, writePythonConnector } from './python-connector.ts';
import type { WireResults, WireRunner } from './wire-runner.ts';

/** Runs the suite and writes what became of each case, in their order. */
const reporter = `import json
import sys

import pytest


class Reporter:
    def __init__(self):
        self.verdicts = []

    def pytest_runtest_logreport(self, report):
        is_case = "::test_call[" in report.nodeid
        if is_case and (report.when == "call" or report.failed):
            self.verdicts.append(report.longreprtext if report.failed else True)


reporter = Reporter()
pytest.main(["-q", "-p", "no:cacheprovider"], plugins=[reporter])
with open("verdicts.json", "w") as file:
    json.dump(reporter.verdicts, file)
`;

const verdictsSchema = z.array(z.union([z.literal(true), z.string()]));

export const pythonWireRunner: WireRunner = {
  available: async () => pythonToolchain(),
  async play(plan: ConnectorPlan, cases: readonly WireCase[]): Promise<WireResults> {
    const files = [...languages.python.connectorFiles(plan), ...languages.python.testFiles(plan, cases)];
    const { folder, remove } = writePythonConnector(files);
    writeFileSync(join(folder, 'reporter.py'), reporter);
    const run = await runPython(pythonOf(files), folder, ['reporter.py']);
    if (run.code !== 0) throw new Error(run.output);
    const verdicts = verdictsSchema.parse(JSON.parse(readFileSync(join(folder, 'verdicts.json'), 'utf8')));
    remove();
    if (verdicts.length !== cases.length) throw new Error(`${cases.length} cases gave ${verdicts.length} verdicts.\n${run.output}`);
    return new Map(cases.map(({ name }, index) => [name, verdicts[index] ?? 'It was not played.']));
  },
};
