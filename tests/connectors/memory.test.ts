/**
 * Whole jobs (admission, analysis or connector, verification) in the three Workers as they are deployed, each in the
 * 128 MB that Cloudflare gives an isolate, up to 20 MB of specification. Each specification has an engine of its own, so
 * that a failure names the one that does not fit.
 */
import { existsSync, readFileSync } from 'node:fs';
import { agentResultSchemas } from '@mcpoverflow/types';
import { dump } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type LimitedEngine, specificationIn, startLimited, workOn } from '../support/limited-engine.ts';
import { corpus } from '../support/specifications.ts';
import { largeSpecification } from './fixtures/memory/large-specification.ts';

const ISOLATE_MEGABYTES = 128;
const largest = ['github.json', 'msgraph.json', 'stripe.json', 'openai.yaml', 'github.graphql'].map((name) => new URL(name, corpus));
const isThere = existsSync(corpus);
if (!isThere) console.warn(`\n!!! ${corpus.pathname} is missing: NO real specification is tried in the memory of a Worker.\n`);
test.runIf(process.env.CI !== undefined)('the corpus is there', () => expect(isThere).toBe(true));

const specifications: readonly (readonly [string, () => unknown])[] = [
  ['20 MB of texts that are all different', largeSpecification],
  ...(isThere ? largest.map((file) => [file.pathname.split('/').at(-1) ?? '', () => specificationIn(file)] as const) : []),
  ...(isThere ? [['msgraph.json as text', graphText] as const, ['20 MB of msgraph.json as YAML', graphYaml] as const] : []),
];

function graphText(): string {
  return readFileSync(new URL('msgraph.json', corpus), 'utf8');
}

/** As many of its paths as 20 MB hold, in half a million lines. */
function graphYaml(): string {
  const document = z.looseObject({ paths: z.record(z.string(), z.unknown()) }).parse(JSON.parse(graphText()));
  const paths = Object.entries(document.paths);
  return dump({ ...document, paths: Object.fromEntries(paths.slice(0, paths.length * 0.75)) }, { lineWidth: -1, noRefs: true });
}

describe('a Worker in this runtime', () => {
  let worker: LimitedEngine;
  beforeAll(async () => {
    const config = { name: 'keeping', main: 'tests/connectors/fixtures/memory/keeping-worker.ts', compatibility_date: '2026-08-04' };
    worker = await startLimited(ISOLATE_MEGABYTES, [{ config }]);
  });
  afterAll(() => worker[Symbol.asyncDispose]());

  test('makes no code of text', async () => {
    expect(await (await worker.fetch('/eval')).text()).toContain('Code generation from strings disallowed');
  });

  test('may keep 96 MB, and goes down with 136', async () => {
    expect(await (await worker.fetch('/?megabytes=96')).text()).toBe('96');
    const answered = worker.fetch('/?megabytes=136').then(
      ({ ok }) => ok,
      () => false,
    );
    expect(await answered).toBe(false);
  });
});

describe.each(specifications)('%s', (_, specification) => {
  let engine: LimitedEngine;
  beforeAll(async () => {
    engine = await startLimited(ISOLATE_MEGABYTES);
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  test('is analysed', async () => {
    const { status, error, result } = await workOn(engine, 'analyze', specification());
    expect(status, JSON.stringify(error)).toBe('completed');
    expect(agentResultSchemas.analyze.parse(result).endpoints.length).toBeGreaterThan(200);
  });

  test('becomes a connector that passes its verification', async () => {
    const { status, error, result } = await workOn(engine, 'generate-connector', specification());
    expect(status, JSON.stringify(error)).toBe('completed');
    expect(result).toMatchObject({ verification: { ran: true, passed: true } });
  });
});
