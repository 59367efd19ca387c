/**
 * Dead letters on real Workers with real API keys: who sees and does what, messages that nobody can act
 * upon, ten thousand entries, replays whose time is moved or whose recorder crashes, and what becomes of a
 * dead letter when its job is changed, retried, cancelled, deleted or simply old.
 *
 * Each test has a tenant of its own, so none sees another's entries; the engine's operator sees them all.
 */
import { randomUUID } from 'node:crypto';
import {
  type ApiKeyScope,
  apiKeyScopes,
  type Job,
  type JobErrorCode,
  jobError,
  problemSchema,
  replayItemListSchema,
  resultSchemas,
} from '@mcpoverflow/types';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import type { JobReport } from '../../apps/consumer/src/dead-letters/report.ts';
import {
  type Caller,
  controlReplay,
  deadJob,
  discard,
  endedReplay,
  groupPagesOf,
  groupsOf,
  itemPagesOf,
  itemsOf,
  letterOf,
  lettersOf,
  lettersWhen,
  letterWhen,
  pagesOf,
  postReplay,
  replayOf,
  replayWhen,
  startReplay,
  withKey,
} from '../support/dead-letters.ts';
import { type FaultyEngine, startFaultyEngine } from '../support/faulty-engine.ts';
import { acceptedId, endOf, post, smallSpecification } from '../support/jobs.ts';

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;
const RETENTION_DAYS = 30;
const DEAD_LETTER_RETENTION_DAYS = 90;

let engine: FaultyEngine;
/** Of the tenant `*`. */
let operator: Caller;
let mend: () => void = () => undefined;

beforeAll(async () => {
  engine = await startFaultyEngine({
    AUTH: 'keys',
    RETRY_ATTEMPTS: '2',
    // A step whose message is lost comes by no other way within a test.
    RESEND_SECONDS: '3600',
    JOB_RETENTION_DAYS: String(RETENTION_DAYS),
    DEAD_LETTER_RETENTION_DAYS: String(DEAD_LETTER_RETENTION_DAYS),
  });
  operator = await callerOf('*', ['operate']);
});
afterAll(() => engine?.stop());
afterEach(async () => {
  mend();
  await engine.platform({});
});

const callerOf = async (tenant: string, scopes: readonly ApiKeyScope[] = apiKeyScopes): Promise<Caller> =>
  withKey(engine, await engine.makeKey({ tenant, scopes: [...scopes] }));

/** Submits so many analyses for OpenHands. */
const submit = (caller: Caller, count: number): Promise<readonly string[]> =>
  Promise.all(
    Array.from({ length: count }, async () => {
      const spec = smallSpecification(randomUUID());
      return acceptedId(await post(caller, 'analyze', { specType: 'openapi', spec, engine: 'openhands' }));
    }),
  );

/** From now on OpenHands refuses every run for good, until it is mended. */
function breakOpenHands(): void {
  mend = engine.server.misbehave({ route: 'create' }, { answer: { kind: 'status', status: 401 } });
}

/** Jobs that OpenHands refused; answered once all are dead letters, with OpenHands still refusing. */
async function deadJobs(caller: Caller, count: number): Promise<readonly string[]> {
  breakOpenHands();
  const jobIds = await submit(caller, count);
  await Promise.all(jobIds.map((jobId) => deadJob(caller, jobId)));
  return jobIds;
}

const letterIds = (jobIds: readonly string[]): string[] => jobIds.map((jobId) => `job_${jobId}`);
const eventsOf = async (caller: Caller, id: string): Promise<readonly string[]> =>
  (await letterOf(caller, id)).history.map(({ event }) => event);

test('messages that nobody can act upon are seen once, block nobody, and can be discarded', async () => {
  const acme = await callerOf('acme-of-messages');
  await engine.platform({ sends: 'lose' });
  const [good = '', given = ''] = await submit(acme, 2);
  await engine.platform({});
  const start = { v: 1, kind: 'start', jobId: good, generation: 1, turn: 1 };
  const poison = ['{"v": 1, "kind', null, 42, { ...start, v: 2 }, { ...start, kind: 'dance' }, { ...start, jobId: 'number 7' }];
  const ofNobody = { ...start, jobId: randomUUID() };
  await engine.send('jobs', [...poison, ofNobody, start]);
  const deliver = { v: 1, kind: 'deliver', jobId: randomUUID(), deliveryId: 'msg_of_nobody', attempt: 1 };
  await engine.send('webhooks', [...poison, deliver]);
  await engine.send('dead-letters', [...poison, ofNobody, { ...start, jobId: given }]);

  expect(await endOf(acme, good)).toMatchObject({ status: 'completed' });
  // The queue gave up on the message of the very step that this job waits for.
  expect(await deadJob(acme, given)).toMatchObject({ kind: 'job', status: 'dead' });
  const ofCode = async (code: string) => {
    const messages = await lettersOf(operator, `kind=message&code=${code}`);
    return Promise.all(messages.map(({ id }) => letterOf(operator, id)));
  };
  const bodies = poison.map((body) => JSON.stringify(body)).sort();
  const givenUp = [ofNobody, { ...start, jobId: given }].map((body) => JSON.stringify(body));
  await lettersWhen(operator, 'kind=message', 3 * poison.length + givenUp.length + 2);
  for (const queue of ['mcpoverflow-jobs', 'mcpoverflow-webhooks']) {
    const letters = (await ofCode('unreadable')).filter((message) => message.queue === queue);
    expect(letters.map(({ body }) => body).sort()).toEqual(bodies);
    expect(new Set(letters.map(({ deaths }) => deaths))).toEqual(new Set([1]));
  }
  const nobodys = await ofCode('unknown-job');
  const seen = nobodys.map(({ queue, body = '' }) => ({ queue, body: JSON.parse(body) }));
  expect(seen).toHaveLength(2);
  expect(seen).toContainEqual({ queue: 'mcpoverflow-jobs', body: ofNobody });
  expect(seen).toContainEqual({ queue: 'mcpoverflow-webhooks', body: deliver });
  const last = await ofCode('given-up');
  expect(last.map(({ body }) => body).sort()).toEqual([...bodies, ...givenUp].sort());
  expect(await lettersOf(acme, 'kind=message')).toEqual([]);
  // A message that was taken is not delivered again, so nothing was handled twice or put back.
  expect(engine.linesLogged('message handled', 'not a message this version understands')).toBe(poison.length);
  expect(engine.linesLogged('message handled', '"outcome":"again')).toBe(0);

  const [{ id } = { id: '' }] = last;
  const replay = await startReplay(operator, { ids: [id] });
  expect(replay).toMatchObject({ counts: { total: 1, skipped: 1 }, items: [{ reason: expect.stringContaining('cannot be replayed') }] });
  expect(await discard(operator, `/${id}`)).toBe(1);
  const left = await lettersOf(operator, 'kind=message&status=dead');
  expect(await discard(operator, '?kind=message')).toBe(left.length);
  expect(await discard(operator, '?kind=message')).toBe(0);
  expect(await lettersOf(operator, 'kind=message&status=dead')).toEqual([]);
  expect(await eventsOf(operator, id)).toEqual(['died', 'discarded']);
});

/** What every dead-letter route is asked, of one dead letter, one replay and one plan. */
const asked = (id: string, replayId: string, planId: string) =>
  [
    ['get', '/api/dead-letters'],
    ['get', '/api/dead-letters/groups'],
    ['get', '/api/dead-letters/{deadLetterId}'],
    ['delete', '/api/dead-letters/{deadLetterId}'],
    ['delete', '/api/dead-letters', '?status=dead'],
    ['post', '/api/dead-letters/replay', '', { ids: [id] }],
    ['post', '/api/dead-letters/replay', '', { filter: { status: 'dead' } }],
    ['post', '/api/dead-letters/replay', '', { filter: { status: 'dead' }, dryRun: true }],
    ['post', '/api/dead-letters/replay', '', { planId }],
    ['post', '/api/dead-letters/replay', '', { ids: [id], patch: [{ op: 'replace', path: '/spec/info/title', value: 'Mine' }] }],
    ['get', '/api/dead-letters/replays/{replayId}'],
    ['get', '/api/dead-letters/replays/{replayId}/items'],
    ['post', '/api/dead-letters/replays/{replayId}/pause'],
    ['post', '/api/dead-letters/replays/{replayId}/resume'],
    ['post', '/api/dead-letters/replays/{replayId}/abort'],
  ].map(([method, route, query = '', body]) => ({
    method: String(method),
    route: String(route),
    path: `${String(route).replace('{deadLetterId}', id).replace('{replayId}', replayId)}${String(query)}`,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }));

test('another tenant, or a key that may not operate, sees nothing and does nothing', async () => {
  const acme = await callerOf('acme');
  const [jobId = '', otherJob = ''] = await deadJobs(acme, 2);
  const id = `job_${jobId}`;
  // So slow that it waits for its second job whatever happens here.
  const { replayId } = await startReplay(acme, { ids: letterIds([otherJob, jobId]), ratePerSecond: 0.01 });
  await replayWhen(acme, replayId, ({ counts }) => counts.died === 1);
  const plan = await startReplay(acme, { ids: [id], dryRun: true });
  const requests = asked(id, replayId, plan.replayId);

  const { paths } = z
    .object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
    .parse(await (await acme.fetch('/openapi.json')).json());
  const routes = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`));
  expect(new Set(requests.map(({ method, route }) => `${method} ${route}`))).toEqual(
    new Set(routes.filter((route) => route.includes('/api/dead-letters'))),
  );

  const before = await letterOf(acme, id);
  const callAll = (caller: Caller) =>
    Promise.all(
      requests.map(async ({ method, path, body }) => {
        const headers = { 'content-type': 'application/json' };
        const answer = await caller.fetch(path, { method: method.toUpperCase(), headers, ...(body === undefined ? {} : { body }) });
        return { status: answer.status, text: await answer.text() };
      }),
    );
  for (const { status } of await callAll(engine)) expect(status).toBe(401);
  for (const { status } of await callAll(withKey(engine, `mcp_${'0'.repeat(32)}_${'0'.repeat(64)}`))) expect(status).toBe(401);
  for (const { status, text } of await callAll(await callerOf('acme', ['submit', 'read']))) {
    expect([status, text]).toEqual([403, expect.stringContaining('operate')]);
    expect(text).not.toContain(otherJob);
  }
  const seen = await callAll(await callerOf('rival'));
  expect(seen.map(({ status }) => status)).toEqual([200, 200, 404, 404, 200, 202, 202, 200, 404, 404, 404, 404, 404, 404, 404]);
  const text = (index: number): unknown => JSON.parse(seen[index]?.text ?? '');
  expect([text(0), text(1), text(4)]).toEqual([{ deadLetters: [] }, { groups: [] }, { discarded: 0 }]);
  expect(text(5)).toMatchObject({ counts: { total: 1, skipped: 1 }, items: [{ deadLetterId: id, reason: 'It does not exist.' }] });
  expect([text(6), text(7)]).toMatchObject([{ counts: { total: 0 } }, { counts: { total: 0 } }]);
  // An id that it named itself is all that it is told.
  expect(seen.map((answer) => answer.text).join()).not.toContain(otherJob);
  expect((await lettersOf(await callerOf('rival'), 'tenant=acme')).length).toBe(0);

  expect(await letterOf(acme, id)).toEqual(before);
  expect(await replayOf(acme, replayId)).toMatchObject({ state: 'running', counts: { waiting: 1 } });
  expect(await replayOf(acme, plan.replayId)).toMatchObject({ state: 'planned' });

  expect((await lettersOf(operator, 'tenant=acme')).map((letter) => letter.id).sort()).toEqual(letterIds([jobId, otherJob]).sort());
  expect(await letterOf(operator, id)).toEqual(before);
  expect(await controlReplay(operator, replayId, 'abort')).toMatchObject({ state: 'aborted', counts: { notStarted: 1 } });
  expect((await operator.fetch(`/api/jobs/${jobId}`)).status).toBe(403);
});

const MANY = 10_000;
const words = ['amber', 'birch', 'cedar', 'delta', 'ember', 'fjord', 'grove', 'heath'];
const codes: readonly JobErrorCode[] = ['agent-error', 'agent-timeout', 'agent-rejected', 'internal', 'agent-unavailable'];
const CAUSES = words.length * codes.length;

/** The death of a job that is known to the dead letters alone. */
function death(tenant: string, index: number, at: number): JobReport {
  const code = codes[index % codes.length] ?? 'internal';
  const word = words[Math.floor(index / codes.length) % words.length];
  return {
    kind: 'job',
    outcome: 'died',
    sequence: 1,
    at,
    jobId: randomUUID(),
    tenant,
    generation: 1,
    type: index % 4 === 0 ? 'analyze' : 'generate-connector',
    error: jobError(code, `The ${word} of job ${index} is gone.`, 3),
    stage: 'running',
    payloadHash: '0'.repeat(64),
    traceparent: null,
    costUsd: 0.25,
  };
}

test('ten thousand dead letters are listed, grouped and planned page by page, whatever arrives meanwhile', async () => {
  const tenant = 'many';
  const begin = engine.now() - 1_000 * MANY;
  const reports = Array.from({ length: MANY }, (_, index) => death(tenant, index, begin + 1_000 * Math.floor(index / 2)));
  for (let from = 0; from < MANY; from += 1_000) await engine.report(reports.slice(from, from + 1_000));
  let largest = 0;
  const key = await callerOf(tenant);
  const caller: Caller = {
    fetch: async (path, init) => {
      const answer = await key.fetch(path, init);
      largest = Math.max(largest, (await answer.clone().arrayBuffer()).byteLength);
      return answer;
    },
  };
  const expected = new Set(reports.map(({ jobId }) => `job_${jobId}`));

  const seen: string[] = [];
  let late = 0;
  for await (const page of pagesOf(caller, 'limit=100')) {
    expect(page.length).toBeLessThanOrEqual(100);
    seen.push(...page.map(({ id }) => id));
    if (late < 20) await engine.report([death(tenant, late, engine.now())]);
    late += 1;
  }
  expect(seen).toHaveLength(MANY);
  expect(new Set(seen)).toEqual(expected);
  const timesOf = new Map(reports.map(({ jobId, at }) => [`job_${jobId}`, at]));
  const times = seen.map((id) => timesOf.get(id) ?? 0);
  expect(times).toEqual([...times].sort((one, other) => other - one));

  const middle = begin + 1_000 * (MANY / 4);
  const countOf = async (query: string) => (await lettersOf(caller, query)).length;
  const until = `until=${encodeURIComponent(new Date(middle).toISOString())}`;
  expect(await countOf(`code=agent-timeout&type=analyze&${until}`)).toBe(
    reports.filter(({ error, type, at }) => error?.code === 'agent-timeout' && type === 'analyze' && at < middle).length,
  );
  const groups = (await groupsOf(caller, `limit=100&until=${encodeURIComponent(new Date(begin + 1_000 * MANY).toISOString())}`)).slice();
  expect(groups).toHaveLength(CAUSES);
  expect(new Set(groups.map(({ count }) => count))).toEqual(new Set([MANY / CAUSES]));
  const [{ fingerprint } = { fingerprint: '' }] = groups;
  const fingerprinted = await lettersOf(caller, `fingerprint=${fingerprint}`);
  expect(new Set(fingerprinted.map(({ code, message }) => `${code} ${message.split(' ')[1]}`)).size).toBe(1);

  const paged: string[] = [];
  let grouped = 0;
  for await (const page of groupPagesOf(caller, 'limit=7')) {
    expect(page.length).toBeLessThanOrEqual(7);
    paged.push(...page.map((group) => group.fingerprint));
    for (const { count } of page) grouped += count;
  }
  expect([paged.length, new Set(paged).size, grouped]).toEqual([CAUSES, CAUSES, MANY + 20]);

  const plan = await startReplay(caller, { filter: { status: 'dead' }, dryRun: true });
  expect(plan).toMatchObject({ state: 'planned', counts: { total: MANY + 20, waiting: MANY + 20 } });
  expect(plan.items).toHaveLength(100);
  expect(plan.estimatedCostUsd).toBeCloseTo(0.25 * (MANY + 20));
  const planned: string[] = [];
  for await (const page of itemPagesOf(caller, plan.replayId, 'limit=100')) {
    expect(page.length).toBeLessThanOrEqual(100);
    planned.push(...page.map(({ deadLetterId }) => deadLetterId));
    // What dies after the plan was made is not in it.
    if (late < 220) await engine.report([death(tenant, late, engine.now())]);
    late += 1;
  }
  const distinct = new Set(planned);
  expect([planned.length, distinct.size]).toEqual([MANY + 20, MANY + 20]);
  expect([...expected].filter((id) => !distinct.has(id))).toEqual([]);
  expect(largest).toBeLessThan(100 * 1024);
  const first = replayItemListSchema.parse(await (await caller.fetch(`${plan.links.items}?state=skipped`)).json());
  expect(first).toEqual({ items: [] });
});

test('a replay stops itself once too large a share has died again', async () => {
  const acme = await callerOf('ratio');
  const ids = letterIds(await deadJobs(acme, 12));
  const { replayId } = await startReplay(acme, { ids, ratePerSecond: 0.01, stopOnFailureRatio: 0.5 });
  for (let died = 1; died <= 10; died += 1) {
    expect(await replayWhen(acme, replayId, ({ counts }) => counts.died === died)).toMatchObject({ counts: { running: 0 } });
    if (died < 10) await engine.moveClock(100 * SECOND_MS);
  }
  expect(await endedReplay(acme, replayId)).toMatchObject({
    state: 'stopped',
    reason: '10 of the 10 that ended died again, more than the share of 0.5 it was to bear.',
    counts: { total: 12, died: 10, notStarted: 2 },
  });
  const states = (await itemsOf(acme, replayId)).map(({ state }) => state);
  expect(states).toEqual([...Array.from({ length: 10 }, () => 'died'), 'not-started', 'not-started']);
});

test('a replay starts no more than its rate, nothing while it is paused, and nothing more once it is aborted', async () => {
  const acme = await callerOf('pausing');
  const ids = letterIds(await deadJobs(acme, 5));
  mend();
  const { replayId } = await startReplay(acme, { ids, ratePerSecond: 0.01 });
  const recovered = (count: number) => replayWhen(acme, replayId, ({ counts }) => counts.recovered === count);
  expect(await recovered(1)).toMatchObject({ state: 'running', counts: { waiting: 4 } });
  await engine.moveClock(100 * SECOND_MS);
  expect(await recovered(2)).toMatchObject({ counts: { waiting: 3 } });

  expect(await controlReplay(acme, replayId, 'pause')).toMatchObject({ state: 'paused', counts: { waiting: 3 } });
  const creates = engine.server.creates.size;
  await engine.moveClock(1_000 * SECOND_MS);
  // Whatever was due has happened by the time that the next of its kind has.
  const other = await startReplay(acme, { ids: [`job_${randomUUID()}`] });
  await endedReplay(acme, other.replayId);
  expect(await replayOf(acme, replayId)).toMatchObject({ state: 'paused', counts: { waiting: 3, recovered: 2 } });
  expect(engine.server.creates.size).toBe(creates);

  expect(await controlReplay(acme, replayId, 'resume')).toMatchObject({ state: 'running' });
  expect(await recovered(3)).toMatchObject({ counts: { waiting: 2 } });
  expect(await controlReplay(acme, replayId, 'abort')).toMatchObject({ state: 'aborted', counts: { waiting: 0, notStarted: 2 } });
  const resumed = await acme.fetch(`/api/dead-letters/replays/${replayId}/resume`, { method: 'POST' });
  expect([resumed.status, problemSchema.parse(await resumed.json()).code]).toEqual([409, 'replay-not-possible']);
  expect(await lettersOf(acme, 'status=dead')).toHaveLength(2);
});

test('a crash between a job’s new generation and the record of it neither loses nor doubles the job', async () => {
  const acme = await callerOf('crashing');
  const jobIds = await deadJobs(acme, 3);
  mend();
  const before = engine.server.creates.size;
  // Nobody learns how a run goes, so no job can end before the order is repeated.
  const look = engine.server.misbehave({ route: 'getMany' }, { answer: { kind: 'status', status: 503 } });
  await engine.platform({ replays: 'crash' });
  const answer = await postReplay(acme, { ids: letterIds(jobIds), ratePerSecond: 100 }, 'crashing');
  await answer.text();
  await engine.server.until(() => engine.server.creates.size === before + 3);
  await engine.platform({});
  const { replayId } = await startReplay(acme, { ids: letterIds(jobIds), ratePerSecond: 100 }, 'crashing');
  expect(await replayOf(acme, replayId)).toMatchObject({ state: 'running', counts: { total: 3, running: 3 } });
  for (const id of letterIds(jobIds)) expect(await letterOf(acme, id)).toMatchObject({ status: 'replaying', replays: 0 });

  await engine.moveClock(25 * SECOND_MS);
  for (const id of letterIds(jobIds)) await letterWhen(acme, id, ({ replays }) => replays === 1);
  look();
  expect(await endedReplay(acme, replayId)).toMatchObject({ state: 'completed', counts: { total: 3, recovered: 3 } });
  for (const jobId of jobIds) {
    expect(await endOf(acme, jobId)).toMatchObject({ status: 'completed', generation: 2 });
    expect(await eventsOf(acme, `job_${jobId}`)).toEqual(['died', 'replayed', 'recovered']);
  }
  expect(engine.server.creates.size).toBe(before + 3);
  expect([...engine.server.creates.values()].slice(before)).toEqual([1, 1, 1]);
});
/** A connector of an operation that its specification does not have. */
const misspelt = (name: string) => ({
  engine: 'embedded',
  name,
  specType: 'openapi',
  spec: smallSpecification(name),
  language: 'typescript',
  runtime: 'cloudflare-workers',
  selectedEndpoints: ['GET /user'],
});
const resultOf = (job: Job) => resultSchemas['generate-connector'].parse(job.result);

test('a patch gives a single job another input for its replay, and one that does not fit is refused where it fails', async () => {
  const acme = await callerOf('patching');
  const jobId = await acceptedId(await post(acme, 'generate-connector', misspelt('patched')));
  const id = `job_${jobId}`;
  const { payloadHash, code } = await deadJob(acme, jobId);
  expect(code).toBe('specification-unusable');
  const test = { op: 'test' as const, path: '/selectedEndpoints/0', value: 'GET /user' };
  const replace = { op: 'replace' as const, path: '/selectedEndpoints/0', value: 'GET /users' };

  const refused = async (...patch: NonNullable<Parameters<typeof postReplay>[1]['patch']>) => {
    const answer = await postReplay(acme, { ids: [id], patch });
    const { code: refusal, errors } = problemSchema.parse(await answer.json());
    return [answer.status, refusal, errors?.map(({ pointer, detail }) => `${pointer}: ${detail}`).join()];
  };
  expect(await refused(test, { ...replace, path: '/selected/0' })).toEqual([
    400,
    'invalid-patch',
    expect.stringContaining('(operation 1, replace /selected/0)'),
  ]);
  expect(await refused({ ...test, value: 'GET /users' }, replace)).toEqual([
    400,
    'invalid-patch',
    expect.stringContaining('(operation 0, test /selectedEndpoints/0)'),
  ]);
  expect(await refused({ op: 'replace', path: '/language', value: 'cobol' })).toEqual([
    400,
    'invalid-patch',
    expect.stringContaining('/language'),
  ]);
  expect(await refused({ op: 'replace', path: '/webhook', value: { url: 'https://example.com' } })).toEqual([
    400,
    'invalid-patch',
    expect.stringContaining('/patch/0/path'),
  ]);
  expect(await letterOf(acme, id)).toMatchObject({ status: 'dead', replays: 0, history: [{ event: 'died' }] });

  const { replayId } = await startReplay(acme, { ids: [id], patch: [test, replace] });
  expect(await endedReplay(acme, replayId)).toMatchObject({ counts: { recovered: 1 } });
  const job = await endOf(acme, jobId);
  expect(job).toMatchObject({ status: 'completed', generation: 2 });
  expect(resultOf(job).tools.map(({ path }) => path)).toEqual(['/users']);
  const letter = await letterOf(acme, id);
  expect(letter.history.map(({ event }) => event)).toEqual(['died', 'patched', 'replayed', 'recovered']);
  expect(letter.payloadHash).toBe(payloadHash);
});

test('three deaths of one cause are quarantine, which only force or a patch with force overcomes; its owner may always retry', async () => {
  const acme = await callerOf('quarantine');
  const jobId = await acceptedId(await post(acme, 'generate-connector', misspelt('quarantined')));
  const id = `job_${jobId}`;
  await deadJob(acme, jobId);
  for (const deaths of [2, 3]) {
    const { replayId } = await startReplay(acme, { ids: [id] });
    expect(await endedReplay(acme, replayId)).toMatchObject({ counts: { died: 1 } });
    expect(await letterOf(acme, id)).toMatchObject({ status: 'dead', deaths, deathsOfFingerprint: deaths, quarantined: deaths === 3 });
  }
  expect(await groupsOf(acme, 'code=specification-unusable')).toMatchObject([{ count: 1, quarantined: 1 }]);
  const skipped = await startReplay(acme, { ids: [id] });
  expect(await endedReplay(acme, skipped.replayId)).toMatchObject({
    state: 'completed',
    counts: { skipped: 1, died: 0 },
    items: [{ state: 'skipped', reason: expect.stringContaining('quarantine') }],
  });
  expect((await endOf(acme, jobId)).generation).toBe(3);

  expect((await acme.fetch(`/api/jobs/${jobId}/retry`, { method: 'POST' })).ok).toBe(true);
  await letterWhen(acme, id, ({ deaths }) => deaths === 4);
  const patch = [{ op: 'replace' as const, path: '/selectedEndpoints/0', value: 'GET /users' }];
  const { replayId } = await startReplay(acme, { ids: [id], force: true, patch });
  expect(await endedReplay(acme, replayId)).toMatchObject({ counts: { recovered: 1 } });
  const { status, history } = await letterOf(acme, id);
  expect(status).toBe('recovered');
  const events = ['died', 'replayed', 'died', 'replayed', 'died', 'retried', 'died', 'patched', 'replayed', 'recovered'];
  expect(history.map(({ event }) => event)).toEqual(events);
});

test('what the owner of a job does with it shows in its dead letter', async () => {
  const acme = await callerOf('owner');
  const [retried = '', cancelled = '', deleted = '', discarded = ''] = await deadJobs(acme, 4);
  mend();
  const order = async (method: string, path: string) => expect((await acme.fetch(path, { method })).ok).toBe(true);
  await order('POST', `/api/jobs/${retried}/retry`);
  await letterWhen(acme, `job_${retried}`, ({ status }) => status === 'recovered');
  expect(await eventsOf(acme, `job_${retried}`)).toEqual(['died', 'retried', 'recovered']);

  const look = engine.server.misbehave({ route: 'getMany' }, { answer: { kind: 'status', status: 503 } });
  const { replayId } = await startReplay(acme, { ids: [`job_${cancelled}`] });
  await replayWhen(acme, replayId, ({ counts }) => counts.running === 1);
  await letterWhen(acme, `job_${cancelled}`, ({ replays }) => replays === 1);
  await order('POST', `/api/jobs/${cancelled}/cancel`);
  expect(await endedReplay(acme, replayId)).toMatchObject({ state: 'completed', counts: { cancelled: 1 } });
  expect(await letterOf(acme, `job_${cancelled}`)).toMatchObject({ status: 'cancelled' });
  look();

  expect(await discard(acme, `/job_${discarded}`)).toBe(1);
  await order('POST', `/api/jobs/${discarded}/retry`);
  await letterWhen(acme, `job_${discarded}`, ({ status }) => status === 'recovered');
  expect(await eventsOf(acme, `job_${discarded}`)).toEqual(['died', 'discarded', 'retried', 'recovered']);

  await order('DELETE', `/api/jobs/${deleted}`);
  await expect.poll(async () => (await acme.fetch(`/api/dead-letters/job_${deleted}`)).status, { timeout: 30_000 }).toBe(404);
  expect(await lettersOf(acme)).toHaveLength(3);
});

// The last one, because the time that passes here is everybody's.
test('a standing dead letter keeps its job and input beyond the retention of jobs; what was discarded does not', async () => {
  const acme = await callerOf('retention');
  const [standing = '', forgotten = '', discarded = ''] = await deadJobs(acme, 3);
  mend();
  const [completed = ''] = await submit(acme, 1);
  expect(await endOf(acme, completed)).toMatchObject({ status: 'completed' });
  expect(await discard(acme, `/job_${discarded}`)).toBe(1);
  const becomes = async (path: string, status: number) =>
    expect.poll(async () => (await acme.fetch(path)).status, { timeout: 30_000 }).toBe(status);

  await engine.moveClock((RETENTION_DAYS + 1) * DAY_MS);
  for (const gone of [`/api/jobs/${completed}`, `/api/jobs/${discarded}`, `/api/dead-letters/job_${discarded}`]) await becomes(gone, 404);
  const { replayId } = await startReplay(acme, { ids: [`job_${standing}`] });
  expect(await endedReplay(acme, replayId)).toMatchObject({ counts: { recovered: 1 } });
  expect(await endOf(acme, standing)).toMatchObject({ status: 'completed', generation: 2 });
  expect(await letterOf(acme, `job_${forgotten}`)).toMatchObject({ status: 'dead', job: { status: 'failed' } });

  await engine.moveClock((DEAD_LETTER_RETENTION_DAYS - RETENTION_DAYS) * DAY_MS);
  for (const jobId of [standing, forgotten]) {
    await becomes(`/api/jobs/${jobId}`, 404);
    await becomes(`/api/dead-letters/job_${jobId}`, 404);
  }
});
