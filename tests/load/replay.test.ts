/**
 * Replays on the real engine and a real network: OpenHands is away and comes back, or is still as bad as it
 * was; operators are many and impatient. Whatever is replayed begins one generation with one conversation,
 * and what happened to a dead letter can be read from it afterwards.
 *
 * A server that is away is one that nobody listens at. What comes back on its port remembers nothing, so
 * what it was asked since then is all that it knows.
 */
import { batchResultSchema, problemSchema, webhookBodySchema } from '@mcpoverflow/types';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  endedReplay,
  groupsOf,
  itemsOf,
  letterOf,
  lettersOf,
  lettersWhen,
  letterWhen,
  postReplay,
  startReplay,
} from '../support/dead-letters.ts';
import { settledDelivery } from '../support/deliveries.ts';
import { type Engine, startEngine } from '../support/engine.ts';
import { smallSpecification } from '../support/jobs.ts';
import { type OpenHandsServer, startOpenHandsServer } from '../support/openhands-server.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

let engine: Engine;
let server: OpenHandsServer;
let receiver: WebhookReceiver;

beforeAll(async () => {
  server = await startOpenHandsServer();
  receiver = await startWebhookReceiver();
  engine = await startEngine({
    env: {
      OPENHANDS_API_URL: server.url,
      // Fewer places than jobs: whoever died must have given theirs back.
      OPENHANDS_MAX_RUNS: '60',
      // What is away is away: one attempt says so, and only the calls of 200 jobs are to be waited for.
      RETRY_ATTEMPTS: '1',
      WEBHOOK_SCHEDULE_SECONDS: '0.1',
    },
  });
});
afterAll(async () => {
  await engine?.stop();
  await receiver?.close();
  await server?.close();
});

/** Submits so many analyses for OpenHands, each with a path of its own at the receiver; answers their ids by path. */
async function submit(name: string, count: number): Promise<ReadonlyMap<string, string>> {
  const paths = Array.from({ length: count }, (_, index) => `/${name}/${index}`);
  const jobs = paths.map((path) => ({
    type: 'analyze',
    engine: 'openhands',
    specType: 'openapi',
    spec: smallSpecification(path),
    metadata: { path },
    webhook: { url: `${receiver.url}${path}` },
  }));
  const answer = await engine.fetch('/api/jobs/batch', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jobs }),
  });
  const accepted = batchResultSchema.parse(await answer.json()).jobs;
  return new Map(accepted.map((item, index) => [paths[index] ?? '', 'jobId' in item ? item.jobId : '']));
}

/** The one group of what is dead; throws when there are others. */
async function onlyGroup() {
  const [group, ...others] = await groupsOf(engine);
  if (group === undefined || others.length > 0) throw new Error(`There is not one group: ${JSON.stringify([group, ...others])}`);
  return group;
}

/** Every conversation that the server was asked for, as often as it was asked. */
const createsOf = (): ReadonlyMap<string, number> => new Map(server.creates);
const since = (before: ReadonlyMap<string, number>): readonly number[] =>
  [...server.creates].map(([id, times]) => times - (before.get(id) ?? 0)).filter((times) => times > 0);

const webhooksTo = (path: string) => receiver.callsTo(path).map(({ id, body }) => ({ id, ...webhookBodySchema.parse(JSON.parse(body)) }));

test('two hundred jobs that arrive while OpenHands is away die of one cause, and one replay completes them all', async () => {
  await server.close();
  const jobs = new Map([...(await submit('away/one', 100)), ...(await submit('away/two', 100))]);
  const letters = await lettersWhen(engine, 'status=dead', jobs.size);
  expect(letters.map(({ jobId }) => jobId).sort()).toEqual([...jobs.values()].sort());
  const group = await onlyGroup();
  expect(group).toMatchObject({ kind: 'job', code: 'agent-unreachable', count: jobs.size, quarantined: 0 });
  expect(group.sample.message).toBe(
    'The agent server cannot be reached. Check that it runs and that OPENHANDS_API_URL is right. Tried once.',
  );

  server = await startOpenHandsServer({ port: server.port });
  const { replayId } = await startReplay(engine, { fingerprint: group.fingerprint, canary: 1, ratePerSecond: 100 });
  const replay = await endedReplay(engine, replayId);
  expect(replay).toMatchObject({ state: 'completed', counts: { total: jobs.size, recovered: jobs.size } });

  expect([...server.creates.values()]).toEqual([...jobs].map(() => 1));
  expect(server.maxLiveRunsPerTag('job')).toBe(1);
  await receiver.until(() => [...jobs.keys()].every((path) => webhooksTo(path).some(({ type }) => type === 'job.completed')));
  for (const [path, jobId] of jobs) {
    const calls = webhooksTo(path);
    expect(calls.map(({ type, data }) => [type, data.jobId, data.generation, data.metadata])).toEqual([
      ['job.failed', jobId, 1, { path }],
      ['job.completed', jobId, 2, { path }],
    ]);
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
  }
  const recovered = await lettersOf(engine, 'status=recovered');
  expect(recovered.map(({ jobId, replays, deaths }) => [jobId, replays, deaths]).sort()).toEqual(
    [...jobs.values()].map((jobId) => [jobId, 1, 1]).sort(),
  );
  for (const { id } of [recovered.at(0), recovered.at(-1)].filter((letter) => letter !== undefined)) {
    const { history, job } = await letterOf(engine, id);
    expect(history.map(({ event, generation }) => [event, generation])).toEqual([
      ['died', 1],
      ['replayed', 2],
      ['recovered', 2],
    ]);
    expect(job).toMatchObject({ status: 'completed', generation: 2 });
  }
});

const WRONG_KEY_JOBS = 12;

test('a canary that dies again stops the replay, which says so, and nothing else is started', async () => {
  const mend = server.misbehave({ route: 'create' }, { answer: { kind: 'status', status: 401 } });
  const jobs = await submit('wrong-key', WRONG_KEY_JOBS);
  await lettersWhen(engine, 'status=dead', jobs.size);
  const { fingerprint, sample } = await onlyGroup();
  expect(sample.message).toContain('401');

  const before = createsOf();
  const { replayId } = await startReplay(engine, { fingerprint, canary: 1, ratePerSecond: 100 });
  expect(await endedReplay(engine, replayId)).toMatchObject({
    state: 'stopped',
    reason: 'The canary died again, so nothing else was started.',
    counts: { total: jobs.size, died: 1, notStarted: jobs.size - 1, running: 0, waiting: 0 },
  });
  expect(since(before)).toEqual([1]);
  expect(await onlyGroup()).toMatchObject({ fingerprint, count: jobs.size });
  const replayed = await Promise.all([...jobs.values()].map(async (jobId) => (await letterOf(engine, `job_${jobId}`)).replays));
  expect(replayed.sort()).toEqual([...Array.from({ length: jobs.size - 1 }, () => 0), 1]);
  mend();
});

test('operators who replay the same group at once, and repeat themselves, start each job once', async () => {
  const { fingerprint } = await onlyGroup();
  const before = createsOf();
  const plan = await startReplay(engine, { fingerprint, dryRun: true });
  expect(plan).toMatchObject({ state: 'planned', counts: { total: WRONG_KEY_JOBS, waiting: WRONG_KEY_JOBS } });
  const request = { fingerprint, ratePerSecond: 100 };
  const started = await Promise.all([
    startReplay(engine, request, 'one operator'),
    startReplay(engine, request, 'another operator'),
    startReplay(engine, { planId: plan.replayId }),
    startReplay(engine, request, 'one operator'),
    startReplay(engine, { planId: plan.replayId }),
  ]);
  const [one, another, planned, oneAgain, plannedAgain] = started.map(({ replayId }) => replayId);
  expect([oneAgain, plannedAgain, planned]).toEqual([one, plan.replayId, plan.replayId]);
  const replays = await Promise.all([one, another, planned].map((replayId) => endedReplay(engine, replayId ?? '')));

  expect(replays.map(({ state }) => state)).toEqual(['completed', 'completed', 'completed']);
  const sum = (of: 'recovered' | 'died' | 'cancelled'): number => replays.reduce((total, { counts }) => total + counts[of], 0);
  expect([sum('recovered'), sum('died'), sum('cancelled')]).toEqual([WRONG_KEY_JOBS, 0, 0]);
  expect(since(before)).toEqual(Array.from({ length: WRONG_KEY_JOBS }, () => 1));
  const items = (await Promise.all(replays.map(({ replayId }) => itemsOf(engine, replayId)))).flat();
  const reasons = items.filter(({ state }) => state === 'skipped').map(({ reason }) => reason);
  expect(['It is being replayed already.', 'It has recovered.']).toEqual(expect.arrayContaining([...new Set(reasons)]));
  for (const letter of await lettersOf(engine, `fingerprint=${fingerprint}`)) {
    const { history, job } = await letterOf(engine, letter.id);
    expect(history.filter(({ event }) => event === 'recovered')).toHaveLength(1);
    expect(job?.generation).toBe(letter.replays + 1);
  }

  // The key goes on naming that replay, and no other.
  expect((await startReplay(engine, request, 'one operator')).replayId).toBe(one);
  const mismatch = await postReplay(engine, { ...request, force: true }, 'one operator');
  expect([mismatch.status, problemSchema.parse(await mismatch.json()).code]).toEqual([422, 'idempotency-mismatch']);
  const finished = await startReplay(engine, { planId: plan.replayId });
  expect(finished).toMatchObject({ state: 'completed', replayId: plan.replayId });
  expect(since(before)).toHaveLength(WRONG_KEY_JOBS);
});

test('a dead webhook call is sent again by its replay, under its id, and its job is left alone', async () => {
  receiver.answer('/gone-for-lunch/0', { kind: 'status', status: 500 });
  const [jobId = ''] = (await submit('gone-for-lunch', 1)).values();
  const { deliveryId } = await settledDelivery(engine, jobId);
  const id = `delivery_${deliveryId}`;
  const letter = await letterWhen(engine, id, ({ status }) => status === 'dead');
  expect(letter).toMatchObject({ kind: 'delivery', jobId, deliveryId, type: 'job.completed', code: 'status', attempts: 2 });
  const before = createsOf();

  const failing = await startReplay(engine, { ids: [id] });
  expect(await endedReplay(engine, failing.replayId)).toMatchObject({ state: 'completed', counts: { total: 1, died: 1 } });
  receiver.answer('/gone-for-lunch/0', { kind: 'status', status: 204 });
  const { replayId } = await startReplay(engine, { ids: [id] });
  expect(await endedReplay(engine, replayId)).toMatchObject({ state: 'completed', counts: { total: 1, recovered: 1 } });

  const { status, history, delivery, job } = await letterOf(engine, id);
  expect(status).toBe('recovered');
  expect(history.map(({ event }) => event)).toEqual(['died', 'replayed', 'died', 'replayed', 'recovered']);
  expect(delivery).toMatchObject({ deliveryId, status: 'delivered' });
  expect(job).toMatchObject({ status: 'completed', generation: 1 });
  expect(since(before)).toEqual([]);
  const calls = receiver.callsTo('/gone-for-lunch/0');
  expect(calls).toHaveLength(5);
  expect(new Set(calls.map((call) => `${call.id} ${call.body}`)).size).toBe(1);
});
