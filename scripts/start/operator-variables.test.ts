import { expect, test } from 'vitest';
import { readSettings } from '../../apps/consumer/src/settings.ts';
import { operatorVariables } from './operator-variables.ts';

test('every setting that the consumer reads is in the list, or it could not be set', () => {
  const asked = new Set<string>();
  readSettings(
    new Proxy(
      {},
      {
        get: (_, name) => {
          asked.add(String(name));
        },
      },
    ),
  );
  // No choices of an operator: the wrangler files say where the Workers run, the supervisor what it saw.
  for (const name of ['ENVIRONMENT', 'LAST_FREEZE_AT']) asked.delete(name);
  const listed = new Set(operatorVariables.filter((variable) => variable.for === 'workers').map((variable) => variable.name));
  expect([...asked].filter((name) => !listed.has(name))).toEqual([]);
  expect(asked.size).toBeGreaterThan(10);
});
