/**
 * The lines of a `.env` that the connectors of all languages read alike, with what they mean. Node reads them for
 * TypeScript, so it is the one to agree with; Go's and Python's runtimes test themselves with the same lines.
 */
import { parseEnv } from 'node:util';
import { expect, test } from 'vitest';
import environment from './environment.json' with { type: 'json' };

test('Node reads the .env of a connector as the other languages do', () => {
  expect(parseEnv(environment.lines.join('\n'))).toEqual(environment.values);
});
