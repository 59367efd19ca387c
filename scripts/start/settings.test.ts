import { expect, test } from 'vitest';
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
      workerVariables: { PUBLIC_URL: 'http://127.0.0.1:8787' },
    },
  });
});

test.each([
  [{ PORT: 'http' }, 'PORT must be a number.'],
  [{ PORT: '70000' }, 'PORT must be 65535 or less.'],
  [{ WATCHDOG_SECONDS: '0' }, 'WATCHDOG_SECONDS must be 1 or more.'],
  [{ RETRY_ATTEMPTS: 'abc' }, 'RETRY_ATTEMPTS must be a whole number above 0, such as 8.'],
  [{ MAX_BODY_BYTES: '25MB' }, 'MAX_BODY_BYTES must be a whole number of bytes above 0, such as 26214400.'],
  [
    { LLM_API_KEY: 'key' },
    "LLM_API_KEY is set without OPENHANDS_LLM, so no model would use it: set OPENHANDS_LLM to the model's name, or unset LLM_API_KEY.",
  ],
])('%o is refused with a sentence that names the variable', (environment, sentence) => {
  expect(readSettings(environment, '/project')).toEqual({ ok: false, error: sentence });
});

test('all that is wrong is said at once', () => {
  const environment = { PORT: 'http', RETRY_ATTEMPTS: '0', MAX_BODY_BYTES: '0' };
  const read = readSettings(environment, '/project');
  for (const name of Object.keys(environment)) expect(read).toEqual({ ok: false, error: expect.stringContaining(`${name} must be`) });
});

test('an empty variable counts as unset', () => {
  expect(readSettings({ PORT: '', MCPOVERFLOW_STATE_DIR: '' }, '/project')).toMatchObject({ ok: true, value: { port: 8787 } });
});

test('only documented variables reach the Workers', () => {
  const environment = { RETRY_ATTEMPTS: '3', LLM_API_KEY: '', PORT: '9000', AWS_SECRET_ACCESS_KEY: 'of another tool' };
  expect(readSettings(environment, '/project')).toMatchObject({ ok: true, value: { workerVariables: { RETRY_ATTEMPTS: '3' } } });
});
