/**
 * Webhooks on a platform that fails and in a time that is moved: the published schedule, the queue that
 * loses, doubles and disorders messages, and every way for a job to end. Whatever happens to messages, an
 * event is told, and told once.
 */
import { type Delivery, webhookBodySchema, webhookSecretSchema } from '@mcpoverflow/types';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { deliveriesOf, deliveryWhen, redeliver, settledDelivery } from '../support/deliveries.ts';
import { type FaultyEngine, jobNamed, type Submission, startFaultyEngine } from '../support/faulty-engine.ts';
import { type Behaviour, type ReceivedCall, startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** docs/webhooks.md: the pauses between ten attempts; each may be a fifth shorter or longer. */
const publishedPausesMs = [5 * SECOND_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, ...[2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR_MS)];
const RESEND_MS = 15 * SECOND_MS;

let engine: FaultyEngine;
let receiver: WebhookReceiver;

beforeAll(async () => {
  receiver = await startWebhookReceiver();
  engine = await startFaultyEngine({ RESEND_SECONDS: String(RESEND_MS / SECOND_MS) });
});
afterAll(async () => {
  await receiver?.close();
  await engine?.stop();
});
afterEach(() => engine.platform({}));

const status = (code: number, headers?: Readonly<Record<string, string>>): Behaviour => ({
  kind: 'status',
  status: code,
  ...(headers === undefined ? {} : { headers }),
});
const bodyOf = (call: ReceivedCall) => webhookBodySchema.parse(JSON.parse(call.body));
const typesTo = (path: string) => receiver.callsTo(path).map((call) => bodyOf(call).type);

type Events = Delivery['event'][];
const webhook = (path: string, ...events: Events): Pick<Submission, 'webhook'> => ({
  webhook: { url: `${receiver.url}${path}`, ...(events.length === 0 ? {} : { events }) },
});

/** Submits a job whose agent goes on until somebody ends it, and answers its id once it runs. */
async function submitEndless(path: string, ...events: Events): Promise<string> {
  const idempotencyKey = `endless${path}`;
  engine.server.script({ tags: { job: await jobNamed(idempotencyKey) } }, { course: ['running'] });
  const jobId = await engine.submit({ idempotencyKey, ...webhook(path, ...events) });
  await vi.waitFor(async () => expect((await engine.job(jobId))?.status).toBe('processing'), { timeout: MINUTE_MS });
  return jobId;
}

async function cancel(jobId: string): Promise<void> {
  const answer = await engine.fetch(`/api/jobs/${jobId}/cancel`, { method: 'POST' });
  if (!answer.ok) throw new Error(`A cancel was answered ${answer.status}: ${await answer.text()}`);
}

async function callsTo(path: string, count: number): Promise<readonly ReceivedCall[]> {
  await receiver.until(() => receiver.callsTo(path).length >= count);
  return receiver.callsTo(path);
}

/** Moves the clock forward to a time, unless it is past it. */
async function moveTo(time: number): Promise<void> {
  const byMs = time - engine.now();
  if (byMs > 0) await engine.moveClock(byMs);
}

/** What an attempt left: its own record, and when the next one is planned. To be asked while no message gets through. */
async function afterAttempt(jobId: string, number: number) {
  const delivery = await deliveryWhen(engine, jobId, ({ attempts }) => attempts.length >= number);
  const seenAt = engine.now();
  const attempt = delivery.attempts[number - 1];
  if (attempt === undefined || delivery.attempts.length > number) throw new Error(`Attempt ${number} is not the last one.`);
  const next = delivery.nextAttemptAt === undefined ? null : Date.parse(delivery.nextAttemptAt);
  return { attempt, at: Date.parse(attempt.at), seenAt, next };
}

test('ten attempts are made over three days, each not before its stored time; then a dead letter, which can be sent again', async () => {
  const gates = publishedPausesMs.concat(0).map(() => Promise.withResolvers<void>());
  for (const { promise } of gates) receiver.answer('/down', { kind: 'hold', until: promise, answer: status(500) }, 1);
  const jobId = await engine.submit(webhook('/down'));

  let planned = 0;
  for (const [index, gate] of gates.entries()) {
    const call = (await callsTo('/down', index + 1))[index];
    expect(Number(call?.timestamp)).toBeGreaterThanOrEqual(Math.floor(planned / SECOND_MS));
    // However slow this machine is, the next attempt is not made before the log of this one was read.
    await engine.platform({ sends: 'lose' });
    gate.resolve();
    const { at, seenAt, next } = await afterAttempt(jobId, index + 1);
    await engine.platform({});
    expect(at).toBeGreaterThanOrEqual(planned);
    const pause = publishedPausesMs[index];
    if (pause === undefined || next === null) {
      expect({ pause, next }).toEqual({ pause: undefined, next: null });
      break;
    }
    expect(next).toBeGreaterThanOrEqual(at + 0.8 * pause);
    expect(next).toBeLessThanOrEqual(seenAt + 1.2 * pause);
    planned = next;
    await moveTo(next);
  }

  const dead = await settledDelivery(engine, jobId);
  expect(dead).toMatchObject({ status: 'dead-letter', attemptCount: 10 });
  expect((await engine.job(jobId))?.webhook).toEqual({ pending: 0, delivered: 0, deadLetters: 1, disabled: 0 });
  expect((await engine.job(jobId))?.status).toBe('completed');

  const again = await redeliver(engine, dead);
  expect(again).toMatchObject({ status: 'pending', deliveryId: dead.deliveryId });
  expect(await settledDelivery(engine, jobId)).toMatchObject({ status: 'delivered', attemptCount: 11 });
  const calls = await callsTo('/down', 11);
  expect(new Set(calls.map(({ id, body }) => `${id} ${body}`)).size).toBe(1);
  expect(calls).toHaveLength(11);
  expect((await engine.job(jobId))?.webhook).toMatchObject({ delivered: 1, deadLetters: 0 });
});

test('a receiver that says when to come again, or that it has too much to do, is left alone for longer', async () => {
  const inFiveMinutes = Math.ceil((engine.now() + 5 * MINUTE_MS) / SECOND_MS) * SECOND_MS;
  const date = new Date(inFiveMinutes).toUTCString();
  interface Case {
    readonly code: number;
    readonly retryAfter?: string;
    /** Bounds of the pause; for a date, of the time itself. */
    readonly pause: readonly [number, number] | 'date';
  }
  const cases: readonly Case[] = [
    { code: 429, retryAfter: '120', pause: [2 * MINUTE_MS, 2 * MINUTE_MS] },
    { code: 503, retryAfter: '180', pause: [3 * MINUTE_MS, 3 * MINUTE_MS] },
    { code: 429, retryAfter: date, pause: 'date' },
    { code: 503, retryAfter: date, pause: 'date' },
    // It may ask for a longer pause, not for a shorter one, and for a day at most.
    { code: 429, retryAfter: '1', pause: [4 * SECOND_MS, 6 * SECOND_MS] },
    { code: 503, retryAfter: '99999999', pause: [DAY_MS, DAY_MS] },
    { code: 429, retryAfter: 'soon', pause: [8 * SECOND_MS, 12 * SECOND_MS] },
    { code: 429, pause: [8 * SECOND_MS, 12 * SECOND_MS] },
    { code: 502, pause: [8 * SECOND_MS, 12 * SECOND_MS] },
    { code: 504, pause: [8 * SECOND_MS, 12 * SECOND_MS] },
    { code: 503, pause: [4 * SECOND_MS, 6 * SECOND_MS] },
  ];
  const gate = Promise.withResolvers<void>();
  const jobs = await Promise.all(
    cases.map(async ({ code, retryAfter }, index) => {
      const answer = status(code, retryAfter === undefined ? {} : { 'retry-after': retryAfter });
      receiver.answer(`/busy/${index}`, { kind: 'hold', until: gate.promise, answer }, 1);
      return engine.submit(webhook(`/busy/${index}`));
    }),
  );
  await Promise.all(cases.map((_, index) => callsTo(`/busy/${index}`, 1)));
  await engine.platform({ sends: 'lose' });
  gate.resolve();
  const waiting = await Promise.all(
    cases.map(async ({ code, pause }, index) => {
      const jobId = jobs[index] ?? '';
      const { attempt, at, seenAt, next } = await afterAttempt(jobId, 1);
      expect(attempt).toMatchObject({ status: code, error: 'status' });
      const [least, most] = pause === 'date' ? [inFiveMinutes - at, inFiveMinutes - at] : pause;
      expect({ index, next }).toEqual({ index, next: expect.toSatisfy((time) => time >= at + least && time <= seenAt + most) });
      return { path: `/busy/${index}`, jobId, next: next ?? 0 };
    }),
  );
  await engine.platform({});
  for (const { path, jobId, next } of waiting.toSorted((one, other) => one.next - other.next)) {
    await moveTo(next);
    const { attempts } = await settledDelivery(engine, jobId);
    expect(attempts).toEqual([expect.anything(), expect.objectContaining({ number: 2, status: 200 })]);
    expect(Date.parse(attempts[1]?.at ?? '')).toBeGreaterThanOrEqual(next);
    expect(receiver.callsTo(path)).toHaveLength(2);
  }
});

test('every way for a job to end is told: done, failed, cancelled, out of time', async () => {
  const failing = 'fails-and-calls';
  engine.server.script({ tags: { job: await jobNamed(failing) } }, { course: ['running', 'stuck'] });
  await engine.submit(webhook('/ends/done', 'job.started', 'job.completed'));
  const failed = await engine.submit({ idempotencyKey: failing, ...webhook('/ends/failed') });
  const cancelled = await submitEndless('/ends/cancelled');
  const late = await submitEndless('/ends/late');
  await cancel(cancelled);
  await cancel(cancelled);
  await Promise.all([callsTo('/ends/done', 2), callsTo('/ends/failed', 1), callsTo('/ends/cancelled', 1)]);
  await engine.moveClock(31 * MINUTE_MS);
  await callsTo('/ends/late', 1);

  expect(typesTo('/ends/done').toSorted()).toEqual(['job.completed', 'job.started']);
  const only = (path: string) => receiver.callsTo(path).map((call) => bodyOf(call));
  expect(only('/ends/failed')).toMatchObject([{ type: 'job.failed', data: { jobId: failed, error: { code: 'agent-stuck' } } }]);
  expect(only('/ends/cancelled')).toMatchObject([{ type: 'job.cancelled', data: { jobId: cancelled, status: 'cancelled' } }]);
  expect(only('/ends/late')).toMatchObject([{ type: 'job.failed', data: { jobId: late, error: { code: 'deadline-exceeded' } } }]);
});

test.each(['fail', 'lose'] as const)('an event is told when its message met a queue whose sends %s', async (sends) => {
  const path = `/sends-${sends}`;
  const jobId = await submitEndless(path);
  await engine.platform({ sends });
  await cancel(jobId);
  await engine.logged(jobId, '"deliver"', sends === 'fail' ? 'will be tried again' : 'message lost');
  expect(await deliveriesOf(engine, jobId)).toMatchObject([{ status: 'pending', attemptCount: 0 }]);
  await engine.platform({});
  await engine.moveClock(RESEND_MS);

  const { status: outcome, createdAt, attempts } = await settledDelivery(engine, jobId);
  expect([outcome, attempts.length, receiver.callsTo(path).length]).toEqual(['delivered', 1, 1]);
  expect(Date.parse(attempts[0]?.at ?? '') - Date.parse(createdAt)).toBeGreaterThanOrEqual(RESEND_MS);
});

test('an attempt whose message was lost is made all the same', async () => {
  const gate = Promise.withResolvers<void>();
  receiver.answer('/lost-retry', { kind: 'hold', until: gate.promise, answer: status(500) }, 1);
  const jobId = await submitEndless('/lost-retry');
  await cancel(jobId);
  await callsTo('/lost-retry', 1);
  await engine.platform({ sends: 'lose' });
  gate.resolve();
  const { next } = await afterAttempt(jobId, 1);
  await moveTo(next ?? 0);
  await engine.logged(jobId, '"deliver"', '"attempt":2', 'message lost');
  await engine.platform({});
  await engine.moveClock(RESEND_MS);
  expect(await settledDelivery(engine, jobId)).toMatchObject({ status: 'delivered', attempts: [{ status: 500 }, { status: 200 }] });
  expect(receiver.callsTo('/lost-retry')).toHaveLength(2);
});

test.each(['disordered', 'side-by-side'] as const)('no event is told twice when messages are delivered %s', async (deliveries) => {
  const JOBS = 18;
  await engine.platform({ deliveries });
  const paths = Array.from({ length: JOBS }, (_, index) => `/${deliveries}/${index}`);
  const refusesFirst = (index: number): boolean => index % 3 === 0;
  for (const [index, path] of paths.entries()) if (refusesFirst(index)) receiver.answer(path, status(500), 1);
  const jobs = await Promise.all(paths.map((path) => engine.submit(webhook(path, 'job.started', 'job.completed'))));
  await Promise.all(jobs.map(engine.ended));
  await Promise.all(jobs.map((jobId, index) => callsTo(paths[index] ?? jobId, 2)));
  // The refused ones of the two events are due a little later.
  await engine.moveClock(6 * SECOND_MS);
  await Promise.all(
    jobs.flatMap((jobId) => (['job.started', 'job.completed'] as const).map((event) => settledDelivery(engine, jobId, event))),
  );
  await engine.deliverEverythingAgain();
  await engine.moveClock(10 * MINUTE_MS);
  await engine.deliverEverythingAgain();

  for (const [index, jobId] of jobs.entries()) {
    const calls = receiver.callsTo(paths[index] ?? '');
    const log = await deliveriesOf(engine, jobId);
    expect(log.map(({ event, status: outcome }) => [event, outcome])).toEqual([
      ['job.started', 'delivered'],
      ['job.completed', 'delivered'],
    ]);
    expect(calls).toHaveLength(refusesFirst(index) ? 3 : 2);
    for (const { deliveryId, attempts } of log) expect(calls.filter(({ id }) => id === deliveryId)).toHaveLength(attempts.length);
  }
});

test('a call is signed and made while KV fails: neither the event nor the secret lies there', async () => {
  const jobId = await submitEndless('/without-kv');
  await engine.platform({ store: 'fails' });
  await cancel(jobId);
  expect(await settledDelivery(engine, jobId)).toMatchObject({ status: 'delivered', attemptCount: 1 });
  expect(receiver.callsTo('/without-kv')[0]?.signature).toMatch(/^v1,/);
});

test('a deleted job calls nobody any more', async () => {
  receiver.answer('/deleted', status(500));
  const jobId = await engine.submit(webhook('/deleted'));
  await callsTo('/deleted', 1);
  const answer = await engine.fetch(`/api/jobs/${jobId}`, { method: 'DELETE' });
  expect(answer.ok).toBe(true);
  await engine.moveClock(10 * MINUTE_MS);
  await engine.deliverEverythingAgain();

  await engine.submit(webhook('/after-deleted'));
  await callsTo('/after-deleted', 1);
  expect(receiver.callsTo('/deleted')).toHaveLength(1);
  expect((await engine.fetch(`/api/jobs/${jobId}/deliveries`)).status).toBe(404);
});

test('after 410 to one event the next one is told nobody', async () => {
  receiver.answer('/gone', status(410));
  const jobId = await submitEndless('/gone', 'job.started', 'job.cancelled');
  expect(await settledDelivery(engine, jobId, 'job.started')).toMatchObject({
    status: 'disabled',
    attempts: [{ status: 410, error: 'gone' }],
  });
  await cancel(jobId);
  await engine.moveClock(10 * MINUTE_MS);
  expect(await settledDelivery(engine, jobId, 'job.cancelled')).toMatchObject({ status: 'disabled', attempts: [] });
  expect((await engine.job(jobId))?.webhook).toMatchObject({ disabled: 2, pending: 0 });
  expect(receiver.callsTo('/gone')).toHaveLength(1);
});

test('a rotated secret signs until its overlap is over, and no longer', async () => {
  const secretFrom = async (path: string, body: string | null): Promise<string> => {
    const answer = await engine.fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    return webhookSecretSchema.parse(await answer.json()).secret;
  };
  const jobId = await engine.submit(webhook('/rotated'));
  const delivery = await settledDelivery(engine, jobId);
  const old = await secretFrom('/api/webhook-secret', null);
  const young = await secretFrom('/api/webhook-secret/rotate', JSON.stringify({ overlapSeconds: 3600 }));

  async function acceptedBy(secrets: readonly string[], count: number): Promise<readonly boolean[]> {
    await redeliver(engine, delivery);
    const call = (await callsTo('/rotated', count)).at(-1);
    await settledDelivery(engine, jobId);
    const headers = {
      'webhook-id': call?.id ?? '',
      'webhook-timestamp': call?.timestamp ?? '',
      'webhook-signature': call?.signature ?? '',
    };
    vi.useFakeTimers({ now: Number(call?.timestamp) * SECOND_MS, toFake: ['Date'] });
    try {
      return secrets.map((secret) => {
        try {
          return new Webhook(secret).verify(call?.body ?? '', headers) !== null;
        } catch {
          return false;
        }
      });
    } finally {
      vi.useRealTimers();
    }
  }
  expect(await acceptedBy([old, young], 2)).toEqual([true, true]);
  await engine.moveClock(3_601 * SECOND_MS);
  expect(await acceptedBy([old, young], 3)).toEqual([false, true]);
});
