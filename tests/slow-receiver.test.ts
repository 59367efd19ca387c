/**
 * Receivers that take a call and never answer delay nobody but themselves: not the calls of other jobs,
 * not the jobs. Shown as an order of events, on the real engine: one attempt may take ten minutes, so
 * whatever arrives while a hanging one is still the first did not wait for it.
 */
import type { Delivery } from '@mcpoverflow/types';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Engine, startEngine } from './support/engine.ts';
import { type PatientClient, patientClient } from './support/patient-client.ts';
import { smallSpecification } from './support/small-specification.ts';
import { startWebhookReceiver, type WebhookReceiver } from './support/webhook-receiver.ts';

const MINUTE_MS = 60_000;
const ATTEMPT_MS = 10 * MINUTE_MS;

let engine: Engine;
let client: PatientClient;

beforeAll(async () => {
  engine = await startEngine({ env: { WEBHOOK_TIMEOUT_MS: String(ATTEMPT_MS) } });
  client = patientClient(engine);
});
afterAll(() => engine?.stop());

/** Equal names share a result, so each has its own. */
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
  const [dead] = await client.submitBatch([job('dead', `${receiver.url}/dead`)], 'dead');
  await receiver.until(() => receiver.callsTo('/dead').length === 1);

  const paths = numbered(99).map((index) => `/alive/${index}`);
  const alive = await client.submitBatch(
    paths.map((path) => job(path, `${receiver.url}${path}`)),
    'alive',
  );
  await receiver.until(() => paths.every((path) => receiver.callsTo(path).length > 0));
  for (const jobId of alive) await expect.poll(() => deliveryOf(jobId), { timeout: MINUTE_MS }).toMatchObject({ status: 'delivered' });
  expect(await deliveryOf(dead)).toMatchObject(underWay);
  expect(receiver.calls).toHaveLength(100);
});

test('twenty dead receivers beside a good one: it has its call, and jobs go on to end', async () => {
  await using good = await startWebhookReceiver();
  await using dead = new AsyncDisposableStack();
  const receivers: WebhookReceiver[] = [];
  for (const _ of numbered(20)) receivers.push(dead.use(await startWebhookReceiver()));
  for (const receiver of receivers) receiver.answer('/', { kind: 'hang' });
  const jobs = receivers.map(({ url }, index) => job(`dead receiver ${index}`, `${url}/`));
  const hanging = await client.submitBatch(jobs, 'hanging');
  for (const receiver of receivers) await receiver.until(() => receiver.calls.length === 1);

  const [told, untold] = await client.submitBatch([job('good receiver', `${good.url}/`), job('no receiver')], 'good');
  await good.until(() => good.calls.length === 1);
  expect(await client.ended(told ?? '')).toMatchObject({ status: 'completed' });
  expect(await client.ended(untold ?? '')).toMatchObject({ status: 'completed' });
  for (const jobId of hanging) expect(await deliveryOf(jobId)).toMatchObject(underWay);
});
