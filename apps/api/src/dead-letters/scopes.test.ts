import type { ApiKeyRecord } from '@mcpoverflow/types';
import { describe, expect, it } from 'vitest';
import { routes } from '../routes.ts';
import { deadLetterOf } from '../testing/fake-dead-letters.ts';
import { FakeEngine } from '../testing/fake-engine.ts';

const ID = 'a1b2c3d4e5f6a7b8';

/** An engine with a dead letter and a replay of the tenant `acme`, called with a key of its own. */
async function calledWith(record: Partial<ApiKeyRecord>) {
  const engine = new FakeEngine({ ENVIRONMENT: 'production', AUTH: 'keys' });
  engine.deadLetters.letters = [
    deadLetterOf({ id: 'job_1', tenant: 'acme' }),
    deadLetterOf({ id: 'message_1', kind: 'message', tenant: undefined }),
  ];
  const owner = await engine.addKey('owner0123456789ab', { tenant: 'acme', scopes: ['operate'] });
  const planned = await engine.post('/api/dead-letters/replay', { ids: ['job_1'], dryRun: true }, { Authorization: `Bearer ${owner}` });
  const { replayId } = await planned.json<{ replayId: string }>();
  const before = structuredClone([engine.deadLetters.letters, [...engine.deadLetters.replays]]);
  const key = await engine.addKey(ID, record);
  const call = (method: string, path: string, body?: unknown) =>
    engine.request(path, {
      method,
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const unchanged = () => expect([engine.deadLetters.letters, [...engine.deadLetters.replays]]).toEqual(before);
  return { engine, replayId, call, unchanged };
}

const deadLetterRoutes = routes.filter(({ path }) => path.startsWith('/api/dead-letters'));

describe('a key without the scope operate', () => {
  it.each(deadLetterRoutes.map(({ method, path }) => [method.toUpperCase(), path]))('may not %s %s', async (method, path) => {
    const { replayId, call, unchanged } = await calledWith({ tenant: 'acme', scopes: ['submit', 'read'] });
    const response = await call(method, path.replace('{deadLetterId}', 'job_1').replace('{replayId}', replayId));
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 'forbidden', detail: expect.stringContaining('`operate`') });
    unchanged();
  });
});

describe('another tenant’s key', () => {
  it('sees nothing and does nothing', async () => {
    const { replayId, call, unchanged } = await calledWith({ tenant: 'other', scopes: ['operate'] });
    expect(await (await call('GET', '/api/dead-letters?tenant=acme')).json()).toEqual({ deadLetters: [] });
    expect(await (await call('GET', '/api/dead-letters/groups')).json()).toEqual({ groups: [] });
    expect(await (await call('DELETE', '/api/dead-letters?tenant=acme')).json()).toEqual({ discarded: 0 });
    const replay = `/api/dead-letters/replays/${replayId}`;
    for (const [method, path, body] of [
      ['GET', '/api/dead-letters/job_1'],
      ['DELETE', '/api/dead-letters/job_1'],
      ['GET', replay],
      ['GET', `${replay}/items`],
      ['POST', `${replay}/abort`],
      ['POST', '/api/dead-letters/replay', { planId: replayId }],
      ['POST', '/api/dead-letters/replay', { ids: ['job_1'], patch: [{ op: 'remove', path: '/name' }] }],
    ] as const) {
      expect((await call(method, path, body)).status).toBe(404);
    }
    unchanged();
  });

  it('with the very same Idempotency-Key has a replay of its own', async () => {
    const { engine } = await calledWith({});
    for (const tenant of ['acme', 'other']) {
      const key = await engine.addKey(`${tenant}0123456789abcdef`, { tenant, scopes: ['operate'] });
      const headers = { Authorization: `Bearer ${key}`, 'Idempotency-Key': 'same' };
      const response = await engine.post('/api/dead-letters/replay', { filter: { status: 'dead' } }, headers);
      expect(response.status).toBe(202);
      expect(await response.json()).toMatchObject({ counts: { total: tenant === 'acme' ? 1 : 0 } });
    }
  });
});

describe('the operator’s key', () => {
  it('sees everybody’s, and the messages that nobody could read', async () => {
    const { replayId, call } = await calledWith({ tenant: '*', scopes: ['operate'] });
    const list = await (await call('GET', '/api/dead-letters')).json<{ deadLetters: { id: string }[] }>();
    expect(list.deadLetters.map(({ id }) => id)).toEqual(['job_1', 'message_1']);
    expect((await call('GET', `/api/dead-letters/replays/${replayId}`)).status).toBe(200);
  });
});
