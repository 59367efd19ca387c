/**
 * Webhooks end to end over the real network: `npm start`, receivers on loopback, and the verifiers that
 * receivers use. What a receiver does to a call, in whatever way, the delivery log must tell; what a
 * caller or a log line can see must never hold a secret.
 *
 * The schedule is short here. `webhook-faults.test.ts` holds the published one, in moved time. A job takes
 * three seconds, mostly of queues that fill their batches, so those that need not wait for each other do not.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import {
  type Delivery,
  defaultWebhookSchema,
  pingBodySchema,
  pingSchema,
  type Webhook as WebhookOption,
  type WebhookSecret,
  webhookBodySchema,
  webhookSecretDescriptionSchema,
  webhookSecretSchema,
} from '@mcpoverflow/types';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { deliveriesOf, redeliver, settledDelivery } from './support/deliveries.ts';
import { type DnsResolver, startDnsResolver } from './support/dns-resolver.ts';
import { type Engine, startEngine } from './support/engine.ts';
import { acceptedId, endOf, post, refusalOf, smallSpecification } from './support/jobs.ts';
import { type Behaviour, type ReceivedCall, startWebhookReceiver, type WebhookReceiver } from './support/webhook-receiver.ts';

const MINUTE_MS = 60_000;
const GIBIBYTE = 1024 ** 3;
const TOKEN = 'a-token-of-the-receiver';

let engine: Engine;
let receiver: WebhookReceiver;
let resolver: DnsResolver;

/** Every answer but the two that show a secret: none may hold one. */
const answers: string[] = [];
const secrets: string[] = [];
const caller = {
  async fetch(path: string, init?: RequestInit): Promise<Response> {
    const answer = await engine.fetch(path, init);
    answers.push(await answer.clone().text());
    return answer;
  },
};

beforeAll(async () => {
  receiver = await startWebhookReceiver();
  resolver = await startDnsResolver();
  engine = await startEngine({
    env: {
      WEBHOOK_SCHEDULE_SECONDS: '0.2,0.2,0.2,0.2,0.2',
      // Long enough for a busy machine to answer well, short enough to wait for.
      WEBHOOK_TIMEOUT_MS: '5000',
      DNS_RESOLVER_URL: resolver.url,
    },
  });
});
afterAll(async () => {
  await receiver?.close();
  await engine?.stop();
  await resolver?.close();
});
afterEach(() => {
  vi.useRealTimers();
});

let submissions = 0;
const bodies = {
  analyze: () => ({ specType: 'openapi', spec: smallSpecification(`Webhooks ${submissions}`) }),
  // What needs a mind fails on the embedded engine, at once and by itself.
  'generate-from-description': () => ({ description: `A weather service, number ${submissions}` }),
};
type Kind = keyof typeof bodies;

function bodyFor(type: Kind, webhook: WebhookOption | undefined): object {
  submissions += 1;
  return { ...bodies[type](), metadata: { number: String(submissions) }, webhook };
}

const submit = async (type: Kind, webhook: WebhookOption | undefined, headers: Readonly<Record<string, string>> = {}): Promise<string> =>
  acceptedId(await post(caller, type, bodyFor(type, webhook), headers));

const send = (method: string, path: string, body: object): Promise<Response> =>
  caller.fetch(path, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

/** The calls to a path, once there are so many; more than that must never come. */
async function callsTo(path: string, count: number): Promise<readonly ReceivedCall[]> {
  await receiver.until(() => receiver.callsTo(path).length >= count);
  const calls = receiver.callsTo(path);
  if (calls.length > count) throw new Error(`${path} was called ${calls.length} times.`);
  return calls;
}

/** The latest call to a path, once there are so many. */
async function callTo(path: string, count = 1): Promise<ReceivedCall> {
  const call = (await callsTo(path, count)).at(-1);
  if (call === undefined) throw new Error(`${path} was not called.`);
  return call;
}

const bodyOf = (call: ReceivedCall) => webhookBodySchema.parse(JSON.parse(call.body));

async function secretFrom(path: string, status: number, body?: object): Promise<WebhookSecret> {
  const answer = await engine.fetch(path, {
    method: 'POST',
    ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  });
  expect(answer.status).toBe(status);
  expect(answer.headers.get('Cache-Control')).toBe('no-store');
  const shown = webhookSecretSchema.parse(await answer.json());
  secrets.push(shown.secret);
  return shown;
}

const libraries = [
  ['standardwebhooks', (key: string) => new StandardWebhook(key)],
  ['svix', (key: string) => new SvixWebhook(key)],
] as const;

const signatureOf = (call: ReceivedCall) => ({
  'webhook-id': call.id,
  'webhook-timestamp': call.timestamp,
  'webhook-signature': call.signature,
});

/** Whether both libraries take a call with this secret; throws when they do not agree. */
function isAccepted(call: ReceivedCall, secret: string, changes: { readonly body?: string } = {}): boolean {
  const [ours, theirs] = libraries.map(([, verifierOf]) => {
    try {
      verifierOf(secret).verify(changes.body ?? call.body, signatureOf(call));
      return true;
    } catch {
      return false;
    }
  });
  if (ours !== theirs) throw new Error('The libraries do not agree.');
  return ours === true;
}

describe('the secret and the signature', () => {
  let delivery: Delivery;
  let call: ReceivedCall;
  /** The same call, signed anew with the keys of now. */
  async function signedAnew(): Promise<ReceivedCall> {
    const made = receiver.callsTo('/signed').length;
    await redeliver(caller, delivery);
    return callTo('/signed', made + 1);
  }

  beforeAll(async () => {
    delivery = await settledDelivery(caller, await submit('analyze', { url: `${receiver.url}/signed` }));
    call = await callTo('/signed');
  });

  test('a call is signed before anybody asked for the secret, which is then shown once', async () => {
    const shown = await secretFrom('/api/webhook-secret', 201);
    expect(shown.keys).toHaveLength(1);
    expect(isAccepted(call, shown.secret)).toBe(true);

    const again = await caller.fetch('/api/webhook-secret', { method: 'POST' });
    expect(await refusalOf(again)).toMatchObject({ status: 409, code: 'webhook-secret-exists' });
    const described = await caller.fetch('/api/webhook-secret');
    const { keys } = webhookSecretDescriptionSchema.parse(await described.json());
    expect(keys).toEqual(shown.keys);
    expect(keys[0]?.shownAt).toBeDefined();
  });

  test.each(libraries)('npm %s takes our calls, and no changed body, old timestamp or wrong secret', (_name, verifierOf) => {
    const verifier = verifierOf(secrets[0] ?? '');
    const verify = (body = call.body): unknown => verifier.verify(body, signatureOf(call));
    expect(() => verify()).not.toThrow();
    expect(() => verify(call.body.replace('completed', 'cancelled'))).toThrow('No matching signature found');
    expect(() => verify(` ${call.body}`)).toThrow('No matching signature found');
    const other = verifierOf(`whsec_${Buffer.alloc(32, 7).toString('base64')}`);
    expect(() => other.verify(call.body, signatureOf(call))).toThrow('No matching signature found');
    vi.useFakeTimers({ now: Date.now() + 6 * MINUTE_MS, toFake: ['Date'] });
    expect(() => verify()).toThrow('Message timestamp too old');
  });

  test('while a secret is rotated both keys sign one call; without an overlap the old ones end at once', async () => {
    const old = secrets[0] ?? '';
    const rotated = await secretFrom('/api/webhook-secret/rotate', 200, { overlapSeconds: 3600 });
    expect(rotated.keys).toHaveLength(2);
    const both = await signedAnew();
    expect(both.signature.split(' ')).toHaveLength(2);
    expect([old, rotated.secret].map((secret) => isAccepted(both, secret))).toEqual([true, true]);

    await settledDelivery(caller, bodyOf(both).data.jobId);
    const last = await secretFrom('/api/webhook-secret/rotate', 200, { overlapSeconds: 0 });
    expect(last.keys).toHaveLength(1);
    const alone = await signedAnew();
    expect([old, rotated.secret, last.secret].map((secret) => isAccepted(alone, secret))).toEqual([false, false, true]);
  });

  test('a ping is a signed call whose outcome is answered, good or bad', async () => {
    const ping = (path: string) => send('POST', '/api/webhooks/test', { url: `${receiver.url}${path}` });
    const good = pingSchema.parse(await (await ping('/ping')).json());
    const pinged = await callTo('/ping');
    expect(good).toMatchObject({ delivered: true, webhookId: pinged.id, attempt: { number: 1, status: 200 } });
    expect(isAccepted(pinged, secrets.at(-1) ?? '')).toBe(true);
    expect(pingBodySchema.parse(JSON.parse(pinged.body)).type).toBe('ping');

    receiver.answer('/bad-ping', { kind: 'status', status: 418, body: 'I am a teapot' });
    const bad = pingSchema.parse(await (await ping('/bad-ping')).json());
    expect(bad).toMatchObject({ delivered: false, attempt: { status: 418, error: 'status', answer: 'I am a teapot' } });
    await callTo('/bad-ping');
  });
});

describe.concurrent('the calls of a job', () => {
  const TRACE = '0af7651916cd43dd8448eb211c80319c';

  test('a completed job calls once, with ids and links, and nothing of its result', async () => {
    const traceparent = `00-${TRACE}-b7ad6b7169203331-01`;
    const spec = smallSpecification('Nobody shall hear of this');
    const webhook = { url: `${receiver.url}/completed?key=${TOKEN}` };
    const submission = { specType: 'openapi', spec, metadata: { who: 'Zoë 🚀' }, webhook };
    const jobId = await acceptedId(await post(caller, 'analyze', submission, { traceparent }));
    const delivery = await settledDelivery(caller, jobId);
    const call = await callTo('/completed');

    expect(call).toMatchObject({ method: 'POST', query: `?key=${TOKEN}`, id: delivery.deliveryId });
    expect(call.headers['content-type']).toBe('application/json');
    expect(call.headers['user-agent']).toMatch(/^MCPoverflow-Webhooks\/\d+\.\d+\.\d+$/);
    const [version, trace, parent, flags] = String(call.headers.traceparent).split('-');
    expect({ version, trace, flags }).toEqual({ version: '00', trace: TRACE, flags: '01' });
    expect(parent).toMatch(/^(?!b7ad6b7169203331)[0-9a-f]{16}$/);

    const { type, data } = bodyOf(call);
    expect(type).toBe('job.completed');
    expect(data).toMatchObject({ jobId, status: 'completed', type: 'analyze', generation: 1, metadata: { who: 'Zoë 🚀' } });
    expect(Object.keys(data).toSorted()).toEqual(['generation', 'jobId', 'links', 'metadata', 'status', 'type']);
    expect(call.body).not.toContain('Nobody shall hear of this');
    for (const link of Object.values(data.links)) expect(link).toMatch(new RegExp(`^${engine.url}/api/`));
    expect(await (await fetch(data.links.self)).json()).toMatchObject({ jobId, webhook: { delivered: 1, pending: 0 } });
    expect(delivery).toMatchObject({ status: 'delivered', attemptCount: 1, url: `${receiver.url}/completed?key=***` });
  });

  test('a failed job calls with its error; tried again, it calls under a new id for the next generation', async () => {
    const jobId = await submit('generate-from-description', { url: `${receiver.url}/failed` });
    const first = await callTo('/failed');
    expect(bodyOf(first)).toMatchObject({
      type: 'job.failed',
      data: { jobId, status: 'failed', generation: 1, error: { code: 'needs-openhands', retryable: false } },
    });

    expect((await caller.fetch(`/api/jobs/${jobId}/retry`, { method: 'POST' })).ok).toBe(true);
    const second = await callTo('/failed', 2);
    expect(bodyOf(second)).toMatchObject({ type: 'job.failed', data: { jobId, generation: 2 } });
    expect(second.id).not.toBe(first.id);
    await settledDelivery(caller, jobId);
    expect((await deliveriesOf(caller, jobId)).map(({ deliveryId, generation }) => [deliveryId, generation])).toEqual([
      [first.id, 1],
      [second.id, 2],
    ]);
  });

  test('a cached result calls as one that was computed', async () => {
    const body = bodyFor('analyze', { url: `${receiver.url}/computed` });
    await endOf(caller, await acceptedId(await post(caller, 'analyze', body)));
    // The result is kept for others right after the job has ended; until then the same analysis is made again.
    let cached: { jobId: string; cached: boolean } | undefined;
    for (let round = 0; cached?.cached !== true; round += 1) {
      const answer = await post(caller, 'analyze', { ...body, webhook: { url: `${receiver.url}/cached-${round}` } }, { Prefer: 'wait=20' });
      cached = z.object({ jobId: z.string(), cached: z.boolean() }).parse(await answer.json());
      const call = await callTo(`/cached-${round}`);
      expect(bodyOf(call)).toMatchObject({ type: 'job.completed', data: { jobId: cached.jobId } });
    }
  });

  test('every item of a batch calls its own webhook, with the events that it asked for', async () => {
    const webhook = (path: string, ...events: Delivery['event'][]): WebhookOption => ({
      url: `${receiver.url}${path}`,
      ...(events.length === 0 ? {} : { events }),
    });
    const item = (type: Kind, ...parts: Parameters<typeof webhook>) => ({ type, ...bodyFor(type, webhook(...parts)) });
    const answer = await send('POST', '/api/jobs/batch', {
      jobs: [
        item('analyze', '/item-usual'),
        item('analyze', '/item-started', 'job.started', 'job.completed'),
        item('generate-from-description', '/item-failed'),
        item('generate-from-description', '/item-deaf', 'job.completed'),
      ],
    });
    const { jobs } = z.object({ jobs: z.array(z.object({ jobId: z.string() })) }).parse(await answer.json());
    for (const { jobId } of jobs) await endOf(caller, jobId);
    await Promise.all([callTo('/item-usual'), callTo('/item-failed'), callTo('/item-started', 2)]);
    const told = (path: string) => receiver.callsTo(path).map((call) => bodyOf(call).type);
    expect(told('/item-usual')).toEqual(['job.completed']);
    // Two calls are on their way by themselves: the later event may be the first to arrive.
    expect(told('/item-started').toSorted()).toEqual(['job.completed', 'job.started']);
    expect(told('/item-failed')).toEqual(['job.failed']);
    expect(await deliveriesOf(caller, jobs[3]?.jobId ?? '')).toEqual([]);
    expect(told('/item-deaf')).toEqual([]);
  });

  test('the default webhook is called for a submission that names none, and for no other', async () => {
    const put = await send('PUT', '/api/webhooks/default', { url: `${receiver.url}/default`, events: ['job.completed'] });
    expect(defaultWebhookSchema.parse(await put.json()).webhook?.url).toBe(`${receiver.url}/default`);
    const jobId = await submit('analyze', undefined);
    const own = await submit('analyze', { url: `${receiver.url}/not-default` });
    await caller.fetch('/api/webhooks/default', { method: 'DELETE' });
    const none = await submit('analyze', undefined);

    await callTo('/not-default');
    expect(bodyOf(await callTo('/default')).data.jobId).toBe(jobId);
    expect(await deliveriesOf(caller, own)).toHaveLength(1);
    await endOf(caller, none);
    expect(await deliveriesOf(caller, none)).toEqual([]);
  });

  test('redelivering sends the same call again, under the same id and freshly signed', async () => {
    const jobId = await submit('analyze', { url: `${receiver.url}/again` });
    const delivered = await settledDelivery(caller, jobId);
    const again = await redeliver(caller, delivered);
    expect(again).toMatchObject({ deliveryId: delivered.deliveryId, status: 'pending' });
    const [first, second] = await callsTo('/again', 2);
    expect([second?.id, second?.body]).toEqual([first?.id, first?.body]);
    expect(await settledDelivery(caller, jobId)).toMatchObject({ status: 'delivered', attemptCount: 2 });
  });
});

describe.concurrent('receivers that misbehave', () => {
  interface Case {
    readonly name: string;
    readonly behaviour: Behaviour;
    /** How often, before the receiver answers as it should. */
    readonly times: number;
    /** Of each attempt that went wrong. */
    readonly attempt: object | null;
    readonly settled?: Delivery['status'];
  }
  const echo = `The key whsec_${Buffer.alloc(32, 9).toString('base64')} and the token ${TOKEN} are not known here.`;
  const status = (code: number): Behaviour => ({ kind: 'status', status: code, body: 'No.' });
  const redirect = (location: string, code?: number): Behaviour => ({ kind: 'redirect', location, ...(code && { status: code }) });
  const redirected = { error: 'redirect', message: expect.stringContaining('Redirects are not followed') };

  let cases: readonly Case[];
  const deliveries = new Map<string, Delivery>();

  beforeAll(async () => {
    cases = [
      { name: 'five-hundreds', behaviour: status(500), times: 5, attempt: { status: 500, error: 'status', answer: 'No.' } },
      { name: 'no-connector', behaviour: status(404), times: 1, attempt: { status: 404, error: 'status', answer: 'No.' } },
      { name: 'echo', behaviour: { kind: 'status', status: 400, body: echo }, times: 1, attempt: { status: 400, error: 'status' } },
      { name: 'hang', behaviour: { kind: 'hang' }, times: 1, attempt: { error: 'timeout' } },
      { name: 'reset', behaviour: { kind: 'reset' }, times: 1, attempt: { error: 'connection' } },
      { name: 'redirect', behaviour: redirect(`${receiver.url}/never`), times: 1, attempt: { ...redirected, status: 302 } },
      { name: 'redirect-inside', behaviour: redirect('http://10.0.0.1/never', 307), times: 1, attempt: { ...redirected, status: 307 } },
      { name: 'metadata', behaviour: redirect('http://169.254.169.254/', 301), times: 1, attempt: { ...redirected, status: 301 } },
      { name: 'endless-refusal', behaviour: { kind: 'endless', bytes: GIBIBYTE, status: 500 }, times: 1, attempt: { status: 500 } },
      { name: 'endless-thanks', behaviour: { kind: 'endless', bytes: GIBIBYTE, status: 200 }, times: 1, attempt: null },
      { name: 'slow-thanks', behaviour: { kind: 'slow-body' }, times: 1, attempt: null },
      { name: 'gone', behaviour: status(410), times: 1, attempt: { status: 410, error: 'gone', answer: 'No.' }, settled: 'disabled' },
    ];
    for (const { name, behaviour, times } of cases) receiver.answer(`/bad/${name}`, behaviour, times);
    await Promise.all(
      cases.map(async ({ name }) => {
        const jobId = await submit('generate-from-description', { url: `${receiver.url}/bad/${name}?token=${TOKEN}` });
        deliveries.set(name, await settledDelivery(caller, jobId));
      }),
    );
  });
  const deliveryOf = (name: string): Delivery => {
    const delivery = deliveries.get(name);
    if (delivery === undefined) throw new Error(`${name} has no delivery.`);
    return delivery;
  };

  test('the log of each says what it did, attempt by attempt', () => {
    for (const { name, times, attempt, settled = 'delivered' } of cases) {
      const { status: outcome, attempts } = deliveryOf(name);
      const failures = attempt === null ? [] : Array.from({ length: times }, () => expect.objectContaining(attempt));
      const success = settled === 'delivered' ? [expect.objectContaining({ status: 200 })] : [];
      expect({ name, outcome, attempts }).toEqual({ name, outcome: settled, attempts: [...failures, ...success] });
      expect(attempts.map(({ number }) => number)).toEqual(attempts.map((_, index) => index + 1));
      for (const { error, message } of attempts) expect(message === undefined).toBe(error === undefined);
    }
  });

  test('every attempt of an event has one id and a signature of its own time', () => {
    const calls = receiver.callsTo('/bad/five-hundreds');
    expect(calls).toHaveLength(6);
    expect(new Set(calls.map(({ id, body }) => `${id} ${body}`)).size).toBe(1);
    for (const call of calls) {
      expect(Math.abs(Number(call.timestamp) * 1000 - call.at)).toBeLessThan(MINUTE_MS);
      expect(isAccepted(call, secrets.at(-1) ?? '')).toBe(true);
    }
  });

  test('a receiver that hangs holds an attempt for as long as one may take', () => {
    expect(deliveryOf('hang').attempts[0]?.durationMs).toBeGreaterThanOrEqual(4_900);
  });

  test('a redirect is followed to nowhere', () => {
    expect(receiver.calls.filter(({ path }) => path.includes('never'))).toEqual([]);
  });

  test('of a gibibyte little is taken, and a kibibyte kept', () => {
    // What lies in the sockets' buffers counts as sent.
    expect(receiver.bytesSent).toBeLessThan(64 * 1024 ** 2);
    expect(deliveryOf('endless-refusal').attempts[0]?.answer).toBe('x'.repeat(1024));
  });

  test('what a receiver repeats of its URL or of a key is masked', () => {
    expect(deliveryOf('echo').attempts[0]?.answer).toBe('The key whsec_*** and the token *** are not known here.');
    for (const delivery of deliveries.values()) expect(delivery.url).toMatch(/\?token=\*\*\*$/);
  });

  test('after 410 the later events of the job are told nobody, until somebody sends one again', async () => {
    const { links } = deliveryOf('gone');
    expect((await caller.fetch(`${links.job}/retry`, { method: 'POST' })).ok).toBe(true);
    const jobId = links.job.split('/').at(-1) ?? '';
    await endOf(caller, jobId);
    const [, later] = await deliveriesOf(caller, jobId);
    expect(later).toMatchObject({ event: 'job.failed', generation: 2, status: 'disabled', attemptCount: 0, attempts: [] });
    expect(later?.nextAttemptAt).toBeUndefined();
    expect(receiver.callsTo('/bad/gone')).toHaveLength(1);

    if (later === undefined) throw new Error('There is no later delivery.');
    await redeliver(caller, later);
    expect(await settledDelivery(caller, jobId)).toMatchObject({ status: 'delivered', deliveryId: later.deliveryId });
    expect(receiver.callsTo('/bad/gone')).toHaveLength(2);
  });
});

describe.concurrent('names that resolve to private addresses', () => {
  test('are refused at submission', async () => {
    resolver.name('inside.example.com', ['10.1.2.3']);
    resolver.name('half-inside.example.com', ['93.184.215.14', 'fd00::1']);
    for (const host of ['inside.example.com', 'half-inside.example.com']) {
      const answer = await post(caller, 'analyze', bodyFor('analyze', { url: `https://${host}/hook` }));
      expect(await refusalOf(answer)).toEqual({ status: 400, code: 'invalid-webhook-url', pointers: ['/webhook/url'] });
    }
  });

  test('are not called when they became so after the submission', async () => {
    resolver.name('moving.example.com', ['93.184.215.14'], ['127.0.0.1']);
    const jobId = await submit('analyze', { url: 'https://moving.example.com/hook' });
    const delivery = await settledDelivery(caller, jobId);
    expect(delivery.status).toBe('dead-letter');
    const refused = { error: 'url-refused', message: 'The URL must name a host whose addresses are all public.' };
    expect(delivery.attempts).toEqual(Array.from({ length: 6 }, () => expect.objectContaining(refused)));
    expect(delivery.attempts.some((attempt) => attempt.status !== undefined)).toBe(false);
    expect(resolver.lookUpsOf('moving.example.com')).toBe(1 + delivery.attempts.length);
    expect(await (await caller.fetch(`/api/jobs/${jobId}`)).json()).toMatchObject({ webhook: { deadLetters: 1, pending: 0 } });
  });
});

describe('at the end', () => {
  test('no secret is in an answer, a log line or a file, but for the store of its own object', () => {
    expect(secrets.length).toBeGreaterThan(2);
    const bare = secrets.map((secret) => secret.replace('whsec_', ''));
    const holdsSecret = (text: string): boolean => bare.some((secret) => text.includes(secret));
    expect(answers.filter(holdsSecret)).toEqual([]);
    expect(engine.logs().filter(holdsSecret)).toEqual([]);
    expect(engine.logs().filter((line) => line.includes(TOKEN))).toEqual([]);

    const files = readdirSync(engine.stateDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const holders = files
      .map(({ parentPath, name }) => join(parentPath, name))
      .filter((path) => holdsSecret(readFileSync(path, 'latin1')))
      .map((path) => relative(engine.stateDir, path));
    expect(holders).not.toEqual([]);
    for (const path of holders) expect(path).toContain('TenantWebhooks');
  });

  test('a restart keeps the secret', async () => {
    await engine.restart();
    await submit('analyze', { url: `${receiver.url}/after-restart` });
    expect(isAccepted(await callTo('/after-restart'), secrets.at(-1) ?? '')).toBe(true);
    expect(await refusalOf(await caller.fetch('/api/webhook-secret', { method: 'POST' }))).toMatchObject({ status: 409 });
  });
});
