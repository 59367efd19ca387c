import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Unstable_Config as Configuration, unstable_readConfig as readConfig } from 'wrangler';
import { addressPolicy, keyPolicies } from '../apps/api/src/rate-policies.ts';

const config = fileURLToPath(new URL('../wrangler.api.toml', import.meta.url));

test.each([[undefined], ['staging'], ['production']])('what callers are told is what the platform counts to (environment %s)', (env) => {
  const { ratelimits }: Configuration = readConfig(env === undefined ? { config } : { config, env }, { hideWarnings: true });
  const told = [addressPolicy, ...Object.values(keyPolicies)].map(({ binding, calls, seconds }) => [binding, calls, seconds]);
  expect(ratelimits.map(({ name, simple }) => [name, simple.limit, simple.period]).toSorted()).toEqual(told.toSorted());
  expect(new Set(ratelimits.map(({ namespace_id }) => namespace_id)).size).toBe(told.length);
});
