/**
 * What is wrong around the engine must not be wrong with a job for longer than it has to be: a fault that
 * ends costs a retry, one that lasts fails its own job with a code and a sentence, and no other job
 * notices. Real Workers; a fake OpenHands, queue and KV that fail on command.
 *
 * The jobs of the first part all run at the same time, each beside an innocent one; the tests look at
 * them one by one.
 */
import type { Job } from '@mcpoverflow/types';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FaultyEngine, jobNamed, startFaultyEngine } from './support/faulty-engine.ts';
import type { Answer, Behaviour, Route } from './support/openhands-behaviours.ts';
import { cannedAnalysis, type FakeConversation, type OpenHandsServer, type Scripted } from './support/openhands-server.ts';

const MINUTE_MS = 60_000;
const ATTEMPTS = 4;
const QUEUE_TIMEOUT_MS = 60 * MINUTE_MS;
const SCENARIOS_AT_ONCE = 16;
let engine: FaultyEngine;
let server: OpenHandsServer;

const conversationsOf = (jobId: string): FakeConversation[] => [...everCreated.values()].filter((one) => one.tags.job === jobId);
/** The server forgets what is deleted; the test does not. */
const everCreated = new Map<string, FakeConversation>();
const createsOf = (jobId: string): number[] => conversationsOf(jobId).map(({ id }) => server.creates.get(id) ?? 0);

/** One or two whole sentences that hold no code's leftovers. */
function expectSentence(message: string | undefined): void {
  expect(message).toMatch(/^[A-Z].{15,600}\.$/su);
  expect(message).not.toMatch(/undefined|null|\[object|NaN|\.\s*\.|[^.)"'] Tried/u);
}

interface Scenario {
  readonly title: string;
  /** Rules are about this job alone. */
  arrange(jobId: string): void;
  readonly code?: string | RegExp;
  readonly message?: RegExp;
  /** How often each conversation may have been asked for; default one conversation, once. */
  readonly creates?: readonly number[];
  also?(job: Job): void;
}

const misbehave = (route: Route, behaviour: Behaviour, times?: number) => (jobId: string) =>
  void server.misbehave({ route, tags: { job: jobId } }, behaviour, times);
const script = (scripted: Scripted, run?: string) => (jobId: string) =>
  server.script({ tags: { job: jobId, ...(run === undefined ? {} : { run }) } }, scripted);
const status = (code: number): Answer => ({ kind: 'status', status: code });

/** Bad answers that may pass, and what a job is told when they do not. */
const passing: readonly (readonly [string, Answer, RegExp])[] = [
  ['500', status(500), /^agent-unavailable$/],
  ['503', status(503), /^agent-unavailable$/],
  ["a gateway's HTML page", { kind: 'html', status: 502 }, /^agent-unavailable$/],
  ['an HTML page with 200', { kind: 'html', status: 200 }, /^agent-answer-unreadable$/],
  ['a page of another site with 404', { kind: 'html', status: 404 }, /^agent-answer-unreadable$/],
  ['garbage', { kind: 'garbage' }, /^agent-answer-unreadable$/],
  ['an empty body', { kind: 'empty' }, /^agent-answer-unreadable$/],
  ['half a body', { kind: 'truncated' }, /^agent-answer-unreadable$/],
  // The harness stands between Worker and server and makes of a broken connection what a gateway does.
  ['a connection that breaks', { kind: 'half' }, /^agent-un(reachable|available)$/],
  ['nothing at all', { kind: 'hang' }, /^agent-timeout$/],
];
const noRoom: Answer = { kind: 'status', status: 429, retryAfter: '0' };
const permanent: readonly (readonly [string, Answer, RegExp, RegExp])[] = [
  ['401', status(401), /^agent-unauthorized$/, /OPENHANDS_API_KEY/],
  ['403', status(403), /^agent-unauthorized$/, /OPENHANDS_API_KEY/],
  ['404', status(404), /^agent-rejected$/, /404/],
  ['422', status(422), /^agent-rejected$/, /body\.agent: Field required/],
];

const scenarios: readonly Scenario[] = [
  ...passing.flatMap(([name, answer, code]): Scenario[] => [
    { title: `${name} twice to a create costs retries`, arrange: misbehave('create', { answer }, 2), creates: [3] },
    {
      title: `${name} to every create fails the job`,
      arrange: misbehave('create', { answer }),
      code,
      message: new RegExp(`Tried ${ATTEMPTS} times`),
      creates: [],
    },
  ]),
  ...permanent.map(([name, answer, code, message]): Scenario => {
    return { title: `${name} to a create fails the job at once`, arrange: misbehave('create', { answer }), code, message, creates: [] };
  }),
  ...passing
    .filter(([name]) => ['503', 'an HTML page with 200', 'half a body'].includes(name))
    .map(
      ([name, answer]): Scenario => ({ title: `${name} to the collecting look costs a retry`, arrange: misbehave('get', { answer }, 2) }),
    ),
  {
    title: '500 to every collecting look fails the job and ends its run',
    arrange: misbehave('get', { answer: status(500) }),
    code: 'agent-unavailable',
  },
  { title: 'a download that breaks twice is downloaded again', arrange: misbehave('download', { answer: status(500) }, 4) },
  {
    title: 'a stop that is refused twice is repeated',
    arrange: misbehave('delete', { answer: status(500) }, 4),
  },
  {
    title: 'a create that is answered after its time-out is found, not repeated',
    arrange: misbehave('create', { perform: 'everything', answer: { kind: 'hang' } }, 1),
  },
  {
    title: 'a create that is persisted without its message and answered with 500 is healed, not repeated',
    arrange: misbehave('create', { perform: 'without-message', answer: status(500) }, 1),
    also: ({ jobId }) => expect(conversationsOf(jobId)[0]?.messages).toHaveLength(1),
  },
  {
    title: 'a run that says finished and then goes on is waited for',
    arrange: script({ course: ['finished', 'running', 'finished'] }),
  },
  {
    title: 'a run that goes on when it is collected is waited for',
    arrange: script({ course: ['finished', 'finished', 'running', 'finished'] }),
  },
  { title: 'a run that is stuck fails the job', arrange: script({ course: ['running', 'stuck'] }), code: 'agent-stuck' },
  {
    title: 'a run that ends with an error fails the job with its words',
    arrange: script({ course: ['error'], error: { code: 'LLMAuthenticationError', detail: 'The model refused the key.' } }),
    code: 'agent-unauthorized',
    message: /refused the key \(LLMAuthenticationError\)\. Check LLM_API_KEY\./,
  },
  {
    title: 'a run that used up its steps says so',
    arrange: script({
      course: ['error'],
      error: { code: 'MaxIterationsReached', detail: 'Agent reached maximum iterations limit (100).' },
    }),
    code: 'agent-iterations-exhausted',
  },
  { title: 'a run that somebody paused fails the job', arrange: script({ course: ['running', 'paused'] }), code: 'agent-waiting' },
  {
    title: 'a run that waits for a person fails the job',
    arrange: script({ course: ['waiting_for_confirmation'] }),
    code: 'agent-waiting',
  },
  { title: 'a run that the server lost is replaced once', arrange: script({ course: ['running', 'lost'] }, '1'), creates: [1, 1] },
  {
    title: 'a run that the server loses again and again is replaced twice',
    arrange: script({ course: ['lost'] }),
    code: 'agent-lost',
    creates: [1, 1, 1],
  },
  {
    title: 'a result that is never written is asked for twice more',
    arrange: script({ work: () => undefined }),
    code: 'result-missing',
    also: ({ jobId }) => expect(conversationsOf(jobId)[0]?.messages).toHaveLength(3),
  },
  {
    title: 'a result that is no JSON is asked for twice more',
    arrange: script({ work: () => '{"title": ' }),
    code: 'result-invalid',
    message: /not JSON/,
    also: ({ jobId }) => expect(conversationsOf(jobId)[0]?.messages).toHaveLength(3),
  },
  {
    title: 'a result of the wrong shape is asked for twice more, with what is wrong',
    arrange: script({ work: () => ({ ...cannedAnalysis('x'), endpoints: 'none' }) }),
    code: 'result-invalid',
    message: /\/endpoints/,
    also: ({ jobId }) =>
      expect(conversationsOf(jobId)[0]?.messages.slice(1)).toEqual([
        expect.stringContaining('/endpoints'),
        expect.stringContaining('/endpoints'),
      ]),
  },
  {
    title: 'a result that is right at the second go completes the job',
    arrange: script({ work: (_task, _files, { messages }) => (messages.length < 2 ? 'nonsense' : cannedAnalysis('second')) }),
    also: ({ result }) => expect(result).toMatchObject({ title: 'second' }),
  },
  {
    title: 'a rework that was taken and answered with 500 is not lost',
    arrange(jobId) {
      script({ work: (_task, _files, { messages }) => (messages.length < 2 ? 'nonsense' : cannedAnalysis('second')) })(jobId);
      misbehave('send', { perform: 'everything', answer: status(500) }, 1)(jobId);
    },
    also: ({ result, jobId }) => {
      expect(result).toMatchObject({ title: 'second' });
      expect(conversationsOf(jobId)[0]?.messages).toHaveLength(2);
    },
  },
];

interface Played {
  readonly job: Job;
  readonly innocent: Job;
}

/** Runs at most so many of the works it is given at a time. */
function limit(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
  const lanes = Array.from({ length: atOnce }, (): Promise<unknown> => Promise.resolve());
  let next = 0;
  return (work) => {
    const lane = next++ % atOnce;
    const done = (lanes[lane] ?? Promise.resolve()).then(work, work);
    lanes[lane] = done;
    return done;
  };
}

async function play(scenario: Scenario): Promise<Played> {
  const idempotencyKey = crypto.randomUUID();
  const jobId = await jobNamed(idempotencyKey);
  scenario.arrange(jobId);
  await engine.submit({ idempotencyKey });
  const innocent = await engine.submit();
  return { job: await engine.ended(jobId), innocent: await engine.ended(innocent) };
}

function expectUndisturbed(innocent: Job): void {
  expect(innocent).toMatchObject({ status: 'completed', result: { title: innocent.jobId } });
  expect(createsOf(innocent.jobId)).toEqual([1]);
}

beforeAll(async () => {
  engine = await startFaultyEngine({
    RETRY_ATTEMPTS: String(ATTEMPTS),
    JOB_TIMEOUT_MS: String(1440 * MINUTE_MS),
    QUEUE_TIMEOUT_MS: String(QUEUE_TIMEOUT_MS),
  });
  server = engine.server;
  void server.until(() => {
    for (const [id, conversation] of server.conversations) everCreated.set(id, conversation);
    return false;
  });
  await engine.platform({ deliveries: 'side-by-side' });
});
afterAll(() => engine.stop());

describe('a fault of one job', () => {
  const playing = new Map<Scenario, Promise<Played>>();
  beforeAll(() => {
    // So many at a time that a small machine answers them within the time-outs.
    const free = limit(SCENARIOS_AT_ONCE);
    for (const scenario of scenarios) {
      const played = free(() => play(scenario));
      played.catch(() => undefined);
      playing.set(scenario, played);
    }
  });

  test.for(scenarios)('$title', async (scenario) => {
    const played = await playing.get(scenario);
    if (played === undefined) throw new Error('The scenario was not played.');
    const { job, innocent } = played;
    const { code, message, creates = [1], also } = scenario;
    expect(job, job.error?.message).toMatchObject({ status: code === undefined ? 'completed' : 'failed' });
    if (code !== undefined) {
      expect(job.error?.code).toMatch(code);
      expectSentence(job.error?.message);
    }
    if (message !== undefined) expect(job.error?.message).toMatch(message);
    expect(createsOf(job.jobId)).toEqual(creates);
    also?.(job);
    expectUndisturbed(innocent);
  });

  test('leaves nothing behind', async () => {
    await Promise.all(playing.values());
    await expect.poll(() => engine.occupancy(), { timeout: 20_000 }).toMatchObject({ granted: 0, waiting: 0 });
    expect(server.conversations.size).toBe(0);
    expect(server.overlappingCreates).toEqual([]);
    expect(server.maxLiveRunsPerTag('job')).toBe(1);
  });
});

/** Sends of the api and the jobs, KV, and every call to the agent server: these tests have the engine to themselves. */
describe('a fault of everything around', () => {
  test('a queue that takes no message for ten minutes delays jobs and loses none', async () => {
    await engine.platform({ deliveries: 'side-by-side', sends: 'fail' });
    const jobs = await Promise.all(Array.from({ length: 5 }, () => engine.submit()));
    for (let minute = 0; minute < 10; minute++) await engine.moveClock(MINUTE_MS);
    expect(await Promise.all(jobs.map((id) => engine.job(id)))).toMatchObject(jobs.map(() => ({ status: 'pending' })));
    await engine.platform({ deliveries: 'side-by-side' });
    await engine.moveClock(5 * MINUTE_MS);
    for (const job of await Promise.all(jobs.map(engine.ended))) expectUndisturbed(job);
  });

  test('messages that the queue loses are sent again', async () => {
    await engine.platform({ deliveries: 'side-by-side', sends: 'lose' });
    const job = await engine.submit();
    await engine.moveClock(MINUTE_MS);
    await engine.platform({ deliveries: 'side-by-side' });
    await engine.moveClock(5 * MINUTE_MS);
    expectUndisturbed(await engine.ended(job));
  });

  test('KV that fails hides no finished job, and gets its copy later', async () => {
    await engine.platform({ deliveries: 'side-by-side', store: 'fails' });
    const jobId = await engine.submit();
    const job = await engine.ended(jobId);
    expectUndisturbed(job);
    await engine.platform({ deliveries: 'side-by-side' });
    expect(await engine.published(jobId)).toBeNull();
    await engine.moveClock(5 * MINUTE_MS);
    await expect.poll(() => engine.published(jobId), { timeout: 20_000 }).toEqual(job);
    expect(await engine.job(jobId)).toEqual(job);
  });

  test('looks that are answered badly end no run', async () => {
    const jobId = await jobNamed('looked-at-badly');
    server.script({ tags: { job: jobId } }, { course: ['running', 'finished'] });
    for (const answer of [...passing.map(([, each]) => each), noRoom]) server.misbehave({ route: 'getMany' }, { answer }, 1);
    const looks = server.looks.length;
    await engine.submit({ idempotencyKey: 'looked-at-badly' });
    await server.until(() => server.looks.length > looks);
    expectUndisturbed(await engine.inFastTime(engine.ended(jobId)));
  });

  test('a server without room is asked more often than one that fails', async () => {
    const jobId = await jobNamed('crowded');
    server.misbehave({ route: 'create', tags: { job: jobId } }, { answer: noRoom }, ATTEMPTS + 1);
    await engine.submit({ idempotencyKey: 'crowded' });
    for (let refusals = 1; refusals <= ATTEMPTS + 1; refusals++) {
      await expect.poll(() => engine.linesLogged(jobId, 'retry agent-rate-limited'), { timeout: 20_000 }).toBe(refusals);
      await engine.moveClock(30_000);
    }
    expect(await engine.ended(jobId)).toMatchObject({ status: 'completed' });
    expect(createsOf(jobId)).toEqual([ATTEMPTS + 2]);
  });

  test('a job for which there is never room fails when its time to start is over', async () => {
    const jobId = await jobNamed('no-room');
    const end = server.misbehave({ route: 'create', tags: { job: jobId } }, { answer: noRoom });
    await engine.submit({ idempotencyKey: 'no-room' });
    await engine.logged(jobId, 'retry agent-rate-limited');
    await engine.moveClock(QUEUE_TIMEOUT_MS);
    const { error, ...failed } = await engine.ended(jobId);
    end();
    expect(failed.status).toBe('failed');
    expect(error?.code).toBe('queue-timeout');
    expectSentence(error?.message);
  });

  test('429 is not asked again before the time it names', async () => {
    const jobId = await jobNamed('limited');
    server.misbehave({ route: 'create', tags: { job: jobId } }, { answer: { kind: 'status', status: 429, retryAfter: '1200' } }, 1);
    const limited = (): number => server.calls.filter(({ route }) => route === 'create').length;
    const before = limited();
    await engine.submit({ idempotencyKey: 'limited' });
    // The time it names counts from when the refusal has been noted.
    await engine.logged(jobId, 'retry agent-rate-limited');
    expect(limited()).toBe(before + 1);
    expectUndisturbed(await engine.ended(await engine.submit()));
    await engine.moveClock(19 * MINUTE_MS);
    expectUndisturbed(await engine.ended(await engine.submit()));
    expect(limited()).toBe(before + 3);
    // Moved once and no further: on a busy machine a lease would be over before its turn has begun.
    await engine.moveClock(2 * MINUTE_MS);
    expect(await engine.ended(jobId)).toMatchObject({ status: 'completed' });
    expect(limited()).toBe(before + 4);
  });

  test.for([
    ['refuses the key on every call', status(401), 'agent-unauthorized', /OPENHANDS_API_KEY/],
    ['says 404 to every call', status(404), 'agent-rejected', /404/],
    ['is another site altogether', { kind: 'html', status: 404 }, 'agent-answer-unreadable', /OPENHANDS_API_URL/],
    ['is a login page', { kind: 'html', status: 200 }, 'agent-answer-unreadable', /not JSON/],
    ['is down', status(503), 'agent-unavailable', /503/],
  ] as const)('a server that %s fails its jobs and no other', async ([, answer, code, message]) => {
    const end = server.misbehave({}, { answer });
    const [job, embedded] = await Promise.all([engine.submit(), engine.submit({ engine: 'embedded' })]);
    expect(await engine.ended(embedded)).toMatchObject({ status: 'completed', engine: 'embedded' });
    const { error, ...failed } = await engine.ended(job);
    end();
    expect(failed.status).toBe('failed');
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expectSentence(error?.message);
    expect(createsOf(job)).toEqual([]);
  });

  test('a job that failed by the wrong key can be retried with the right one', async () => {
    const end = server.misbehave({}, { answer: status(401) });
    const jobId = await engine.submit();
    expect(await engine.ended(jobId)).toMatchObject({ status: 'failed', generation: 1 });
    end();
    await engine.fetch(`/api/jobs/${jobId}/retry`, { method: 'POST' });
    expect(await engine.ended(jobId)).toMatchObject({ status: 'completed', generation: 2 });
    expect(createsOf(jobId)).toEqual([1]);
  });

  test('a server that is down in the middle of things is waited for', async () => {
    const jobId = await jobNamed('interrupted');
    server.script({ tags: { job: jobId } }, { course: ['running', 'running', 'finished'] });
    await engine.submit({ idempotencyKey: 'interrupted' });
    await server.until(() => conversationsOf(jobId).length === 1);
    const end = server.misbehave({}, { answer: status(503) });
    const looks = server.looks.length;
    await server.until(() => server.looks.length > looks);
    await engine.moveClock(5 * MINUTE_MS);
    end();
    await engine.moveClock(MINUTE_MS);
    expectUndisturbed(await engine.ended(jobId));
  });
});

test('a create that takes effect after it was given up is found, not repeated', async () => {
  // The quiet time must outlast the server's delay, so it passes in moved time.
  await using patient = await startFaultyEngine({ TURN_LEASE_SECONDS: '4', CREATE_QUIET_SECONDS: '120' });
  const { server: slow } = patient;
  const { promise: beginsAfter, resolve: begin } = Promise.withResolvers<void>();
  slow.misbehave({ route: 'create' }, { perform: 'everything', beginsAfter }, 1);
  const jobId = await patient.submit();
  await slow.until(() => slow.calls.some(({ route }) => route === 'get'));
  begin();
  await slow.until(() => slow.conversations.size === 1);
  expect(await patient.inFastTime(patient.ended(jobId))).toMatchObject({ status: 'completed' });
  expect([...slow.creates.values()]).toEqual([1]);
});
