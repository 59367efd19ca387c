import { generateConnector, readModel } from '@mcpoverflow/connectors';
import { agentResultSchemas, type Language, type Task } from '@mcpoverflow/types';
import { describe, expect, test } from 'vitest';
import { deterministicWork } from './deterministic-work.ts';

const specification = `
openapi: 3.1.0
info: { title: Pets, version: 1.2.3 }
servers: [{ url: https://pets.example.com }]
paths:
  /pets/{id}:
    get:
      operationId: getPet
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses: { '200': { description: The pet }, '404': { description: No such pet } }
`;

const taskOf = (type: Task['type'], files: readonly string[]): Task => ({
  v: 1,
  type,
  jobId: 'job',
  generation: 1,
  parameters: { specType: 'openapi' },
  specification: { path: 'specification.yaml', format: 'yaml' },
  files: [...files],
});

/** The files of a run: the specification, and a connector of this engine in its folder. */
function filesOf(language: Language): ReadonlyMap<string, string> {
  const model = readModel({ text: specification, specType: 'openapi', format: 'yaml' });
  const connector = model.ok ? generateConnector(model.value, { name: 'pets', language, runtime: 'docker' }) : model;
  if (!connector.ok) throw new Error(connector.error.message);
  const files = connector.value.files.map(({ path, content }) => [`connector/${path}`, content] as const);
  return new Map([['specification.yaml', specification], ...files]);
}

function work(type: Task['type'], files: ReadonlyMap<string, string>) {
  const names = [...files.keys()].filter((path) => path.startsWith('connector/'));
  return deterministicWork(taskOf(type, names), (path) => files.get(path) ?? null);
}

describe.each([
  ['typescript', 'vitest', 'tests/connector.test.ts'],
  ['python', 'pytest', 'tests/test_connector.py'],
  ['go', 'go test', 'bridge/wire_test.go'],
] as const)('for a connector of this engine in %s', (language, framework, suite) => {
  const files = filesOf(language);

  test('tests are generated', () => {
    const done = work('generate-tests', files);
    const result = agentResultSchemas['generate-tests'].parse(done.ok ? done.value.result : null);
    expect(result.framework).toBe(framework);
    expect(result.cases).toBeGreaterThan(3);
    expect(result.files.map(({ path }) => path)).toEqual(expect.arrayContaining([suite, 'TESTS.md']));
  });

  test('documentation is generated', () => {
    const done = work('generate-documentation', files);
    const { files: pages } = agentResultSchemas['generate-documentation'].parse(done.ok ? done.value.result : null);
    expect(pages.map(({ path }) => path)).toEqual([
      'README.md',
      'docs/tools.md',
      'docs/clients.md',
      'docs/deployment.md',
      'docs/troubleshooting.md',
    ]);
    expect(pages.find(({ path }) => path === 'docs/tools.md')?.content).toContain('No such pet');
  });
});

test.each(['generate-tests', 'generate-documentation'] as const)('%s for somebody else\u2019s connector needs OpenHands', (type) => {
  const files = new Map([
    ['specification.yaml', specification],
    ['connector/src/index.ts', 'export default {};'],
  ]);
  expect(work(type, files)).toMatchObject({
    ok: false,
    error: { code: 'needs-openhands', message: expect.stringContaining('that this engine did not make') },
  });
});

test.each(['typescript', 'python', 'go'] as const)(
  'a connector in %s is validated by the engine’s run of it, or needs OpenHands',
  (language) => {
    const done = work('validate-connector', filesOf(language));
    if (language !== 'typescript') expect(done).toMatchObject({ ok: false, error: { code: 'needs-openhands' } });
    else
      expect(agentResultSchemas['validate-connector'].parse(done.ok ? done.value.result : null)).toMatchObject({ valid: true, issues: [] });
  },
);
