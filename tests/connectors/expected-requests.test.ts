/**
 * Every case of every real specification, played against the TypeScript runtime in this process: what suites expect
 * of a connector is what the engine's own connectors do, whichever of the two is asked first.
 */
import { type ConnectorOptions, planConnector, wireCases } from '@mcpoverflow/connectors';
import { describe, expect, test } from 'vitest';
import { inProcessPlayer } from '../../packages/connectors/src/wire-cases/fixtures/play-in-process.ts';
import { corpus, corpusFiles, modelOf } from '../support/specifications.ts';

const files = corpusFiles();
if (files.length === 0) console.warn(`\n!!! ${corpus.pathname} is missing: NO real specification is tested.\n`);
test.runIf(process.env.CI !== undefined)('the corpus is there', () => expect(files).not.toEqual([]));

/** Enough to see what is wrong. */
const MAX_TOLD = 5;

const shapes: readonly Pick<ConnectorOptions, 'authConfig' | 'customizations'>[] = [
  { customizations: { mode: 'list' } },
  { customizations: { mode: 'dynamic' } },
  { customizations: { outputSchemas: false, refs: 'defs', maxTools: 20, mode: 'list' }, authConfig: { type: 'apiKey', in: 'query' } },
];

describe.each(files)('cases for %s', (file) => {
  const model = modelOf(new URL(file, corpus));
  const isCallable = model.operations.length > 0;

  test.runIf(isCallable).each(shapes)('pass for the connector that is made with %j', async (shape) => {
    const planned = planConnector(model, { name: 'Test', language: 'typescript', runtime: 'docker', ...shape });
    if (!planned.ok) throw new Error(planned.error.message);
    const { plan } = planned.value;
    const { cases, mistaken, unknown } = wireCases(plan, model);
    const play = inProcessPlayer(plan);
    const failures: string[] = [];
    for (const each of cases) {
      const complaints = await play(each);
      if (complaints.length > 0) failures.push(`${each.name}: ${complaints.join('; ').slice(0, 1000)}`);
      if (failures.length >= MAX_TOLD) break;
    }
    expect({ failures, mistaken, unknown }).toEqual({ failures: [], mistaken: [], unknown: [] });
    expect(cases.length).toBeGreaterThan(0);
  });
});
