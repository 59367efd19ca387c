import { type ApiKeyRecord, apiKeyText } from '@mcpoverflow/types';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeEngine } from '../testing/fake-engine.ts';

const ID = 'a1b2c3d4e5f6a7b8';
const deployed = { ENVIRONMENT: 'production', AUTH: 'keys' };
const NOON = Date.parse('2026-11-22T12:00:00Z');

beforeEach(() => vi.useFakeTimers({ toFake: ['Date'], now: NOON }));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function withKey(record: Partial<ApiKeyRecord> = {}) {
  const engine = new FakeEngine(deployed);
  const key = await engine.addKey(ID, record);
  const call = (authorization: string | undefined, path = '/api/jobs', init: RequestInit = {}) =>
    engine.request(path, { ...init, headers: authorization === undefined ? {} : { Authorization: authorization } });
  return { engine, key, call, list: () => call(`Bearer ${key}`) };
}

describe('an API key', () => {
  it('says whose call it is', async () => {
    const { engine, list } = await withKey();
    expect((await list()).status).toBe(200);
    expect(engine.queries).toEqual([{ tenant: 'acme', query: { limit: 20 } }]);
  });

  it('is read whatever the case of its scheme', async () => {
    const { key, call } = await withKey();
    expect((await call(`bearer  ${key}`)).status).toBe(200);
  });

  it('of no use gets the same answer whatever is wrong with it', async () => {
    const { engine, key, call } = await withKey();
    const expired = await engine.addKey('expired0123456789', { expiresAt: new Date(NOON).toISOString() });
    const revoked = await engine.addKey('revoked0123456789', { revokedAt: new Date(NOON).toISOString() });
    const wrong = `${key.slice(0, -1)}X`;
    const unknown = key.replace(ID, 'nobody0123456789');
    const headers = [undefined, 'Bearer', 'Bearer nonsense', `Basic ${key}`, key, `Bearer ${key} more`];
    headers.push(...[wrong, unknown, expired, revoked].map((text) => `Bearer ${text}`));
    const answers = new Set<string>();
    for (const header of headers) {
      const response = await call(header);
      expect(response.status).toBe(401);
      const { requestId: _own, ...problem } = await response.json<Record<string, unknown>>();
      const names = [...response.headers].filter(([name]) => name !== 'x-request-id');
      answers.add(JSON.stringify([problem, names]));
    }
    expect(answers.size).toBe(1);
    expect([...answers][0]).toContain('["www-authenticate","Bearer"]');
  });

  it('that is no key is not looked up', async () => {
    const { engine, call } = await withKey();
    await call('Bearer ../key:x');
    await call(`Bearer mcp_${ID}_short`);
    expect(engine.kvReads).toEqual([]);
  });

  it('is looked up once in 15 seconds, and ends when it expires, not when it is looked up again', async () => {
    const { engine, list } = await withKey({ expiresAt: new Date(NOON + 10_000).toISOString() });
    expect((await list()).status).toBe(200);
    vi.setSystemTime(NOON + 9_999);
    expect((await list()).status).toBe(200);
    vi.setSystemTime(NOON + 10_000);
    expect((await list()).status).toBe(401);
    expect(engine.kvReads).toEqual([`key:${ID}`]);
  });

  it('is read from KV with the shortest memory that KV allows', async () => {
    const { engine, list } = await withKey();
    const read = vi.spyOn(engine.env.AI_JOBS, 'getWithMetadata');
    await list();
    expect(read.mock.calls).toEqual([[`key:${ID}`, { type: 'arrayBuffer', cacheTtl: 30 }]]);
  });

  it('that was revoked in KV opens nothing once the isolate has kept it for 15 seconds', async () => {
    const { engine, list } = await withKey();
    expect((await list()).status).toBe(200);
    await engine.addKey(ID, { revokedAt: new Date(NOON).toISOString() });
    vi.setSystemTime(NOON + 15_000);
    expect((await list()).status).toBe(401);
  });

  it('that its tenant’s index has revoked opens nothing within 20 seconds, however long KV takes to hear of it', async () => {
    const { engine, list } = await withKey();
    const other = await engine.addKey('another0123456789', {});
    expect((await list()).status).toBe(200);
    await engine.env.JOB_INDEX.get(engine.env.JOB_INDEX.idFromName('acme')).revokeKey(ID);
    vi.setSystemTime(NOON + 20_000);
    expect((await list()).status).toBe(401);
    expect((await engine.request('/api/jobs', { headers: { Authorization: `Bearer ${other}` } })).status).toBe(200);
  });

  it('costs its tenant’s index one call in 20 seconds, and one that opens nothing costs it none', async () => {
    const { engine, key, call, list } = await withKey();
    await call(`Bearer ${key.slice(0, -1)}X`);
    expect(engine.standingsRead).toEqual([]);
    for (let calls = 0; calls < 3; calls += 1) await list();
    vi.setSystemTime(NOON + 19_999);
    await list();
    expect(engine.standingsRead).toEqual(['acme']);
  });

  it('goes on to open when the index is silent, unless it was known to be revoked', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const { engine, list } = await withKey();
    engine.faults.standing = new Error('no index');
    expect((await list()).status).toBe(200);
    expect(JSON.parse(String(warn.mock.calls[0]?.[0]))).toMatchObject({ message: 'tenant standing not read', object: 'acme' });
    delete engine.faults.standing;
    engine.standings.set('acme', { revokedKeys: [ID], jobsInFlight: 0, costUsdToday: 0 });
    vi.setSystemTime(NOON + 5_000);
    expect((await list()).status).toBe(401);
    engine.faults.standing = new Error('no index');
    vi.setSystemTime(NOON + 60_000);
    expect((await list()).status).toBe(401);
  });

  it('that is new is asked for again after 5 seconds, although it was unknown before', async () => {
    const engine = new FakeEngine(deployed);
    const key = apiKeyText({ id: ID, secret: `${ID}0123456789abcdefghijklmnopqrstuvwxyzABCDEFG` });
    const list = () => engine.request('/api/jobs', { headers: { Authorization: `Bearer ${key}` } });
    expect((await list()).status).toBe(401);
    expect((await list()).status).toBe(401);
    expect(engine.kvReads).toHaveLength(1);
    await engine.addKey(ID, {});
    vi.setSystemTime(NOON + 5_000);
    expect((await list()).status).toBe(200);
  });

  it('is not driven out by thousands of invented ones', async () => {
    const { engine, key, call, list } = await withKey();
    await list();
    for (let number = 0; number < 1_001; number += 1) await call(`Bearer ${key.replace(ID, `invented${number}0000000000`)}`);
    engine.kvReads.length = 0;
    await list();
    expect(engine.kvReads).toEqual([]);
  });

  it('that cannot be checked is not called wrong', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { engine, key, list } = await withKey();
    engine.faults.kv = new Error('no KV');
    const response = await list();
    expect(response.status).toBe(503);
    expect(response.headers.get('Retry-After')).toBe('5');
    expect(await response.json()).toMatchObject({ code: 'unavailable' });
    expect(JSON.stringify(error.mock.calls)).not.toContain(key.slice(-43));
    delete engine.faults.kv;
    expect((await list()).status).toBe(200);
  });

  it.each([
    ['no JSON', 'nonsense'],
    ['another record', '{"v":2}'],
  ])('whose record is %s opens nothing, and an operator is told which', async (_name, text) => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { engine, list } = await withKey();
    engine.kv.set(`key:${ID}`, { value: await new Blob([text]).arrayBuffer(), metadata: null });
    expect((await list()).status).toBe(401);
    expect(JSON.parse(String(error.mock.calls[0]?.[0]))).toMatchObject({ message: 'api key record unreadable', object: `key:${ID}` });
  });

  it('is not needed for /health', async () => {
    const { engine } = await withKey();
    engine.faults.kv = new Error('no KV');
    expect((await engine.request('/health')).status).toBe(200);
  });
});

describe('a scope', () => {
  const post = { method: 'POST', body: '{}' };
  it.each<[ApiKeyRecord['scopes'], string, RequestInit, string | undefined]>([
    [['read'], '/api/jobs', {}, undefined],
    [['submit'], '/api/jobs', {}, 'read'],
    [['submit', 'read'], '/api/dead-letters', {}, 'operate'],
    [['operate'], '/api/dead-letters', {}, undefined],
    [['read', 'operate'], '/api/analyze', post, 'submit'],
    [['read'], '/api/webhook-secret/rotate', post, 'submit'],
    [['read'], '/openapi.json', {}, undefined],
  ])('of %j for %s', async (scopes, path, init, missing) => {
    const { key, call } = await withKey({ scopes });
    const response = await call(`Bearer ${key}`, path, init);
    if (missing === undefined) return expect(response.status).not.toBe(403);
    expect(response.status).toBe(403);
    expect(response.headers.get('WWW-Authenticate')).toBe(`Bearer error="insufficient_scope", scope="${missing}"`);
    expect(await response.json()).toMatchObject({ code: 'forbidden', detail: expect.stringContaining(`\`${missing}\``) });
  });

  it.each([
    ['/api/jobs', {}],
    ['/api/generate-from-description', { method: 'POST', body: '{"description":"x"}' }],
  ])('beside `operate` is none for the engine’s operator: %s', async (path, init) => {
    const { engine, key, call } = await withKey({ tenant: '*', scopes: ['submit', 'read', 'operate'] });
    expect((await call(`Bearer ${key}`, path, init)).status).toBe(403);
    expect((await call(`Bearer ${key}`, '/api/dead-letters')).status).toBe(200);
    expect(engine.jobs.size).toBe(0);
  });

  it('is not asked for at an address that takes another method', async () => {
    const { key, call } = await withKey({ scopes: ['read'] });
    expect((await call(`Bearer ${key}`, '/api/jobs', { method: 'PUT' })).status).toBe(405);
  });
});
