import { batchResultSchema } from '@mcpoverflow/types';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeEngine } from '../testing/fake-engine.ts';

const deployed = { ENVIRONMENT: 'production', AUTH: 'keys' };
const EVENING = Date.parse('2026-11-22T18:00:00Z');
const PATH = '/api/generate-from-description';

beforeEach(() => vi.useFakeTimers({ toFake: ['Date'], now: EVENING }));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function tenant(vars: Record<string, string>, record = {}) {
  const engine = new FakeEngine({ ...deployed, ...vars });
  const key = await engine.addKey('a1b2c3d4e5f6a7b8', record);
  const stands = (jobsInFlight: number, costUsdToday = 0) => engine.standings.set('acme', { revokedKeys: [], jobsInFlight, costUsdToday });
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    engine.post(path, body, { Authorization: `Bearer ${key}`, ...headers });
  let number = 0;
  const submit = (headers: Record<string, string> = {}, body = {}) => {
    number += 1;
    return post(PATH, { description: `connector ${number}`, ...body }, headers);
  };
  return { engine, stands, post, submit };
}

describe('jobs in flight', () => {
  const vars = { TENANT_MAX_JOBS_IN_FLIGHT: '3' };

  it('are as many as the bound says, those counted that were taken a moment ago', async () => {
    const { engine, stands, submit } = await tenant(vars);
    stands(1);
    expect((await submit()).status).toBe(202);
    expect((await submit()).status).toBe(202);
    const refused = await submit();
    expect(refused.status).toBe(429);
    expect(refused.headers.get('Retry-After')).toBe('30');
    expect(await refused.json()).toMatchObject({ code: 'too-many-jobs', detail: expect.stringContaining('3 jobs') });
    expect(engine.jobs.size).toBe(2);
  });

  it('that end make room at once, although a standing is kept longer', async () => {
    const { stands, submit } = await tenant(vars);
    stands(3);
    expect((await submit()).status).toBe(429);
    stands(2);
    vi.setSystemTime(EVENING + 1_000);
    expect((await submit()).status).toBe(202);
  });

  it('are counted item by item in a batch', async () => {
    const { engine, stands, post } = await tenant(vars);
    stands(1);
    const jobs = Array.from({ length: 5 }, (_, index) => ({ type: 'generate-from-description', description: `connector ${index}` }));
    const response = await post('/api/jobs/batch', { jobs });
    const result = batchResultSchema.parse(await response.json());
    expect(result).toMatchObject({ accepted: 2, refused: 3 });
    expect(result.jobs[2]).toMatchObject({ index: 2, problem: { code: 'too-many-jobs', status: 429 } });
    expect(engine.jobs.size).toBe(2);
    expect(engine.standingsRead).toHaveLength(1);
  });

  it('do not stand in the way of a submission that was taken before', async () => {
    const { stands, post } = await tenant(vars);
    const again = () => post(PATH, { description: 'a connector' }, { 'Idempotency-Key': 'one' });
    const first = await again();
    stands(3);
    vi.setSystemTime(EVENING + 20_000);
    const second = await again();
    expect(second.status).toBe(202);
    expect(await second.json()).toMatchObject({ jobId: (await first.json<{ jobId: string }>()).jobId });
  });

  it('give their places back when nothing came of them', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { engine, stands, submit } = await tenant(vars);
    stands(2);
    engine.faults.job = new Error('no object');
    expect((await submit()).status).toBe(503);
    delete engine.faults.job;
    expect((await submit()).status).toBe(202);
    expect((await submit()).status).toBe(429);
  });

  it('count for a retry, too', async () => {
    const { engine, stands, post, submit } = await tenant(vars);
    await submit();
    const { jobId } = engine.onlyJob.request;
    await engine.fail(jobId);
    stands(3);
    vi.setSystemTime(EVENING + 20_000);
    expect((await post(`/api/jobs/${jobId}/retry`, undefined)).status).toBe(429);
    stands(2);
    vi.setSystemTime(EVENING + 40_000);
    expect((await post(`/api/jobs/${jobId}/retry`, undefined)).status).toBe(202);
  });

  it('do not bind who runs without keys', async () => {
    const engine = new FakeEngine({ TENANT_MAX_JOBS_IN_FLIGHT: '1' });
    for (const description of ['one', 'two', 'three']) expect((await engine.post(PATH, { description })).status).toBe(202);
    expect(engine.standingsRead).toEqual([]);
  });

  it('are not held against anybody while the index is silent', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const { engine, stands, submit } = await tenant(vars);
    engine.faults.standing = new Error('no index');
    for (let jobs = 1; jobs <= 4; jobs++) expect((await submit()).status).toBe(202);
    delete engine.faults.standing;
    stands(0);
    vi.setSystemTime(EVENING + 20_000);
    expect((await submit()).status).toBe(202);
    engine.faults.standing = new Error('no index');
    for (let jobs = 1; jobs <= 4; jobs++) {
      vi.setSystemTime(EVENING + 20_000 + jobs * 600_000);
      expect((await submit()).status).toBe(202);
    }
  });

  it('go on to count for a minute of its silence', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const { engine, stands, submit } = await tenant(vars);
    stands(3);
    expect((await submit()).status).toBe(429);
    engine.faults.standing = new Error('no index');
    vi.setSystemTime(EVENING + 59_000);
    expect((await submit()).status).toBe(429);
    vi.setSystemTime(EVENING + 60_000);
    expect((await submit()).status).toBe(202);
  });
});

describe('the cost of a day', () => {
  const vars = { TENANT_MAX_COST_USD_PER_DAY: '10' };

  it('that is used up ends submissions until the day ends', async () => {
    const { stands, submit } = await tenant(vars);
    stands(0, 9.99);
    expect((await submit()).status).toBe(202);
    stands(0, 10);
    vi.setSystemTime(EVENING + 20_000);
    const refused = await submit();
    expect(refused.status).toBe(429);
    expect(refused.headers.get('Retry-After')).toBe(String(6 * 3_600 - 20));
    expect(await refused.json()).toMatchObject({ code: 'cost-limit-reached', detail: expect.stringContaining('2026-11-23T00:00:00.000Z') });
  });

  it('of yesterday is forgotten when the day ends, although the index is silent', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const { engine, stands, submit } = await tenant(vars);
    stands(0, 10);
    vi.setSystemTime(Date.parse('2026-11-22T23:59:50Z'));
    expect((await submit()).status).toBe(429);
    engine.faults.standing = new Error('no index');
    vi.setSystemTime(Date.parse('2026-11-23T00:00:05Z'));
    expect((await submit()).status).toBe(202);
  });

  it('does not stand in the way of work that costs nothing', async () => {
    const { stands, submit } = await tenant(vars);
    stands(0, 10);
    expect((await submit({}, { engine: 'embedded' })).status).toBe(202);
  });

  it('has no bound where none is set', async () => {
    const { stands, submit } = await tenant({});
    stands(0, 1_000_000);
    expect((await submit()).status).toBe(202);
  });
});

describe('a replay of dead letters', () => {
  const vars = { TENANT_MAX_JOBS_IN_FLIGHT: '1' };
  const replay = { ids: ['job_00000000-0000-4000-8000-000000000000'] };

  it('by a tenant is held to its bounds', async () => {
    const { stands, post } = await tenant(vars, { scopes: ['operate'] });
    stands(1);
    expect(await (await post('/api/dead-letters/replay', replay)).json()).toMatchObject({ code: 'too-many-jobs' });
  });

  it('by the engine’s operator is not', async () => {
    const { stands, post } = await tenant(vars, { tenant: '*', scopes: ['operate'] });
    stands(1);
    expect((await post('/api/dead-letters/replay', replay)).status).toBe(202);
  });
});
