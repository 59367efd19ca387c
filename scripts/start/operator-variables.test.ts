import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseSettings as parseApiSettings } from '../../apps/api/src/settings.ts';
import { readSettings } from '../../apps/consumer/src/settings.ts';
import { operatorVariables } from './operator-variables.ts';

test('every setting that the Workers read is in the list, or it could not be set', () => {
  const asked = new Set<string>();
  const env = new Proxy(
    {},
    {
      get: (_, name) => {
        asked.add(String(name));
      },
    },
  );
  readSettings(env);
  parseApiSettings(env);
  // No choices of an operator: the wrangler files say where the Workers run, the supervisor what it saw.
  for (const name of ['ENVIRONMENT', 'LAST_FREEZE_AT']) asked.delete(name);
  const listed = new Set(operatorVariables.filter((variable) => variable.for === 'workers').map((variable) => variable.name));
  expect([...asked].filter((name) => !listed.has(name))).toEqual([]);
  expect(asked.size).toBeGreaterThan(10);
});

test('the README explains every variable in the words of the list, and no other', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const [, table = ''] = /^## Configure\n(.*?)^## /ms.exec(readme) ?? [];
  const rows = [...table.matchAll(/^\| `([A-Z_]+)` +\| (.*?) +\|$/gm)].map(([, name, meaning]) => [name, meaning]);
  expect(rows).toEqual(operatorVariables.map(({ name, meaning }) => [name, meaning]));
});
