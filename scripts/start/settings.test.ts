import { expect, test } from 'vitest';
import { workerVariables } from './operator-variables.ts';
import { readSettings } from './settings.ts';

test('without variables the engine listens on 8787 and keeps its state in .wrangler', () => {
  expect(readSettings({}, '/project')).toEqual({
    ok: true,
    value: {
      port: 8787,
      url: 'http://127.0.0.1:8787',
      watchdogSeconds: 15,
      persistDirectory: '/project/.wrangler/state',
      engineDirectory: '/project/.wrangler/engine',
    },
  });
});

test.each([
  [{ PORT: 'http' }, 'PORT must be a number.'],
  [{ PORT: '70000' }, 'PORT must be 65535 or less.'],
  [{ WATCHDOG_SECONDS: '0' }, 'WATCHDOG_SECONDS must be 1 or more.'],
])('%o is refused with a sentence that names the variable', (environment, sentence) => {
  expect(readSettings(environment, '/project')).toEqual({ ok: false, error: sentence });
});

test('an empty variable counts as unset', () => {
  expect(readSettings({ PORT: '', MCPOVERFLOW_STATE_DIR: '' }, '/project')).toMatchObject({ ok: true, value: { port: 8787 } });
});

test('only documented variables reach the Workers', () => {
  const environment = { RETRY_ATTEMPTS: '3', LLM_API_KEY: '', PORT: '9000', AWS_SECRET_ACCESS_KEY: 'of another tool' };
  expect(workerVariables(environment)).toEqual({ RETRY_ATTEMPTS: '3' });
});
