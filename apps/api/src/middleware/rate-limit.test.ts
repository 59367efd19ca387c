import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakeEngine } from '../testing/fake-engine.ts';

const ID = 'a1b2c3d4e5f6a7b8';
const CALLER = '203.0.113.7';
const deployed = { ENVIRONMENT: 'production', AUTH: 'keys' };

afterEach(() => vi.restoreAllMocks());

async function withKey(rateClass?: 'standard' | 'high') {
  const engine = new FakeEngine(deployed);
  const key = await engine.addKey(ID, rateClass === undefined ? {} : { rateClass });
  const call = (path = '/api/jobs', authorization = `Bearer ${key}`, address: string | undefined = CALLER) =>
    engine.request(path, { headers: { Authorization: authorization, ...(address === undefined ? {} : { 'CF-Connecting-IP': address }) } });
  return { engine, key, call };
}

describe('a call', () => {
  it('is counted for its address and for its key, and says by which policies', async () => {
    const { engine, call } = await withKey();
    const response = await call();
    expect(response.status).toBe(200);
    expect(engine.counted).toEqual([`ip ${CALLER}`, `standard ${ID}`]);
    expect(response.headers.get('RateLimit-Policy')).toBe('"standard";q=300;w=60, "ip";q=3000;w=60');
    expect(response.headers.has('RateLimit')).toBe(false);
  });

  it('with a key of the high class has its limit', async () => {
    const { engine, call } = await withKey('high');
    expect((await call()).headers.get('RateLimit-Policy')).toBe('"high";q=3000;w=60, "ip";q=3000;w=60');
    expect(engine.counted).toContain(`high ${ID}`);
  });

  it('says so in errors, too', async () => {
    const { call } = await withKey();
    expect((await call('/api/nothing')).headers.get('RateLimit-Policy')).toContain('"standard"');
    expect((await call('/api/jobs', 'Bearer nonsense')).headers.get('RateLimit-Policy')).toBe('"ip";q=3000;w=60');
    expect((await call('/health')).headers.get('RateLimit-Policy')).toBe('"ip";q=3000;w=60');
  });

  it('without a key on this machine is neither counted nor told of limits', async () => {
    const engine = new FakeEngine();
    const response = await engine.request('/api/jobs', { headers: { 'CF-Connecting-IP': '127.0.0.1' } });
    expect(engine.counted).toEqual([]);
    expect(response.headers.has('RateLimit-Policy')).toBe(false);
  });
});

describe('a preflight', () => {
  const CORS_ORIGINS = 'https://app.example.com';
  const headers = { Origin: CORS_ORIGINS, 'CF-Connecting-IP': CALLER, 'Access-Control-Request-Method': 'GET' };

  it('is counted for its address alone, and says so', async () => {
    const engine = new FakeEngine({ ...deployed, CORS_ORIGINS });
    const response = await engine.request('/api/jobs', { method: 'OPTIONS', headers });
    expect(response.status).toBe(204);
    expect(engine.counted).toEqual([`ip ${CALLER}`]);
    expect(response.headers.get('RateLimit-Policy')).toBe('"ip";q=3000;w=60');
  });

  it('too many is refused, and so is the call after it, where a page can read that', async () => {
    const engine = new FakeEngine({ ...deployed, CORS_ORIGINS });
    engine.tooOften.add(`ip ${CALLER}`);
    expect((await engine.request('/api/jobs', { method: 'OPTIONS', headers })).status).toBe(429);
    const response = await engine.request('/api/jobs', { headers });
    expect(response.status).toBe(429);
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe(CORS_ORIGINS);
    expect(response.headers.get('Access-Control-Expose-Headers')).toContain('RateLimit');
  });
});

describe('too many calls', () => {
  it('of an address are refused before anybody looks at their key', async () => {
    const { engine, call } = await withKey();
    engine.tooOften.add(`ip ${CALLER}`);
    const response = await call();
    expect(response.status).toBe(429);
    expect(response.headers.get('RateLimit')).toBe('"ip";r=0;t=60');
    expect(response.headers.get('Retry-After')).toBe('60');
    expect(response.headers.get('RateLimit-Policy')).toBe('"ip";q=3000;w=60');
    expect(await response.json()).toMatchObject({ code: 'rate-limited', status: 429 });
    expect(engine.kvReads).toEqual([]);
  });

  it('of a key are refused and do nothing, whatever address they come from', async () => {
    const { engine, call } = await withKey();
    engine.tooOften.add(`standard ${ID}`);
    for (const address of [CALLER, '198.51.100.1', undefined]) {
      const response = await call('/api/jobs', undefined, address);
      expect(response.status).toBe(429);
      expect(response.headers.get('RateLimit')).toBe('"standard";r=0;t=60');
      expect(response.headers.get('RateLimit-Policy')).toContain('"standard";q=300;w=60');
    }
    expect(engine.queries).toEqual([]);
  });

  it('of a page are refused in a way that its browser lets it read', async () => {
    const { engine, key } = await withKey();
    engine.tooOften.add(`standard ${ID}`);
    const origin = 'https://app.example.com';
    const headers = { Authorization: `Bearer ${key}`, Origin: origin };
    const response = await engine.request('/api/jobs', { headers }, { CORS_ORIGINS: origin });
    expect(response.status).toBe(429);
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe(origin);
    expect(response.headers.get('Access-Control-Expose-Headers')).toContain('RateLimit,RateLimit-Policy');
  });
});

describe('who guesses keys', () => {
  it('uses up the calls of the address ten times as fast', async () => {
    const { engine, call } = await withKey();
    expect((await call('/api/jobs', 'Bearer nonsense')).status).toBe(401);
    expect(engine.counted).toEqual(Array.from({ length: 10 }, () => `ip ${CALLER}`));
  });

  it('cannot take a new IPv6 address for every guess', async () => {
    const { engine, call } = await withKey();
    await call('/api/jobs', undefined, '2001:db8:1:2:aaaa::1');
    await call('/api/jobs', undefined, '2001:0DB8:0001:0002::2');
    await call('/api/jobs', undefined, '2001:db8::7');
    expect(engine.counted.filter((each) => each.startsWith('ip'))).toEqual(['ip 2001:db8:1:2', 'ip 2001:db8:1:2', 'ip 2001:db8:0:0']);
  });

  it('is not made of a caller whose key cannot be checked', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { engine, call } = await withKey();
    engine.faults.kv = new Error('no KV');
    expect((await call()).status).toBe(503);
    expect(engine.counted).toHaveLength(1);
  });
});

describe('a limiter', () => {
  it('that fails lets everybody through, and an operator finds the line', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { engine, call } = await withKey();
    engine.faults.limiter = new Error('limiter down');
    expect((await call()).status).toBe(200);
    expect(JSON.parse(String(error.mock.calls[0]?.[0]))).toMatchObject({ message: 'rate not limited', error: 'Error: limiter down' });
  });

  it('that is not bound is told of with every call', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { engine, key } = await withKey();
    const { RATE_LIMIT_STANDARD: _, ...env } = engine.env;
    engine.env = env;
    expect((await engine.request('/api/jobs', { headers: { Authorization: `Bearer ${key}` } })).status).toBe(200);
    expect(String(error.mock.calls[0]?.[0])).toContain('RATE_LIMIT_STANDARD is not bound');
  });
});
