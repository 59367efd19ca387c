import { expect, it } from 'vitest';
import { createApp } from '../app.ts';
import type { ApiContext, Env } from '../env.ts';
import type { Route } from '../route.ts';
import { FakeEngine } from '../testing/fake-engine.ts';
import { defaultWebhook, readDefaultWebhook, writeDefaultWebhook } from './default-webhook.ts';

/** Runs `act` with the context of a request. */
async function during(env: Env, act: (c: ApiContext) => Promise<unknown>): Promise<void> {
  const route: Route = {
    method: 'get',
    path: '/',
    scope: null,
    handler: async (c) => {
      await act(c);
      return c.body(null, 204);
    },
  };
  expect((await createApp([route]).request('/', {}, env)).status).toBe(204);
}

it('of at most a thousand tenants it is kept', async () => {
  const engine = new FakeEngine();
  await during(engine.env, async (c) => {
    const ask = (tenant: number) => {
      c.set('tenant', `tenant-${tenant}`);
      return defaultWebhook(c, 0);
    };
    for (let tenant = 0; tenant <= 1_000; tenant += 1) await ask(tenant);
    expect(engine.webhookCalls).toHaveLength(1_001);
    await ask(1);
    await ask(1_000);
    expect(engine.webhookCalls).toHaveLength(1_001);
    await ask(0);
    expect(engine.webhookCalls).toHaveLength(1_002);
  });
});

it('an answer that a change has overtaken is not kept', async () => {
  const engine = new FakeEngine();
  const { promise: outdated, resolve: answer } = Promise.withResolvers<null>();
  const { get, idFromName } = engine.env.TENANT_WEBHOOKS;
  const TENANT_WEBHOOKS = { idFromName, get: (id: DurableObjectId) => ({ ...get(id), defaultWebhook: () => outdated }) };
  await during({ ...engine.env, TENANT_WEBHOOKS }, async (c) => {
    const overtaken = readDefaultWebhook(c, 0);
    await writeDefaultWebhook(c, { url: 'http://127.0.0.1:9/' }, 0);
    answer(null);
    expect(await overtaken).toEqual({ ok: true, value: null });
    expect(await defaultWebhook(c, 0)).toEqual({ ok: true, value: { url: 'http://127.0.0.1:9/' } });
  });
});
