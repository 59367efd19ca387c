/**
 * Five hundred different submissions at once, against an agent server that keeps a record of all it is asked.
 *
 * How many calls one round of looks takes cannot be seen from outside while runs start one after the other:
 * where a round ends is known to the pool alone. So the server answers no look until every run has started,
 * and the engine is started anew. A pool that comes back looks at all it holds at one moment: five hundred
 * due runs, whatever the machine's pace.
 */
import { analyze, buildModel, generateConnector, readSpecification } from '@mcpoverflow/connectors';
import { batchResultSchema, resultSchemas, type Task } from '@mcpoverflow/types';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Engine, startEngine } from '../support/engine.ts';
import { acceptedId, endOf, post, smallSpecification } from '../support/jobs.ts';
import { type OpenHandsServer, startOpenHandsServer } from '../support/openhands-server.ts';

const JOBS = 500;
const MAX_IDS = 99;
/** Every so many is a connector, the others are analyses. */
const CONNECTOR_EVERY = 50;
const ROUND = [99, 99, 99, 99, 99, 5];
/** Jobs asked after at the same time; more would be a load test of the reading side. */
const READERS = 10;

let server: OpenHandsServer;
let engine: Engine;
/** The job each conversation was for, as its agent was told. */
const jobOfConversation = new Map<string, string>();

beforeAll(async () => {
  server = await startOpenHandsServer({
    work: (task, files, conversation) => {
      jobOfConversation.set(conversation.id, task.jobId);
      return honestWork(task, files);
    },
  });
  engine = await startEngine({
    env: {
      OPENHANDS_API_URL: server.url,
      OPENHANDS_MAX_RUNS: String(JOBS),
      // Five hundred calls at once silence the engine for a while on a machine that is busy already; that is no freeze.
      WATCHDOG_SECONDS: '120',
    },
  });
});
afterAll(async () => {
  await engine?.stop();
  await server?.close();
});

/** What an agent would make of the files it was given, so that a job that got another's files is found out. */
function honestWork(task: Task, files: ReadonlyMap<string, Uint8Array>): unknown {
  const { specification, parameters } = task;
  if (specification === undefined || parameters.specType === undefined) return undefined;
  const text = new TextDecoder().decode(files.get(specification.path));
  const document = readSpecification({ text, specType: parameters.specType, format: specification.format });
  const model = document.ok ? buildModel(document.value) : document;
  if (!model.ok) throw new Error(model.error.message);
  if (task.type === 'analyze') return analyze(model.value);
  const connector = generateConnector(model.value, {
    name: parameters.name ?? '',
    language: 'typescript',
    runtime: 'cloudflare-workers',
  });
  return connector.ok ? connector.value : undefined;
}

async function inTurn<T, R>(items: readonly T[], act: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Map<number, R>();
  const queue = items.entries();
  const reader = async (): Promise<void> => {
    for (const [index, item] of queue) results.set(index, await act(item));
  };
  await Promise.all(Array.from({ length: READERS }, reader));
  return items.map((_, index) => results.get(index)).filter((result) => result !== undefined);
}

async function stageOf(jobId: string): Promise<unknown> {
  const job: unknown = await (await engine.fetch(`/api/jobs/${jobId}`)).json();
  return typeof job === 'object' && job !== null && 'stage' in job ? job.stage : undefined;
}

const isConnector = (index: number): boolean => index % CONNECTOR_EVERY === 0;
const titleOf = (index: number): string => `Interface ${index}`;

let jobIds: readonly string[] = [];

test('500 different specifications submitted at once are all accepted, and each gets one conversation', async () => {
  expect(await (await engine.fetch('/health')).json()).toMatchObject({ openhands: { engine: 'openhands', healthy: true } });
  const answerLooks = server.misbehave({ route: 'getMany' }, { answer: { kind: 'hang' } });
  jobIds = await Promise.all(
    Array.from({ length: JOBS }, async (_, index) => {
      const submission = { specType: 'openapi', spec: smallSpecification(titleOf(index)) };
      const sent = isConnector(index)
        ? post(engine, 'generate-connector', { ...submission, name: titleOf(index) })
        : post(engine, 'analyze', submission);
      return acceptedId(await sent);
    }),
  );
  expect(new Set(jobIds).size).toBe(JOBS);
  await inTurn(jobIds, (jobId) => expect.poll(() => stageOf(jobId), { timeout: 120_000 }).toBe('running'));

  expect(server.creates.size).toBe(JOBS);
  expect(server.liveRuns()).toHaveLength(JOBS);
  expect(new Set(jobOfConversation.values())).toEqual(new Set(jobIds));
  answerLooks();
});

test('500 due runs are looked at with one call per 99, and seen twice before they are believed to have ended', async () => {
  const before = server.calls.length;
  await engine.restart();
  const looks = () => server.calls.slice(before).filter((call) => call.route === 'getMany');
  await server.until(() => looks().length >= 2 * ROUND.length);
  const [first, second] = [looks().slice(0, ROUND.length), looks().slice(ROUND.length, 2 * ROUND.length)];
  for (const round of [first, second]) {
    expect(round.map((call) => call.ids.length).toSorted((a, b) => b - a)).toEqual(ROUND);
    expect(new Set(round.flatMap((call) => call.ids)).size).toBe(JOBS);
  }
});

test('all 500 complete, each with the result of its own specification, and no conversation was created twice', async () => {
  const jobs = await inTurn(jobIds, (jobId) => endOf(engine, jobId));
  jobs.forEach((job, index) => {
    expect(job).toMatchObject({ jobId: jobIds[index], status: 'completed', engine: 'openhands', generation: 1 });
    if (isConnector(index)) {
      const connector = resultSchemas['generate-connector'].parse(job.result);
      expect(connector).toMatchObject({ name: titleOf(index).replace(' ', '-').toLowerCase(), verification: { ran: true, passed: true } });
    } else {
      expect(resultSchemas.analyze.parse(job.result).title).toBe(titleOf(index));
    }
  });
  expect([server.creates.size, ...new Set(server.creates.values())]).toEqual([JOBS, 1]);
  expect(server.overlappingCreates).toEqual([]);
  expect(server.maxLiveRunsPerTag('job')).toBe(1);
  expect(Math.max(...server.looks)).toBeLessThanOrEqual(MAX_IDS);
  await server.until(() => server.conversations.size === 0);
});

test('a batch of 100 on the embedded agent completes too, in spite of its 50 places', async () => {
  const answer = await engine.fetch('/api/jobs/batch', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      jobs: Array.from({ length: 100 }, (_, index) => ({
        type: 'analyze',
        engine: 'embedded',
        specType: 'openapi',
        spec: smallSpecification(`Batch ${index}`),
      })),
    }),
  });
  const batch = batchResultSchema.parse(await answer.json());
  expect(batch).toMatchObject({ accepted: 100, refused: 0 });
  const ended = await inTurn(
    batch.jobs.map((item) => ('jobId' in item ? item.jobId : '')),
    (jobId) => endOf(engine, jobId),
  );
  expect(ended.map((job) => resultSchemas.analyze.parse(job.result).title)).toEqual(ended.map((_, index) => `Batch ${index}`));
  expect(new Set(ended.map((job) => `${job.status} by ${job.engine}`))).toEqual(new Set(['completed by embedded']));
  expect(server.creates.size).toBe(JOBS);
});
