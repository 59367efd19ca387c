import { describe, expect, it } from 'vitest';
import { FakeEngine } from '../testing/fake-engine.ts';
import { MAX_SMALL_FIELDS_BYTES, refuseLargeFields } from './small-fields.ts';

const connector = { name: 'Users', specType: 'openapi', spec: { openapi: '3.0.0', info: { title: 'T', version: '1' }, paths: {} } };
const fix = { connector: { code: 'x', language: 'typescript' } };

const descriptions = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`GET /${index}`, 'ä'.repeat(4000)]));

describe('the fields beside the specification', () => {
  it.each([
    ['/authConfig', '/api/generate-connector', { ...connector, authConfig: { note: 'a'.repeat(20_000_000) } }],
    ['/customizations', '/api/generate-connector', { ...connector, customizations: { descriptions } }],
    [
      '/selectedEndpoints',
      '/api/generate-connector',
      { ...connector, selectedEndpoints: Array.from({ length: 2000 }, () => ({ method: 'get', path: `/${'p'.repeat(2000)}` })) },
    ],
    ['/error', '/api/fix-connector', { ...fix, error: { message: 'it fails', apiResponse: 'r'.repeat(20_000_000) } }],
  ])('are refused by name and size: %s', async (pointer, path, body) => {
    const engine = new FakeEngine();
    const response = await engine.post(path, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 'invalid-request',
      detail: expect.stringMatching(/has \d+ bytes as JSON; .* may have 262144 together, so shorten it\.$/),
      errors: [{ pointer }],
    });
    expect(engine.jobs.size).toBe(0);
  });

  it('count together, in bytes as JSON', () => {
    const half = 'a'.repeat(MAX_SMALL_FIELDS_BYTES / 2);
    expect(refuseLargeFields({ description: half }, { priority: 'low' }).ok).toBe(true);
    expect(refuseLargeFields({ description: half, authConfig: { half } }, {}).ok).toBe(false);
    expect(refuseLargeFields({ description: '\u0001'.repeat(MAX_SMALL_FIELDS_BYTES / 6 + 1) }, {}).ok).toBe(false);
  });

  it('leave room for the largest error report that is accepted otherwise', async () => {
    const error = { message: 'm'.repeat(20_000), stack: 's'.repeat(100_000), apiResponse: 'r'.repeat(100_000) };
    expect((await new FakeEngine().post('/api/fix-connector', { ...fix, error })).status).toBe(202);
  });
});
