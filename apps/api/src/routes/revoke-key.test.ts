import { apiKeyName, apiKeyRecordSchema } from '@mcpoverflow/types';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakeEngine } from '../testing/fake-engine.ts';

const deployed = { ENVIRONMENT: 'production', AUTH: 'keys' };
const LEAKED = 'a1b2c3d4e5f6a7b8';

afterEach(() => vi.restoreAllMocks());

async function engineWith(caller: { tenant: string; scopes: ('submit' | 'read' | 'operate')[] }) {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const engine = new FakeEngine(deployed);
  await engine.addKey(LEAKED, { tenant: 'acme' });
  const key = await engine.addKey('caller0123456789', caller);
  const revoke = (keyId: string) =>
    engine.request(`/api/keys/${keyId}/revoke`, { method: 'POST', headers: { Authorization: `Bearer ${key}` } });
  return { engine, revoke };
}

describe('POST /api/keys/{keyId}/revoke', () => {
  it.each([['*'], ['acme']])('takes a key of tenant acme from %s, and says when it holds', async (tenant) => {
    const { engine, revoke } = await engineWith({ tenant, scopes: ['operate'] });
    const response = await revoke(LEAKED);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ keyId: LEAKED, revoked: true, effectiveWithinSeconds: 30, recorded: true });
    expect(engine.standings.get('acme')?.revokedKeys).toEqual([LEAKED]);
    expect((await revoke(LEAKED)).status).toBe(200);
  });

  it('writes it into the record, too: the key stays shut when nobody knows the tenant’s index', async () => {
    const { engine, revoke } = await engineWith({ tenant: '*', scopes: ['operate'] });
    const leaked = await engine.addKey(LEAKED, { tenant: 'acme', name: 'ci' });
    await revoke(LEAKED);
    const { value = null } = engine.kv.get(apiKeyName(LEAKED)) ?? {};
    const record = apiKeyRecordSchema.parse(JSON.parse(new TextDecoder().decode(value ?? undefined)));
    expect(record).toMatchObject({ tenant: 'acme', name: 'ci', revokedAt: expect.any(String) });
    engine.faults.standing = new Error('no index');
    engine.standings.clear();
    const elsewhere = { AI_JOBS: { ...engine.env.AI_JOBS }, JOB_INDEX: { ...engine.env.JOB_INDEX } };
    const response = await engine.request('/api/jobs', { headers: { Authorization: `Bearer ${leaked}` } }, elsewhere);
    expect(response.status).toBe(401);
  });

  it('says so when it could not be written there, and writes it when it is asked again', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { engine, revoke } = await engineWith({ tenant: '*', scopes: ['operate'] });
    engine.faults.kvWrites = new Error('no KV');
    const response = await revoke(LEAKED);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ revoked: true, recorded: false });
    delete engine.faults.kvWrites;
    expect(await (await revoke(LEAKED)).json()).toMatchObject({ recorded: true });
  });

  it('answers another tenant’s key as one that does not exist', async () => {
    const { engine, revoke } = await engineWith({ tenant: 'other', scopes: ['operate'] });
    const bodyOf = async (response: Response) => {
      const { requestId: _own, instance: _path, ...problem } = await response.json<Record<string, unknown>>();
      return problem;
    };
    const [foreign, unknown, odd] = [await revoke(LEAKED), await revoke('nobody0123456789'), await revoke('x')];
    expect([foreign.status, unknown.status, odd.status]).toEqual([404, 404, 404]);
    expect(await bodyOf(foreign)).toEqual(await bodyOf(unknown));
    expect(await bodyOf(odd)).toMatchObject({ code: 'key-not-found' });
    expect(engine.standings.size).toBe(0);
  });

  it('needs the scope `operate`', async () => {
    const { revoke } = await engineWith({ tenant: 'acme', scopes: ['submit', 'read'] });
    expect((await revoke(LEAKED)).status).toBe(403);
  });

  it('never says that a key is revoked when nobody heard it', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { engine, revoke } = await engineWith({ tenant: '*', scopes: ['operate'] });
    engine.faults.standing = new Error('no index');
    expect((await revoke(LEAKED)).status).toBe(503);
  });
});
