/**
 * What `docs/webhooks.md` tells a reader, with a real engine: its commands work, its examples are what is
 * sent, and its receivers, in three languages, take the engine's calls and nothing else.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  deliveryListSchema,
  deliverySchema,
  pingBodySchema,
  pingSchema,
  problemSchema,
  type WebhookSecret,
  webhookBodySchema,
  webhookEvents,
  webhookSecretSchema,
} from '@mcpoverflow/types';
import { signedHeaders } from '@mcpoverflow/webhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { runDocumented, testedCommands } from './support/documented-commands.ts';
import { type Engine, startEngine } from './support/engine.ts';
import { acceptedId, endOf, post, smallSpecification } from './support/jobs.ts';
import { type ReceivedCall, startWebhookReceiver, type WebhookReceiver } from './support/webhook-receiver.ts';
import { type RunningRecipe, recipes, startRecipe } from './support/webhook-recipes.ts';

const MINUTE_MS = 60_000;
const project = dirname(dirname(fileURLToPath(import.meta.url)));
const documentName = 'docs/webhooks.md';
const page = readFileSync(join(project, documentName), 'utf8');
const [askForSecret = 'false', ...otherCommands] = testedCommands(documentName);
const anotherSecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

let engine: Engine;
let secret: WebhookSecret['secret'];
/** Takes calls and keeps them, to be tried on others. */
let bystander: WebhookReceiver;
beforeAll(async () => {
  bystander = await startWebhookReceiver();
  engine = await startEngine();
  secret = webhookSecretSchema.parse(await documented(askForSecret)).secret;
});
afterAll(async () => {
  await engine?.stop();
  await bystander?.close();
});

/** What a documented command prints: JSON, and no problem. */
async function documented(command: string, jobId = ''): Promise<unknown> {
  const { code, out, err } = await runDocumented(engine, command, jobId);
  if (code !== 0) throw new Error(`${command}\nended with code ${code}: ${err}`);
  const answer: unknown = JSON.parse(out);
  if (problemSchema.safeParse(answer).success) throw new Error(`${command}\nanswered ${out}`);
  return answer;
}

async function ping(url: string): Promise<z.infer<typeof pingSchema>> {
  const answer = await engine.fetch('/api/webhooks/test', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ url }),
  });
  return pingSchema.parse(await answer.json());
}

/** A call of the engine just now, as it came over the wire. */
async function genuineCall(): Promise<ReceivedCall> {
  const { webhookId } = await ping(bystander.url);
  const call = bystander.calls.find(({ id }) => id === webhookId);
  if (call === undefined) throw new Error('The ping did not arrive.');
  return call;
}

async function deliveriesOf(jobId: string): Promise<z.infer<typeof deliveryListSchema>['deliveries']> {
  return deliveryListSchema.parse(await (await engine.fetch(`/api/jobs/${jobId}/deliveries`)).json()).deliveries;
}

for (const recipe of recipes) {
  const missing = await recipe.whatIsMissing();
  if (missing !== undefined) console.warn(`\n*** The ${recipe.language} receiver is NOT tested: this machine lacks ${missing}. ***\n`);
  test.runIf(process.env.CI !== undefined)(`what the ${recipe.language} receiver needs is there`, () => expect(missing).toBeUndefined());

  describe.runIf(missing === undefined)(`the ${recipe.language} receiver`, () => {
    let receiver: RunningRecipe;
    beforeAll(async () => {
      receiver = await startRecipe(recipe, secret);
    }, 5 * MINUTE_MS);
    afterAll(() => receiver?.stop());

    const send = async (call: Pick<ReceivedCall, 'body'> & Partial<ReceivedCall>): Promise<number> => {
      const headers = {
        'content-type': 'application/json',
        'webhook-id': call.id ?? '',
        'webhook-timestamp': call.timestamp ?? '',
        'webhook-signature': call.signature ?? '',
      };
      return (await fetch(receiver.url, { method: 'POST', body: call.body, headers })).status;
    };
    const signed = async ({ id, body }: ReceivedCall, timestampMs: number, ...secrets: string[]): Promise<Partial<ReceivedCall>> => {
      const headers = await signedHeaders({ id, timestampMs, body, secrets });
      return { timestamp: headers['webhook-timestamp'], signature: headers['webhook-signature'] };
    };

    test('takes a ping', async () => {
      const { delivered, webhookId, attempt } = await ping(`${receiver.url}/webhooks`);
      expect({ delivered, status: attempt.status }).toEqual({ delivered: true, status: 204 });
      const printed = await receiver.event(webhookId);
      pingBodySchema.parse(JSON.parse(printed.slice(webhookId.length)));
    });

    test('takes the end of a job, and the log shows its answer', async () => {
      const webhook = { url: `${receiver.url}/webhooks?token=abcdefgh` };
      const submission = { specType: 'openapi', spec: smallSpecification(recipe.language), metadata: { name: 'Grüße, 世界' }, webhook };
      const jobId = await acceptedId(await post(engine, 'analyze', submission));
      await endOf(engine, jobId);
      const [delivery] = await deliveriesOf(jobId);
      const id = delivery?.deliveryId ?? 'a delivery';
      const body = webhookBodySchema.parse(JSON.parse((await receiver.event(id)).slice(id.length)));
      expect(body).toMatchObject({ type: 'job.completed', data: { jobId, status: 'completed', metadata: submission.metadata } });
      // The answer may still be on its way back to the job.
      await expect
        .poll(() => deliveriesOf(jobId), { timeout: MINUTE_MS })
        .toMatchObject([{ status: 'delivered', url: `${receiver.url}/webhooks?token=***`, attempts: [{ number: 1, status: 204 }] }]);
    });

    test('takes a call that another key signed too, as during a rotation', async () => {
      const call = await genuineCall();
      expect(await send({ ...call, ...(await signed(call, Date.now(), anotherSecret, secret)) })).toBe(204);
    });

    test('refuses a genuine call once anything about it is changed', async () => {
      const call = await genuineCall();
      expect(await send(call)).toBe(204);
      expect(await send({ ...call, body: call.body.replace('ping', 'pong') })).toBe(400);
      expect(await send({ ...call, body: ` ${call.body}` })).toBe(400);
      expect(await send({ ...call, body: '' })).toBe(400);
      expect(await send({ ...call, id: 'msg_another' })).toBe(400);
      expect(await send({ ...call, timestamp: String(Number(call.timestamp) - 1) })).toBe(400);
      expect(await send({ ...call, timestamp: 'now' })).toBe(400);
      for (const signature of ['', 'v1', 'v1,', 'v1,%%%', 'v1,w', ',,, ,', call.signature.replace('v1,', 'v2,')]) {
        expect([signature, await send({ ...call, signature })]).toEqual([signature, 400]);
      }
      expect(await send({ body: call.body })).toBe(400);
    });

    test('refuses a call that is old, from the future, or signed with another key', async () => {
      const call = await genuineCall();
      expect(await send({ ...call, ...(await signed(call, Date.now() - 6 * MINUTE_MS, secret)) })).toBe(400);
      expect(await send({ ...call, ...(await signed(call, Date.now() + 6 * MINUTE_MS, secret)) })).toBe(400);
      expect(await send({ ...call, ...(await signed(call, Date.now(), anotherSecret)) })).toBe(400);
    });

    test('outlives a body that is too large, and another method', async () => {
      const call = await genuineCall();
      const tooLarge = await send({ ...call, body: 'x'.repeat(1024 * 1024) }).catch(() => 'cut off');
      expect([413, 'cut off']).toContain(tooLarge);
      expect((await fetch(receiver.url)).status).toBeGreaterThan(400);
      expect(await send(call)).toBe(204);
    });
  });
}

describe('the document', () => {
  test('names commands that work as they stand', async () => {
    await using receiver = await startWebhookReceiver();
    let jobId = '';
    let deliveryId = '';
    const answers: unknown[] = [];
    for (const command of otherCommands) {
      const answer = await documented(
        command.replaceAll('http://127.0.0.1:9000', receiver.url).replaceAll('<deliveryId>', deliveryId),
        jobId,
      );
      answers.push(answer);
      const job = z.object({ jobId: z.string() }).safeParse(answer);
      if (job.success) {
        jobId = job.data.jobId;
        await endOf(engine, jobId);
        await expect.poll(() => deliveriesOf(jobId), { timeout: MINUTE_MS }).toMatchObject([{ status: 'delivered' }]);
      }
      deliveryId = deliveryListSchema.safeParse(answer).data?.deliveries[0]?.deliveryId ?? deliveryId;
    }
    expect(answers.map((answer) => pingSchema.safeParse(answer).data?.delivered)).toContain(true);
    expect(answers.filter((answer) => deliverySchema.safeParse(answer).success)).toHaveLength(1);
    await receiver.until(() => receiver.calls.filter(({ id }) => id === deliveryId).length === 2);
  });

  test('shows code that stands in the receivers', () => {
    const shown = [...page.matchAll(/^<!-- from (\S+) -->\n```\w+\n(.*?)^```$/gms)];
    expect(shown).toHaveLength(recipes.length);
    for (const [, path = '', block = ''] of shown) expect(readFileSync(join(project, path), 'utf8')).toContain(block);
  });

  test('shows bodies and logs of the shape that is sent, one for each event', () => {
    const shapes = z.union([z.strictObject(webhookBodySchema.shape), z.strictObject(pingBodySchema.shape), deliveryListSchema]);
    const examples = [...page.matchAll(/^```json\n(.*?)^```$/gms)].map(([, block]): unknown => JSON.parse(block ?? ''));
    for (const example of examples) expect(shapes.parse(example)).toEqual(example);
    const types = examples.map((example) => z.object({ type: z.string() }).safeParse(example).data?.type);
    expect(types.filter((type) => type !== undefined).sort()).toEqual([...webhookEvents, 'ping'].sort());
  });
});
