/**
 * Receivers that take a call and never answer delay nobody but themselves: not the calls of other jobs,
 * not the jobs. Shown as an order of events, on the real engine: what arrives while a hanging attempt is
 * still under way did not wait for it. Most jobs here have a cached result and end as they are submitted, so that
 * a hundred endings take a small part of the time one attempt may take.
 */
import type { Delivery } from '@mcpoverflow/types';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { settledDelivery } from '../support/deliveries.ts';
import { type Engine, startEngine } from '../support/engine.ts';
import { type PatientClient, patientClient } from '../support/patient-client.ts';
import { smallSpecification } from '../support/small-specification.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

/** The most that can be set. */
const ATTEMPT_MS = 20_000;

let engine: Engine;
let client: PatientClient;

beforeAll(async () => {
  engine = await startEngine({ env: { WEBHOOK_TIMEOUT_MS: String(ATTEMPT_MS) } });
  client = patientClient(engine);
  const [first] = await client.submitBatch([job('cached')], 'first');
  await client.ended(first ?? '');
});
afterAll(() => engine?.stop());

/** Jobs of one name share a result. */
const job = (name: string, url?: string): object => ({
  type: 'analyze',
  engine: 'embedded',
  specType: 'openapi',
  spec: smallSpecification(name),
  ...(url === undefined ? {} : { webhook: { url } }),
});
const numbered = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

async function deliveryOf(jobId: string | undefined): Promise<Delivery | undefined> {
  return (await client.deliveries(jobId ?? ''))[0];
}

/** Its first attempt, and not over yet. */
const underWay = { status: 'pending', attemptCount: 0, attempts: [] };

test('one dead receiver among a hundred: the other 99 have their calls while its first attempt is under way', async () => {
  await using receiver = await startWebhookReceiver();
  receiver.answer('/dead', { kind: 'hang' });
  const [dead] = await client.submitBatch([job('cached', `${receiver.url}/dead`)], 'dead');
  await receiver.until(() => receiver.callsTo('/dead').length === 1);

  const paths = numbered(99).map((index) => `/alive/${index}`);
  const alive = await client.submitBatch(
    paths.map((path) => job('cached', `${receiver.url}${path}`)),
    'alive',
  );
  await receiver.until(() => paths.every((path) => receiver.callsTo(path).length > 0));
  expect(await deliveryOf(dead)).toMatchObject(underWay);
  for (const jobId of alive) await settledDelivery(engine, jobId);
  expect(receiver.calls.filter(({ path }) => path !== '/dead')).toHaveLength(99);
});

test('twenty dead receivers beside a good one: it has its call, and jobs go on to end', async () => {
  await using good = await startWebhookReceiver();
  await using dead = new AsyncDisposableStack();
  const receivers: WebhookReceiver[] = [];
  for (const _ of numbered(20)) receivers.push(dead.use(await startWebhookReceiver()));
  for (const receiver of receivers) receiver.answer('/', { kind: 'hang' });
  const jobs = receivers.map(({ url }) => job('cached', `${url}/`));
  const hanging = await client.submitBatch(jobs, 'hanging');
  for (const receiver of receivers) await receiver.until(() => receiver.calls.length === 1);

  const [told, untold] = await client.submitBatch([job('new, with a good receiver', `${good.url}/`), job('new, with none')], 'good');
  await good.until(() => good.calls.length === 1);
  expect(await client.ended(told ?? '')).toMatchObject({ status: 'completed', cached: false });
  expect(await client.ended(untold ?? '')).toMatchObject({ status: 'completed', cached: false });
  const still = await Promise.all(hanging.map(deliveryOf));
  for (const delivery of still) expect(delivery).toMatchObject(underWay);
});
