import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeEngine } from '../testing/fake-engine.ts';

const path = '/api/webhook-secret';
const create = (engine: FakeEngine) => engine.request(path, { method: 'POST' });
const rotate = (engine: FakeEngine, init: RequestInit = {}) => engine.request(`${path}/rotate`, { method: 'POST', ...init });
const json = (body: unknown): RequestInit => ({ body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } });
const lost = () => Object.assign(new Error('connection lost'), { retryable: true });

beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined));
afterEach(() => vi.restoreAllMocks());

describe('the webhook secret', () => {
  it('is shown once, and described without itself', async () => {
    const engine = new FakeEngine();
    expect(await (await engine.request(path)).json()).toEqual({ keys: [] });
    const first = await create(engine);
    expect(first.status).toBe(201);
    expect(await first.json()).toMatchObject({ secret: 'whsec_key-1', keys: [{ id: 'key-1' }] });

    const second = await create(engine);
    expect(second.status).toBe(409);
    expect(await second.json()).toMatchObject({ code: 'webhook-secret-exists', detail: expect.stringContaining('/rotate') });
    const described = await engine.request(path);
    expect(described.status).toBe(200);
    expect(await described.text()).not.toContain('whsec_');
  });

  it('is kept by nobody on the way', async () => {
    const engine = new FakeEngine();
    for (const answer of [await engine.request(path), await create(engine), await create(engine), await rotate(engine)]) {
      expect(answer.headers.get('Cache-Control')).toBe('no-store');
    }
  });

  it.each([
    ['a day unless it is said otherwise, without any body', {}, '2026-11-23T12:00:00.000Z'],
    [
      'a day with an empty body of any type',
      { body: '', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
      '2026-11-23T12:00:00.000Z',
    ],
    ['a day with an empty object', json({}), '2026-11-23T12:00:00.000Z'],
    ['as long as it is said', json({ overlapSeconds: 60 }), '2026-11-22T12:01:00.000Z'],
    ['not at all', json({ overlapSeconds: 0 }), '2026-11-22T12:00:00.000Z'],
  ])('when rotated goes on signing for %s', async (_name, init, expiresAt) => {
    const engine = new FakeEngine();
    await create(engine);
    const response = await rotate(engine, init);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ secret: 'whsec_key-2', keys: [{ id: 'key-2' }, { id: 'key-1', expiresAt }] });
  });

  it.each([
    ['an overlap above a week', json({ overlapSeconds: 604_801 }), 400, 'invalid-request'],
    ['a negative overlap', json({ overlapSeconds: -1 }), 400, 'invalid-request'],
    ['another field', json({ overlap: 1 }), 400, 'invalid-request'],
    ['null', json(null), 400, 'invalid-request'],
    [
      'a body that is not JSON',
      { body: 'overlapSeconds=1', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
      415,
      'unsupported-media-type',
    ],
    ['a body of more than 64 KiB', json({ overlap: 'x'.repeat(64 * 1024) }), 413, 'body-too-large'],
  ])('is not rotated with %s', async (_name, init, status, code) => {
    const engine = new FakeEngine();
    const response = await rotate(engine, init);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
    expect(engine.webhookCalls).toEqual([]);
  });
});

describe('an answer of the secret’s store that was lost', () => {
  it.each([
    ['createSecret', create],
    ['rotateSecret', rotate],
  ] as const)('is not asked for again by %s: the caller is told how to find out what happened', async (call, send) => {
    const engine = new FakeEngine();
    engine.faults.webhooksAnswer = lost();
    const response = await send(engine);
    expect(response.status).toBe(503);
    expect(response.headers.get('Retry-After')).toBeNull();
    expect(await response.json()).toMatchObject({ code: 'unavailable', detail: expect.stringContaining('GET /api/webhook-secret') });
    expect(engine.webhookCalls).toEqual([call]);
  });

  it('is asked for again when the secret is only described', async () => {
    const engine = new FakeEngine();
    engine.faults.webhooksAnswer = lost();
    expect((await engine.request(path)).status).toBe(503);
    expect(engine.webhookCalls).toEqual(['describeSecret', 'describeSecret']);
  });
});
