import { describe, expect, it } from 'vitest';
import { deadLetterOf } from '../testing/fake-dead-letters.ts';
import { FakeEngine } from '../testing/fake-engine.ts';

async function replaying() {
  const engine = new FakeEngine();
  engine.deadLetters.letters = [deadLetterOf({ id: 'job_1' }), deadLetterOf({ id: 'job_2' })];
  const started = await engine.post('/api/dead-letters/replay', { filter: { status: 'dead' } });
  const path = started.headers.get('Location') ?? '';
  const control = (action: string) => engine.request(`${path}/${action}`, { method: 'POST' });
  return { engine, path, control };
}

describe('GET /api/dead-letters/replays/{replayId}', () => {
  it('shows how it stands, at the address that its start named', async () => {
    const { engine, path } = await replaying();
    const response = await engine.request(path);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ state: 'running', counts: { total: 2 }, links: { self: path } });
  });

  it('lists its items page by page', async () => {
    const { engine, path } = await replaying();
    const first = await engine.request(`${path}/items?limit=1`);
    expect(await first.json()).toMatchObject({ items: [{ deadLetterId: 'job_1' }], next: '1' });
    expect(first.headers.get('Link')).toBe(`<${path}/items?limit=1&cursor=1>; rel="next"`);
    expect(await (await engine.request(`${path}/items?state=died`)).json()).toEqual({ items: [] });
  });

  it.each([
    ['?state=lost', 'invalid-request'],
    ['?cursor=x', 'invalid-cursor'],
  ])('refuses items%s', async (query, code) => {
    const { engine, path } = await replaying();
    const response = await engine.request(`${path}/items${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code });
  });
});

describe('a replay', () => {
  it('is paused, resumed and aborted, each as often as one likes', async () => {
    const { control } = await replaying();
    for (const [action, state] of [
      ['pause', 'paused'],
      ['pause', 'paused'],
      ['resume', 'running'],
      ['abort', 'aborted'],
      ['abort', 'aborted'],
    ] as const) {
      const response = await control(action);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ state });
    }
  });

  it('says why it cannot be resumed', async () => {
    const { control } = await replaying();
    await control('abort');
    const response = await control('resume');
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({
      code: 'replay-not-possible',
      detail: 'The replay is aborted and cannot be resumed.',
    });
  });

  it.each([
    ['GET', ''],
    ['GET', '/items'],
    ['POST', '/pause'],
    ['POST', '/resume'],
    ['POST', '/abort'],
  ])('that does not exist answers 404: %s %s', async (method, rest) => {
    for (const id of ['00000000-0000-4000-8000-000000000000', 'nonsense']) {
      const response = await new FakeEngine().request(`/api/dead-letters/replays/${id}${rest}`, { method });
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: 'replay-not-found' });
    }
  });
});
