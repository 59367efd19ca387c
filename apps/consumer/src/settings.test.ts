import { describe, expect, it } from 'vitest';
import { readSettings } from './settings.ts';

describe('the settings', () => {
  it('are complete in an empty environment, on the embedded agent', () => {
    const settings = readSettings({});
    expect(settings).toMatchObject({ retryAttempts: 8, jobTimeoutMs: 1_800_000, leaseMs: 120_000, createQuietMs: 120_000 });
    expect(settings.openhands).toBeUndefined();
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
      sessionApiKey: 'key',
    });
  });

  it('refuse what they cannot read, by name and without the value', () => {
    const read = () => readSettings({ RETRY_ATTEMPTS: 'many', OPENHANDS_API_URL: 'file:///secret' });
    expect(read).toThrow(/RETRY_ATTEMPTS/);
    expect(read).toThrow(/OPENHANDS_API_URL/);
    expect(read).not.toThrow(/secret/);
  });
});
