import { describe, expect, it } from 'vitest';
import { parseSettings, readSettings } from './settings.ts';

describe('the settings', () => {
  it('are complete in an empty environment, on the embedded agent', () => {
    const settings = readSettings({});
    expect(settings).toMatchObject({ retryAttempts: 8, jobTimeoutMs: 1_800_000, leaseMs: 120_000, createQuietMs: 120_000 });
    expect(settings.openhands).toBeUndefined();
  });

  it('of an environment that does not say what it is are those of production', () => {
    expect(readSettings({}).environment).toBe('production');
  });

  it('take the schedule of webhook calls as a comma list of seconds', () => {
    expect(readSettings({ WEBHOOK_SCHEDULE_SECONDS: '0, 0.5,10' }).webhookPausesMs).toEqual([0, 500, 10_000]);
    expect(readSettings({}).webhookPausesMs).toHaveLength(9);
    for (const list of ['', '1,,2', '1,-2', '2592001', 'soon', Array(101).fill('1').join(',')]) {
      expect(parseSettings({ WEBHOOK_SCHEDULE_SECONDS: list })).toMatchObject({
        ok: false,
        error: expect.stringMatching(
          /^WEBHOOK_SCHEDULE_SECONDS must be a comma list of at most 100 numbers of seconds, each at most 2592000, such as 5,300,/,
        ),
      });
    }
  });

  it('come from strings, seconds and days become milliseconds', () => {
    expect(readSettings({ RETRY_ATTEMPTS: '3', RETRY_BASE_SECONDS: '0.5', JOB_RETENTION_DAYS: '2' })).toMatchObject({
      retryAttempts: 3,
      backoff: { baseMs: 500 },
      retentionMs: 172_800_000,
    });
  });

  it('name OpenHands only when it has an address; an empty one is none', () => {
    expect(readSettings({ OPENHANDS_API_URL: ' ', OPENHANDS_API_KEY: 'key' }).openhands).toBeUndefined();
    expect(readSettings({ OPENHANDS_API_URL: 'http://agent:8010', OPENHANDS_API_KEY: 'key' }).openhands).toEqual({
      url: 'http://agent:8010',
      driver: 'agent-server',
      sessionApiKey: 'key',
    });
  });

  it.each(['/', '//', '/..', '/work/..', '/work/../x', '/./work', '/work/.', '/work//x', 'work', './work'])(
    'refuse the workspace %s, in which no run could have a directory that is removed',
    (path) => {
      expect(parseSettings({ OPENHANDS_WORKSPACE: path })).toEqual({
        ok: false,
        error: 'OPENHANDS_WORKSPACE must be the absolute path of a directory below /, without . and .., such as /workspace.',
      });
    },
  );

  it('take any other workspace, and count empty variables as unset', () => {
    for (const path of ['/w', '/var/lib/.open hands/...', '/workspace/']) {
      expect(readSettings({ OPENHANDS_WORKSPACE: path }).workspace).toBe(path.replace(/\/$/, ''));
    }
    expect(readSettings({ OPENHANDS_WORKSPACE: '' }).workspace).toBe('/workspace');
    expect(readSettings({ OPENHANDS_DRIVER: '', OPENHANDS_API_URL: 'http://agent:8010' }).openhands?.driver).toBe('agent-server');
    expect(parseSettings({ OPENHANDS_DRIVER: 'clouds' })).toEqual({ ok: false, error: 'OPENHANDS_DRIVER must be agent-server or cloud.' });
  });

  it('say what a variable must be', () => {
    expect(parseSettings({ RETRY_ATTEMPTS: 'abc', RESEND_SECONDS: '-1', JOB_TIMEOUT_MS: '-1.5', OPENHANDS_API_URL: 'agent:8010' })).toEqual(
      {
        ok: false,
        error:
          'RETRY_ATTEMPTS must be a whole number above 0, such as 8. ' +
          'JOB_TIMEOUT_MS must be a whole number of milliseconds above 0, such as 1800000. ' +
          'RESEND_SECONDS must be a number of seconds above 0, such as 15. ' +
          'OPENHANDS_API_URL must be an http or https address, such as https://agent.example.com.',
      },
    );
  });

  it.each(['LLM_API_KEY', 'LLM_BASE_URL'])('refuse %s without a model that would use it', (name) => {
    const sentence = `${name} is set without OPENHANDS_LLM, so no model would use it: set OPENHANDS_LLM to the model's name, or unset ${name}.`;
    expect(parseSettings({ [name]: 'secret' })).toEqual({ ok: false, error: sentence });
    expect(parseSettings({ [name]: 'secret', OPENHANDS_LLM: 'a-model' }).ok).toBe(true);
    expect(parseSettings({ [name]: ' ' }).ok).toBe(true);
  });

  it('refuse what they cannot read, by name and without the value', () => {
    const read = () => readSettings({ RETRY_ATTEMPTS: 'many', OPENHANDS_API_URL: 'file:///secret' });
    expect(read).toThrow(/RETRY_ATTEMPTS/);
    expect(read).toThrow(/OPENHANDS_API_URL/);
    expect(read).not.toThrow(/secret/);
  });

  it('take a price as a number, none when unset, and belongs to a model', () => {
    const priced = (price: string) =>
      parseSettings({ OPENHANDS_API_URL: 'http://127.0.0.1:1', OPENHANDS_LLM: 'm', LLM_INPUT_USD_PER_MILLION_TOKENS: price });
    expect(priced('2.5')).toMatchObject({ ok: true, value: { openhands: { llm: { inputUsdPerMillionTokens: 2.5 } } } });
    expect(priced('')).toMatchObject({ ok: true, value: { openhands: { llm: { model: 'm' } } } });
    expect(priced('cheap')).toEqual({ ok: false, error: 'LLM_INPUT_USD_PER_MILLION_TOKENS must be a number of US dollars, such as 2.5.' });
    expect(priced('-1')).toMatchObject({ ok: false });
  });
});
