import { expect, test } from 'vitest';
import { confidential, secretsToSet } from './secrets.ts';

const environment = { LLM_API_KEY: 'sk', OPENHANDS_LLM: 'model', OPENHANDS_API_URL: ' ', OPENHANDS_HOOK_SECRET: 'hook', HOME: '/home' };
const asked = { environment, existing: new Set<string>(), required: [], update: false };

test('a Worker gets its own secrets, and only those that are set', () => {
  expect(secretsToSet('consumer', asked)).toEqual({ LLM_API_KEY: 'sk', OPENHANDS_LLM: 'model' });
  expect(secretsToSet('api', asked)).toEqual({ OPENHANDS_HOOK_SECRET: 'hook' });
  expect(secretsToSet('agent', asked)).toEqual({});
});

test('what exists is left alone, unless all are to be updated', () => {
  const existing = new Set(['LLM_API_KEY']);
  expect(secretsToSet('consumer', { ...asked, existing })).toEqual({ OPENHANDS_LLM: 'model' });
  expect(secretsToSet('consumer', { ...asked, existing, update: true })).toEqual({ LLM_API_KEY: 'sk', OPENHANDS_LLM: 'model' });
});

test('a required one that nobody gave is made up, once', () => {
  const required = ['OPENHANDS_HOOK_SECRET'];
  const made = secretsToSet('api', { ...asked, environment: {}, required });
  expect(made).toEqual({ OPENHANDS_HOOK_SECRET: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(secretsToSet('api', { ...asked, environment: {}, required, existing: new Set(required), update: true })).toEqual({});
  expect(secretsToSet('api', { ...asked, required })).toEqual({ OPENHANDS_HOOK_SECRET: 'hook' });
});

test('the names of a driver and a model are words that may be seen, every other value is not', () => {
  const secrets = { OPENHANDS_DRIVER: 'agent-server', OPENHANDS_LLM: 'engine', LLM_API_KEY: 'sk', OPENHANDS_HOOK_SECRET: 'hook' };
  expect(confidential(secrets)).toEqual(['sk', 'hook']);
});
