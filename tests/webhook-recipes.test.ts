/**
 * What `docs/webhooks.md` tells a reader: its receivers, in three languages, take our calls and nothing
 * else; its commands work; its examples are what is sent.
 */
import { signedHeaders } from '@mcpoverflow/webhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningRecipe, recipes, startRecipe } from './support/webhook-recipes.ts';

const MINUTE_MS = 60_000;
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

for (const recipe of recipes) {
  const isPossible = recipe.isPossible();
  if (!isPossible) console.warn(`\n*** The ${recipe.language} receiver is NOT tested: this machine lacks ${recipe.needs}. ***\n`);
  test.runIf(process.env.CI !== undefined)(`what the ${recipe.language} receiver needs is there`, () => expect(isPossible).toBe(true));

  describe.runIf(isPossible)(`the ${recipe.language} receiver`, () => {
    let receiver: RunningRecipe;
    beforeAll(async () => {
      receiver = await startRecipe(recipe, secret);
    }, 5 * MINUTE_MS);
    afterAll(() => receiver?.stop());

    const id = `msg_${recipe.language}`;
    const body = '{"type":"ping","timestamp":"2026-11-22T12:00:00.000Z","data":{"message":"Grüße"}}';
    const signed = (timestampMs: number, ...secrets: string[]) => signedHeaders({ id, timestampMs, body, secrets });
    const send = async (headers: object, sent = body): Promise<number> =>
      (await fetch(receiver.url, { method: 'POST', body: sent, headers: { 'content-type': 'application/json', ...headers } })).status;

    test('takes a call of ours', async () => {
      expect(await send(await signed(Date.now(), secret))).toBe(204);
      expect(await receiver.event(id)).toBe(`${id} ${body}`);
    });
    test('takes a call that two keys signed', async () => {
      expect(await send(await signed(Date.now(), `whsec_${Buffer.alloc(32, 8).toString('base64')}`, secret))).toBe(204);
    });
    test('refuses everything else', async () => {
      const headers = await signed(Date.now(), secret);
      expect(await send(headers, body.replace('ping', 'pong'))).toBe(400);
      expect(await send(headers, ` ${body}`)).toBe(400);
      expect(await send({ ...headers, 'webhook-id': 'msg_other' })).toBe(400);
      expect(await send(await signed(Date.now() - 6 * MINUTE_MS, secret))).toBe(400);
      expect(await send(await signed(Date.now() + 6 * MINUTE_MS, secret))).toBe(400);
      expect(await send({ ...headers, 'webhook-timestamp': 'now' })).toBe(400);
      expect(await send(await signed(Date.now(), `whsec_${Buffer.alloc(32, 8).toString('base64')}`))).toBe(400);
      for (const signature of ['', 'v1', 'v1,', 'v1,%%%', 'v1,w', headers['webhook-signature'].replace('v1,', 'v2,'), ',,, ,']) {
        expect(await send({ ...headers, 'webhook-signature': signature })).toBe(400);
      }
      expect(await send({})).toBe(400);
      expect(await send(headers, '')).toBe(400);
    });
    test('is none for other methods, and is still there after all that', async () => {
      expect((await fetch(receiver.url)).status).toBeGreaterThan(400);
      await send(await signed(Date.now(), secret), 'x'.repeat(1024 * 1024)).catch(() => {});
      expect(await send(await signed(Date.now(), secret))).toBe(204);
    });
  });
}
