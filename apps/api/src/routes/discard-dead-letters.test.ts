import { afterEach, describe, expect, it, vi } from 'vitest';
import { deadLetterOf } from '../testing/fake-dead-letters.ts';
import { FakeEngine } from '../testing/fake-engine.ts';

const withLetters = () => {
  const engine = new FakeEngine();
  engine.deadLetters.letters = [
    deadLetterOf({ id: 'job_1' }),
    deadLetterOf({ id: 'job_2', fingerprint: 'f2' }),
    deadLetterOf({ id: 'job_3', status: 'recovered' }),
  ];
  const statuses = () => engine.deadLetters.letters.map(({ status }) => status);
  return { engine, statuses, discard: (rest: string) => engine.request(`/api/dead-letters${rest}`, { method: 'DELETE' }) };
};
afterEach(() => vi.restoreAllMocks());

describe('DELETE /api/dead-letters/{deadLetterId}', () => {
  it('discards one, once, and keeps it', async () => {
    const { discard, statuses } = withLetters();
    const response = await discard('/job_1');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ discarded: 1 });
    expect(await (await discard('/job_1')).json()).toEqual({ discarded: 0 });
    expect(statuses()).toEqual(['discarded', 'dead', 'recovered']);
  });

  it('leaves one alone that is not dead', async () => {
    const { discard, statuses } = withLetters();
    expect(await (await discard('/job_3')).json()).toEqual({ discarded: 0 });
    expect(statuses()).toEqual(['dead', 'dead', 'recovered']);
  });

  it.each(['job_unknown', 'nonsense'])('answers 404 for %s', async (id) => {
    expect((await withLetters().discard(`/${id}`)).status).toBe(404);
  });
});

describe('DELETE /api/dead-letters', () => {
  it.each([
    ['?fingerprint=f2', ['dead', 'discarded', 'recovered'], 1],
    ['?status=dead', ['discarded', 'discarded', 'recovered'], 2],
  ])('discards what is dead of %s', async (query, after, discarded) => {
    const { discard, statuses } = withLetters();
    expect(await (await discard(query)).json()).toEqual({ discarded });
    expect(statuses()).toEqual(after);
  });

  it('does not take a forgotten filter for everything', async () => {
    const { discard, statuses } = withLetters();
    const response = await discard('');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid-request', detail: expect.stringContaining('status=dead') });
    expect(statuses()).toEqual(['dead', 'dead', 'recovered']);
  });

  it.each(['?fingerprints=f2', '?limit=1', '?fingerprint='])('discards nothing for %s', async (query) => {
    const { discard, statuses } = withLetters();
    expect((await discard(query)).status).toBe(400);
    expect(statuses()).toEqual(['dead', 'dead', 'recovered']);
  });

  it('is not repeated by us when its answer was lost: the repeat would count nothing', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { engine, discard } = withLetters();
    const lost = vi.spyOn(engine.deadLetters, 'discard').mockRejectedValue(Object.assign(new Error('lost'), { retryable: true }));
    const response = await discard('?status=dead');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining('safe to send this again') });
    expect(lost).toHaveBeenCalledOnce();
  });
});
