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
  // Set by the wrangler files: it says where the Workers run, which is no choice of an operator.
  asked.delete('ENVIRONMENT');
  const listed = new Set(operatorVariables.filter((variable) => variable.for === 'workers').map((variable) => variable.name));
  expect([...asked].filter((name) => !listed.has(name))).toEqual([]);
  expect(asked.size).toBeGreaterThan(10);
});
