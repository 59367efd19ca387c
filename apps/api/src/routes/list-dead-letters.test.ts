import { afterEach, describe, expect, it, vi } from 'vitest';
import { deadLetterOf } from '../testing/fake-dead-letters.ts';
import { FakeEngine } from '../testing/fake-engine.ts';

const withLetters = () => {
  const engine = new FakeEngine();
  engine.deadLetters.letters = [
    deadLetterOf({ id: 'job_1' }),
    deadLetterOf({ id: 'job_2', tenant: 'other', fingerprint: 'f2' }),
    deadLetterOf({ id: 'job_3', status: 'recovered' }),
  ];
  return engine;
};
interface Page {
  readonly deadLetters: { readonly id: string }[];
}
const idsOf = async (response: Response) => (await response.json<Page>()).deadLetters.map(({ id }) => id);
afterEach(() => vi.restoreAllMocks());

describe('GET /api/dead-letters', () => {
  it('shows everybody’s on this machine, in every status', async () => {
    const response = await withLetters().request('/api/dead-letters');
    expect(response.status).toBe(200);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(await idsOf(response)).toEqual(['job_1', 'job_2', 'job_3']);
  });

  it('narrows by filter and links to the next page', async () => {
    const engine = withLetters();
    const first = await engine.request('/api/dead-letters?status=dead&limit=1');
    expect(await idsOf(first)).toEqual(['job_1']);
    const link = first.headers.get('Link') ?? '';
    expect(link).toBe('</api/dead-letters?status=dead&limit=1&cursor=1>; rel="next"');
    expect(await idsOf(await engine.request(link.slice(1, link.indexOf('>'))))).toEqual(['job_2']);
  });

  it.each([
    ['status=lost', '/status'],
    ['kind=other', '/kind'],
    ['since=yesterday', '/since'],
    ['limit=101', '/limit'],
    ['colour=red', '/colour'],
  ])('refuses ?%s, as the groups do', async (query, pointer) => {
    for (const path of ['/api/dead-letters', '/api/dead-letters/groups']) {
      const response = await withLetters().request(`${path}?${query}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: 'invalid-request', errors: [{ pointer }] });
    }
  });

  it('refuses a cursor that is not one of ours, as the groups do', async () => {
    for (const path of ['/api/dead-letters', '/api/dead-letters/groups']) {
      const response = await withLetters().request(`${path}?cursor=x`);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: 'invalid-cursor' });
    }
  });

  it('says that it cannot be answered right now', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const engine = withLetters();
    engine.faults.deadLetters = new Error('no such object');
    expect((await engine.request('/api/dead-letters')).status).toBe(503);
  });
});

describe('GET /api/dead-letters/groups', () => {
  it('shows what stands dead, by cause, page by page', async () => {
    const engine = withLetters();
    const response = await engine.request('/api/dead-letters/groups?limit=1');
    expect(response.status).toBe(200);
    expect(response.headers.get('Link')).toBe('</api/dead-letters/groups?limit=1&cursor=1>; rel="next"');
    expect(await response.json()).toMatchObject({ groups: [{ fingerprint: 'f1', count: 1, sample: { id: 'job_1' } }], next: '1' });
  });
});
