/**
 * Generated test suites of Python and Go connectors, as their owners run them: they pass for the connector as it was
 * made, and fail for one whose table says something else than the specification, in the same cases in both.
 */
import { languages as allLanguages, type ConnectorPlan, planConnector, wireCases } from '@mcpoverflow/connectors';
import type { Language } from '@mcpoverflow/types';
import { describe, expect, test } from 'vitest';
import { goTool, writeGoConnector } from '../support/go-connector.ts';
import { pythonOf, runPython, writePythonConnector } from '../support/python-connector.ts';
import { bookshop, corpus, corpusFiles, modelOf } from '../support/specifications.ts';
import { wireRunners } from '../support/wire-runners.ts';

const languages: readonly Language[] = ['python', 'go'];
const available = new Map<Language, true | string>();
for (const language of languages) available.set(language, await wireRunners[language].available());

const wanted = ['petstore.yaml', 'slack.swagger2.json', 'swapi.graphql', 'postman21-echo.json'];
const found = wanted.filter((file) => corpusFiles().includes(file));
if (found.length < wanted.length) console.warn(`\n!!! ${corpus.pathname} is missing: most suites of Python and Go are NOT tested.\n`);
test.runIf(process.env.CI !== undefined)('the corpus is there', () => expect(found).toEqual(wanted));

const files = [bookshop, ...found.map((file) => new URL(file, corpus))];

describe.each(languages)('in %s', (language) => {
  const missing = available.get(language);
  if (missing !== true) {
    test.skipIf(process.env.CI === undefined)(`cannot be played: ${missing}`, () => expect.fail(String(missing)));
    return;
  }

  test.each(files.map((file) => file.pathname.split('/').at(-1) ?? ''))('the suite for %s passes', async (name) => {
    const file = files.find(({ pathname }) => pathname.endsWith(`/${name}`)) ?? bookshop;
    const model = modelOf(file);
    const plan = planOf(file, language);
    const { cases } = wireCases(plan, model);
    const verdicts = await wireRunners[language].play(plan, cases);
    expect([...verdicts].filter(([, verdict]) => verdict !== true)).toEqual([]);
    expect(verdicts.size).toBeGreaterThan(0);
  });

  test('the suite looks at what is listed: it passes as it is, and fails for another hint', async () => {
    const plan = planOf(bookshop, language);
    const [[tool, row] = []] = plan.operations;
    if (tool === undefined || row === undefined) throw new Error('There is no operation.');
    const annotations = { ...row.annotations, destructiveHint: !row.annotations.destructiveHint };
    const mistaken = { ...plan, operations: new Map([...plan.operations, [tool, { ...row, annotations }]]) };
    expect(await isListedAsWanted(language, plan, plan)).toBe(true);
    expect(await isListedAsWanted(language, mistaken, plan)).toBe(false);
  });

  test('the suite fails for a connector that has lost a parameter, and says so', async () => {
    const plan = planOf(bookshop, language);
    const [tool, row] = [...plan.operations].find(([, { parameters }]) => parameters.some(({ in: place }) => place === 'query')) ?? [];
    if (tool === undefined || row === undefined) throw new Error('No operation has a query.');
    const lost = { ...row, parameters: row.parameters.filter(({ in: place }) => place !== 'query') };
    const mutated: ConnectorPlan = { ...plan, operations: new Map([...plan.operations, [tool, lost]]) };
    const { cases } = wireCases(mutated, modelOf(bookshop));
    const verdicts = await wireRunners[language].play(mutated, cases);
    const failures = [...verdicts].filter(([, verdict]) => verdict !== true).map(([name]) => name);
    expect(failures.filter((name) => name.startsWith(`${tool} sends `) && name.endsWith('which its table does not have'))).not.toEqual([]);
    expect(failures.filter((name) => !name.startsWith(`${tool} `))).toEqual([]);
  });
});

/** Whether the connector of one plan lists what the suite of another wants. */
async function isListedAsWanted(language: Language, connector: ConnectorPlan, suite: ConnectorPlan): Promise<boolean> {
  const own = [...allLanguages[language].connectorFiles(connector), ...allLanguages[language].testFiles(suite, [])];
  const { folder, remove } = language === 'go' ? writeGoConnector(own) : writePythonConnector(own);
  const { code } =
    language === 'go'
      ? await goTool(folder, 'go', ['test', '-run', 'TestListedTools', './bridge'])
      : await runPython(pythonOf(own), folder, ['-m', 'pytest', '-q', '-k', 'test_listed_tools']);
  remove();
  return code === 0;
}

function planOf(file: URL, language: Language): ConnectorPlan {
  const planned = planConnector(modelOf(file), { name: 'Test connector', language, runtime: 'docker' });
  if (!planned.ok) throw new Error(planned.error.message);
  return planned.value.plan;
}
