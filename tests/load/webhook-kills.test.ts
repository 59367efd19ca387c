/**
 * No ending is lost between a job and its receiver, whatever is killed: between the change of state and
 * the call, between the call and its record, and with a hundred calls waiting for a receiver that is down.
 * Every event arrives at least once, always under the one `webhook-id` and with the one body, signed with
 * the secret that the tenant was shown before the first kill.
 */
import { webhookBodySchema, webhookSecretDescriptionSchema, webhookSecretSchema } from '@mcpoverflow/types';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Engine, startEngine } from '../support/engine.ts';
import { type PatientClient, patientClient } from '../support/patient-client.ts';
import { smallSpecification } from '../support/small-specification.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

const MINUTE_MS = 60_000;
/** Jobs whose calls are held when the kill comes, and jobs beside them. */
const HELD = 5;
const BESIDE = 15;

let engine: Engine;
let client: PatientClient;
let receiver: WebhookReceiver;
let secret: string;

beforeAll(async () => {
  receiver = await startWebhookReceiver();
  engine = await startEngine({
    env: {
      // A worker that is lost in the middle of a call is given up after twice that.
      WEBHOOK_TIMEOUT_MS: '2500',
      // Soon after a call that was interrupted; then so seldom that a hundred waiting calls leave the machine to the jobs,
      // and for longer than any receiver here is away.
      WEBHOOK_SCHEDULE_SECONDS: ['1', ...Array.from({ length: 60 }, () => '5')].join(),
      RESEND_SECONDS: '1',
      TURN_LEASE_SECONDS: '8',
      RETRY_BASE_SECONDS: '0.2',
      RETRY_ATTEMPTS: '20',
    },
  });
  client = patientClient(engine);
  const answer = await engine.fetch('/api/webhook-secret', { method: 'POST' });
  secret = webhookSecretSchema.parse(await answer.json()).secret;
});
afterAll(async () => {
  await engine?.stop();
  await receiver?.close();
});

/** Submits a job a path, each with a result of its own. */
const submitAll = (paths: readonly string[]): Promise<readonly string[]> =>
  client.submitBatch(
    paths.map((path) => ({
      type: 'analyze',
      engine: 'embedded',
      specType: 'openapi',
      spec: smallSpecification(path),
      webhook: { url: `${receiver.url}${path}` },
    })),
    paths[0] ?? '',
  );

async function kill(victim: 'tree' | 'workerd'): Promise<void> {
  engine.kill(victim);
  if (victim === 'workerd') return;
  await engine.exited();
  await engine.restart();
}

/** One event a path, under one id, with one body, and signed. */
function expectOneEventEach(paths: readonly string[], jobIds: readonly string[]): void {
  const ids = paths.map((path, index) => {
    const calls = receiver.callsTo(path);
    for (const call of calls) {
      const verified = new Webhook(secret).verify(call.body, {
        'webhook-id': call.id,
        'webhook-timestamp': call.timestamp,
        'webhook-signature': call.signature,
      });
      expect(webhookBodySchema.parse(verified)).toMatchObject({ type: 'job.completed', data: { jobId: jobIds[index], generation: 1 } });
    }
    expect(new Set(calls.map(({ id, body }) => `${id} ${body}`)).size).toBe(1);
    return calls[0]?.id;
  });
  expect(new Set(ids).size).toBe(paths.length);
}

test.each(['workerd', 'tree'] as const)(
  'calls that were to be made and calls under way when %s is killed arrive all the same',
  async (victim) => {
    const held = Array.from({ length: HELD }, (_, index) => `/${victim}/held/${index}`);
    const beside = Array.from({ length: BESIDE }, (_, index) => `/${victim}/beside/${index}`);
    const killed = Promise.withResolvers<void>();
    for (const path of held) receiver.answer(path, { kind: 'hold', until: killed.promise });
    const jobIds = await submitAll([...held, ...beside]);
    await receiver.until(() => held.every((path) => receiver.callsTo(path).length > 0));
    const arrived = beside.filter((path) => receiver.callsTo(path).length > 0).length;
    await kill(victim);
    // Received, and answered to nobody.
    killed.resolve();
    console.log(`${victim} killed with ${HELD} calls under way and ${BESIDE - arrived} to be made`);

    await receiver.until(() => beside.every((path) => receiver.callsTo(path).length > 0));
    for (const jobId of jobIds) {
      await expect.poll(() => client.deliveries(jobId), { timeout: MINUTE_MS }).toMatchObject([{ status: 'delivered' }]);
    }
    expectOneEventEach([...held, ...beside], jobIds);
    const logs = await Promise.all(jobIds.slice(0, HELD).map((jobId) => client.deliveries(jobId)));
    for (const [delivery] of logs) expect(delivery?.attempts.length).toBeGreaterThan(1);
    // A machine so busy that calls time out may catch one between two attempts, but not all of them.
    expect(logs.flat().flatMap(({ attempts }) => attempts.map(({ error }) => error))).toContain('interrupted');
  },
);

test('a hundred calls that wait for their receiver outlive a kill of everything, and so does the secret', async () => {
  const { port } = receiver;
  await receiver.close();
  const paths = Array.from({ length: 100 }, (_, index) => `/waiting/${index}`);
  const jobIds = await submitAll(paths);
  for (const jobId of jobIds) expect(await client.ended(jobId)).toMatchObject({ status: 'completed', webhook: { pending: 1 } });
  await kill('tree');

  receiver = await startWebhookReceiver({ port });
  await receiver.until(() => paths.every((path) => receiver.callsTo(path).length > 0));
  expectOneEventEach(paths, jobIds);
  const described = webhookSecretDescriptionSchema.parse(await (await engine.fetch('/api/webhook-secret')).json());
  expect(described.keys).toHaveLength(1);
});
