/**
 * What goes over the wire, and what comes back: the same cases in every language. They are written by hand from
 * the texts of OpenAPI, HTTP and MCP, so that no runtime is judged by what another one does.
 */
import type { Language } from '@mcpoverflow/types';
import { beforeAll, describe, expect, test } from 'vitest';
import { wireRunners } from '../support/wire-runners.ts';
import { wireFixtures } from './fixtures/wire-fixtures.ts';

const languages: readonly Language[] = ['typescript', 'python', 'go'];
const available = new Map<Language, true | string>();
for (const language of languages) available.set(language, await wireRunners[language].available());

test('the base URL is that of the first server, with the defaults of its variables', () => {
  expect(wireFixtures[0]?.plan.api.baseUrl).toBe('https://eu.api.example:8443/v2');
});

test('every operation of every specification is called', () => {
  for (const { plan, cases } of wireFixtures)
    expect([...plan.operations.keys()].filter((tool) => !cases.some((each) => each.tool === tool))).toEqual([]);
});

test('no two cases of a specification have one name: verdicts go by it', () => {
  for (const { cases } of wireFixtures) expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
});

describe.each(languages)('in %s', (language) => {
  const missing = available.get(language);
  if (missing !== true) {
    test.skipIf(process.env.CI === undefined)(`cannot be played: ${missing}`, () => expect.fail(String(missing)));
    return;
  }

  describe.each(wireFixtures)('calls of a connector made from $name', ({ plan, cases }) => {
    let verdicts: ReadonlyMap<string, true | string> = new Map();
    beforeAll(async () => {
      verdicts = await wireRunners[language].play(plan, cases);
    });

    test.each(cases.map(({ name }) => name))('%s', (name) => {
      expect(verdicts.get(name)).toBe(true);
    });
  });
});
