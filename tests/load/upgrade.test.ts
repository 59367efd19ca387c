/**
 * A deployment finds what the release before it stored, and a rollback what this one did: jobs at every point of their
 * way, dead letters, secrets, copies in KV, messages that were under way. Whatever a caller was promised by the one release
 * is kept by the other, in both directions.
 *
 * Both run as strangers run them, `npm start`, one after the other on one folder. Messages that were under way are lost with
 * their process here, as they are at every restart of a local engine; that one release reads the other's is shown
 * with both at work at once, as they are while a deployment goes from Worker to Worker.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DeliverMessage, JobMessage } from '@mcpoverflow/types';
import { Webhook } from 'standardwebhooks';
import { expect, onTestFinished, test } from 'vitest';
import { createTestHarness, unstable_readConfig as readConfiguration } from 'wrangler';
import * as z from 'zod';
import { type Engine, startEngine } from '../support/engine.ts';
import { smallSpecification } from '../support/jobs.ts';
import { type OpenHandsServer, startOpenHandsServer } from '../support/openhands-server.ts';
import { previousRelease } from '../support/previous-release.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

const MINUTE_MS = 60_000;
const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false';
process.env.WRANGLER_SEND_METRICS = 'false';
process.env.WRANGLER_LOG ??= 'none';

const previous = await previousRelease();
if (!previous.ok) {
  if (process.env.CI) throw new Error(previous.error);
  console.warn(`NOT tested: upgrades. ${previous.error}`);
}

type Caller = Pick<Engine, 'fetch'>;

/** What both releases say of a job and of a dead letter; one of them may say more. */
const jobSchema = z.looseObject({ jobId: z.string(), status: z.string(), stage: z.string(), generation: z.number() });
/** What was told once of a job that has ended, and must be told again. */
const endedSchema = z.object({
  jobId: z.string(),
  status: z.string(),
  stage: z.string(),
  generation: z.number(),
  result: z.unknown().optional(),
  error: z.unknown().optional(),
  createdAt: z.string(),
  completedAt: z.string(),
});
const letterSchema = z.looseObject({ id: z.string(), kind: z.string(), status: z.string() });
type Job = z.infer<typeof jobSchema>;

async function ask(engine: Caller, path: string, init: RequestInit = {}): Promise<unknown> {
  const answer = await engine.fetch(path, init);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${init.method ?? 'GET'} ${path} was answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}

const post = (body: unknown, headers: Readonly<Record<string, string>> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json', Prefer: 'respond-async', ...headers },
  body: JSON.stringify(body),
});

const jobOf = async (engine: Caller, jobId: string): Promise<Job> => jobSchema.parse(await ask(engine, `/api/jobs/${jobId}`));
const lettersOf = async (engine: Caller) =>
  z.object({ deadLetters: z.array(letterSchema) }).parse(await ask(engine, '/api/dead-letters?limit=100')).deadLetters;

/** What becomes true sooner or later. */
const eventually = <T>(look: () => Promise<T>) => expect.poll(look, { timeout: 2 * MINUTE_MS, interval: 200 });
const becomes = (engine: Caller, jobId: string, expected: Partial<Job>) => eventually(() => jobOf(engine, jobId)).toMatchObject(expected);

/** The submissions of a scene; the name is the Idempotency-Key, the title and the path of the webhook calls. */
const names = ['completed', 'dead', 'cancelled', 'running', 'waiting', 'on its way', 'embedded', 'connector'] as const;
type Name = (typeof names)[number];

interface Scene {
  readonly server: OpenHandsServer;
  readonly receiver: WebhookReceiver;
  readonly webhookSecret: string;
  readonly jobIds: ReadonlyMap<Name, string>;
  /** The jobs that had ended, as they were told. */
  readonly told: readonly z.infer<typeof endedSchema>[];
  /** From now on runs come to their end. */
  goOn(): void;
}

async function submit(engine: Caller, receiver: WebhookReceiver, name: Name): Promise<string> {
  const api = { specType: 'openapi', spec: smallSpecification(name), webhook: { url: `${receiver.url}/${encodeURIComponent(name)}` } };
  const [path, body] =
    name === 'connector'
      ? ['/api/generate-connector', { ...api, name, engine: 'embedded' }]
      : ['/api/analyze', { ...api, engine: name === 'embedded' ? 'embedded' : 'openhands' }];
  const answer = await ask(engine, path, post(body, { 'Idempotency-Key': `"${name}"` }));
  return z.object({ jobId: z.string() }).parse(answer).jobId;
}

/** Brings an engine's jobs to every point of their way: ended in each way, dead with its webhook call, at work, in line, just accepted. */
async function play(engine: Caller, server: OpenHandsServer, receiver: WebhookReceiver): Promise<Scene> {
  const course: ('running' | 'finished')[] = ['finished'];
  server.script({}, { course });
  const { secret } = z.object({ secret: z.string() }).parse(await ask(engine, '/api/webhook-secret', { method: 'POST' }));
  const jobIds = new Map<Name, string>();
  const begin = async (name: Name): Promise<string> => {
    const jobId = await submit(engine, receiver, name);
    jobIds.set(name, jobId);
    return jobId;
  };

  await becomes(engine, await begin('completed'), { status: 'completed' });
  await becomes(engine, await begin('connector'), { status: 'completed' });
  receiver.answer('/dead', { kind: 'status', status: 500 }, 2);
  const mend = server.misbehave({ route: 'create' }, { answer: { kind: 'status', status: 401 } });
  await becomes(engine, await begin('dead'), { status: 'failed' });
  await eventually(() => lettersOf(engine)).toHaveLength(2);
  mend();

  course[0] = 'running';
  const cancelled = await begin('cancelled');
  await server.until(() => server.liveRuns().length === 1);
  await ask(engine, `/api/jobs/${cancelled}/cancel`, { method: 'POST' });
  await server.until(() => server.conversations.size === 0);
  const told = await Promise.all([...jobIds.values()].map(async (jobId) => endedSchema.parse(await jobOf(engine, jobId))));

  await begin('running');
  await server.until(() => server.liveRuns().length === 1);
  await becomes(engine, await begin('waiting'), { stage: 'waiting' });
  await begin('on its way');
  await begin('embedded');
  const goOn = (): void => {
    course[0] = 'finished';
  };
  return { server, receiver, webhookSecret: secret, jobIds, told, goOn };
}

/** Everything that the scene's jobs were promised is kept by this engine. */
async function expectKept(engine: Caller, { server, receiver, webhookSecret, jobIds, told, goOn }: Scene): Promise<void> {
  const idOf = (name: Name): string => jobIds.get(name) ?? '';
  for (const job of told) expect(endedSchema.parse(await jobOf(engine, job.jobId))).toEqual(job);
  for (const name of names) expect(await submit(engine, receiver, name)).toBe(idOf(name));
  expect((await engine.fetch(`/api/jobs/${idOf('connector')}/artifact`)).status).toBe(200);

  goOn();
  const unfinished = ['running', 'waiting', 'on its way', 'embedded'] as const;
  for (const name of unfinished) await becomes(engine, idOf(name), { status: 'completed', generation: 1 });
  for (const name of unfinished) {
    const path = `/${encodeURIComponent(name)}`;
    await receiver.until(() => receiver.callsTo(path).length > 0);
    for (const { body, id, timestamp, signature } of receiver.callsTo(path)) {
      const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
      expect(new Webhook(webhookSecret).verify(body, headers)).toMatchObject({ type: 'job.completed', data: { jobId: idOf(name) } });
    }
    expect(new Set(receiver.callsTo(path).map(({ id }) => id)).size).toBe(1);
  }

  const dead = await lettersOf(engine);
  expect(dead.map(({ kind, status }) => [kind, status]).toSorted()).toEqual([
    ['delivery', 'dead'],
    ['job', 'dead'],
  ]);
  await ask(engine, '/api/dead-letters/replay', post({ ids: dead.map(({ id }) => id) }));
  await eventually(async () => (await lettersOf(engine)).map(({ status }) => status)).toEqual(['recovered', 'recovered']);
  await becomes(engine, idOf('dead'), { status: 'completed', generation: 2 });

  const listed = z.object({ jobs: z.array(jobSchema.pick({ jobId: true })) }).parse(await ask(engine, '/api/jobs?limit=100')).jobs;
  expect(listed.map(({ jobId }) => jobId).toSorted()).toEqual([...jobIds.values()].toSorted());
  await server.until(() => server.conversations.size === 0);
  expect(new Set(server.creates.values())).toEqual(new Set([1]));
  expect(server.maxLiveRuns).toBe(1);
}

const variables = (server: OpenHandsServer) => ({
  OPENHANDS_API_URL: server.url,
  OPENHANDS_MAX_RUNS: '1',
  // Whoever dies in the middle of a step is followed within seconds.
  TURN_LEASE_SECONDS: '8',
  RESEND_SECONDS: '1',
  CREATE_QUIET_SECONDS: '2',
  CHECK_IN_SECONDS: '3',
  WEBHOOK_SCHEDULE_SECONDS: '0.1',
});

async function outside(): Promise<{ server: OpenHandsServer; receiver: WebhookReceiver }> {
  const server = await startOpenHandsServer();
  onTestFinished(() => server.close());
  const receiver = await startWebhookReceiver();
  onTestFinished(() => receiver.close());
  return { server, receiver };
}

const previousFolder = previous.ok ? previous.value : '';
test.runIf(previous.ok).for([
  { what: 'this release goes on with what the previous one stored', from: previousFolder, to: project },
  { what: 'the previous release goes on with what this one stored', from: project, to: previousFolder },
])('$what, and back', async ({ from, to }) => {
  const stateDir = mkdtempSync(join(tmpdir(), 'mcpoverflow-upgrade-'));
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true, maxRetries: 5 }));
  const { server, receiver } = await outside();
  const start = (release: string) => startEngine({ project: release, stateDir, env: variables(server) });

  const scene = await (async () => {
    await using before = await start(from);
    const played = await play(before, server, receiver);
    before.kill('tree');
    await before.exited();
    return played;
  })();
  const jobsOf = (engine: Caller) => Promise.all([...scene.jobIds.values()].map((jobId) => jobOf(engine, jobId)));
  const ended = await (async () => {
    await using after = await start(to);
    await expectKept(after, scene);
    return await jobsOf(after);
  })();
  await using again = await start(from);
  const read = await jobsOf(again);
  expect(read.map(({ jobId, status, generation }) => [jobId, status, generation])).toEqual(
    ended.map(({ jobId, status, generation }) => [jobId, status, generation]),
  );
});

/** A wrangler file of a release as the harness takes it. */
function configurationOf(release: string, worker: string, vars: Readonly<Record<string, string>> = {}) {
  // As it is read, the absence of cron triggers does not pass validation again.
  const { triggers: _, ...configuration } = readConfiguration({ config: join(release, `wrangler.${worker}.toml`) }, { hideWarnings: true });
  const { build } = configuration;
  return {
    ...configuration,
    vars: { ...configuration.vars, ...vars },
    // Its build step is written for its own folder.
    build: { ...build, ...(build.command === undefined ? {} : { command: `cd '${release}' && ${build.command}` }) },
  };
}

test.runIf(previous.ok)(
  'while a deployment goes from Worker to Worker, the previous api and this consumer keep every promise',
  async () => {
    const { server, receiver } = await outside();
    const harness = createTestHarness({
      root: project,
      workers: [
        { config: configurationOf(previousFolder, 'api') },
        { config: configurationOf(project, 'consumer', variables(server)) },
        { config: configurationOf(project, 'embedded-agent') },
      ],
    });
    onTestFinished(() => harness.close());
    const { url } = await harness.listen();
    const engine: Caller = { fetch: (path, init) => fetch(new URL(path, url), init) };
    await expectKept(engine, await play(engine, server, receiver));
  },
);

const parserSchema = z.custom<{ parse(message: unknown): unknown }>(
  (value) => typeof value === 'object' && value !== null && 'parse' in value,
);
const formsSchema = z.object({ jobMessageSchema: parserSchema, deliverMessageSchema: parserSchema });
const formsOf = async (release: string) => formsSchema.parse(await import(join(release, 'packages/types/src/messages.ts')));

const common = {
  v: 1,
  jobId: '967b971c-9388-8ed2-87a0-54db47040e68',
  traceparent: '00-ff09964bf9f7b9ae52bebb5b4401aa36-c1522b10b6dacdc8-01',
} as const;
const turn: Omit<Required<JobMessage>, 'kind'> = { ...common, generation: 2, turn: 3 };
const deliver: Required<DeliverMessage> = { ...common, kind: 'deliver', deliveryId: 'msg_53cbad3df6b2fb44e643438e38ece3c1', attempt: 2 };

test.runIf(previous.ok).for([
  { form: 'jobMessageSchema', message: { ...turn, kind: 'start' } },
  { form: 'jobMessageSchema', message: { ...turn, kind: 'collect' } },
  { form: 'deliverMessageSchema', message: deliver },
] as const)('each release reads the $message.kind messages that the other one left in the queue', async ({ form, message }) => {
  const [before, now] = [await formsOf(previousFolder), await formsOf(project)];
  // What the previous release leaves of it is what it would have sent itself.
  const asBefore = before[form].parse(message);
  expect(now[form].parse(asBefore)).toEqual(asBefore);
});
