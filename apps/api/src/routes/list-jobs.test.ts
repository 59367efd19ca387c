import { describe, expect, it } from 'vitest';
import { FakeEngine } from '../testing/fake-engine.ts';

describe('GET /api/jobs', () => {
  it('asks the tenant’s index and links to the next page', async () => {
    const engine = new FakeEngine();
    engine.page = { kind: 'page', list: { jobs: [], next: 'abc=' } };
    const response = await engine.request('/api/jobs?status=failed&limit=5');
    expect(response.status).toBe(200);
    expect(response.headers.get('Link')).toBe('</api/jobs?status=failed&limit=5&cursor=abc%3D>; rel="next"');
    expect(engine.queries).toEqual([{ tenant: 'local', query: { status: 'failed', limit: 5 } }]);
  });

  it('has no link on the last page', async () => {
    const response = await new FakeEngine().request('/api/jobs');
    expect(response.headers.get('Link')).toBeNull();
    expect(await response.json()).toEqual({ jobs: [] });
  });

  it.each([
    ['limit=0', '/limit'],
    ['limit=many', '/limit'],
    ['status=lost', '/status'],
    ['colour=red', '/colour'],
  ])('refuses ?%s', async (query, pointer) => {
    const response = await new FakeEngine().request(`/api/jobs?${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid-request', errors: [{ pointer }] });
  });

  it('refuses a cursor that is not one of ours', async () => {
    const engine = new FakeEngine();
    engine.page = { kind: 'invalid-cursor' };
    const response = await engine.request('/api/jobs?cursor=x');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid-cursor' });
  });
});
