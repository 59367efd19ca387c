/**
 * The real Workers from their real wrangler files, on a platform that fails on command, in front of a
 * fake OpenHands server. Only `main` is replaced, by wrappers (`faulty-workers/`) that re-export the real
 * modules; production code knows nothing of tests. And the queue does not wait a second to fill a batch.
 *
 * Numbers are small where a test waits for them in real time; what takes minutes takes moved time. Rates are
 * limited only where a test is about that: others make in a minute the calls of a day.
 *
 * All calls of the Workers pass through this process. It makes 500 of a connection that breaks and of a
 * redirect, and reads on when a Worker has turned away: a receiver that does worse than answer badly or not
 * at all needs the network of `engine.ts`.
 *
 * @example
 * await using engine = await startFaultyEngine();
 * engine.server.misbehave({ route: 'create' }, { answer: { kind: 'html', status: 502 } }, 2);
 * const job = await engine.ended(await engine.submit());
 */
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  type ApiKeyRecord,
  acceptedSchema,
  isTerminal,
  type Job,
  type JobEvent,
  jobEventSchema,
  jobIdForKey,
  jobSchema,
  type Webhook,
} from '@mcpoverflow/types';
import { type Unstable_Config as Configuration, createTestHarness, unstable_readConfig as readConfig } from 'wrangler';
import * as z from 'zod';
import type { Report } from '../../apps/consumer/src/dead-letters/report.ts';
import { kvEntryOf, newKey } from '../../scripts/keys/new-key.ts';
import { type Faults, noFaults } from './faulty-workers/faults.ts';
import { type OpenHandsServer, startOpenHandsServer } from './openhands-server.ts';

process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false';
process.env.WRANGLER_SEND_METRICS = 'false';
process.env.WRANGLER_LOG ??= 'none';

const root = fileURLToPath(new URL('../..', import.meta.url));
const wrapper = (name: string): string => fileURLToPath(new URL(`faulty-workers/${name}.ts`, import.meta.url));

/** Short where the test waits in real time. A lease is long enough for a busy machine to do a turn in. */
const briefly = {
  RETRY_ATTEMPTS: '4',
  RETRY_BASE_SECONDS: '0.05',
  RETRY_CAP_SECONDS: '0.2',
  TURN_LEASE_SECONDS: '10',
  RESEND_SECONDS: '15',
  CREATE_QUIET_SECONDS: '0.2',
  OPENHANDS_TIMEOUT_MS: '4000',
  OPENHANDS_MAX_RUNS: '500',
};

export interface FaultyEngine extends AsyncDisposable {
  readonly server: OpenHandsServer;
  /** Submits an analysis and answers its id. Refuses everything but 202. */
  submit(changes?: Partial<Submission>): Promise<string>;
  /** The job as the API shows it; null when there is none. */
  job(jobId: string): Promise<Job | null>;
  /** The job once it has ended. */
  ended(jobId: string): Promise<Job>;
  /** Everything that happened to a job that has ended. */
  history(jobId: string): Promise<readonly JobEvent[]>;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  readonly url: string;
  /** What is wrong with the platform from now on; whatever is not named works. */
  platform(faults: Partial<Faults>): Promise<void>;
  /** Moves the clock of jobs and pool forward; what falls due in between happens at once. */
  moveClock(byMs: number): Promise<void>;
  /** What that clock shows, in milliseconds since 1970. */
  now(): number;
  /** Lets time pass 300 times as fast until something has happened. */
  inFastTime<T>(happening: Promise<T>): Promise<T>;
  /** Delivers every message that was ever delivered once more, and returns when all are handled. */
  deliverEverythingAgain(): Promise<void>;
  /** Resolves once a Worker has logged a line that holds all the words. */
  logged(...words: readonly string[]): Promise<void>;
  /** Places of the OpenHands pool. */
  occupancy(): Promise<{ readonly granted: number; readonly waiting: number }>;
  /** Sends bodies to a queue, all in one batch, as they are. */
  send(queue: 'jobs' | 'webhooks' | 'dead-letters', bodies: readonly unknown[]): Promise<void>;
  /** Tells the dead letters what Jobs would tell them. */
  report(reports: readonly Report[]): Promise<void>;
  /** Makes an API key as whoever administers the engine does. Counts where `AUTH` is `keys`. */
  makeKey(rights: Pick<ApiKeyRecord, 'tenant' | 'scopes' | 'rateClass'>): Promise<string>;
  /** How many lines Workers have logged that hold all the words. */
  linesLogged(...words: readonly string[]): number;
  /** The finished job's copy in KV. */
  published(jobId: string): Promise<unknown>;
  stop(): Promise<void>;
}

export interface Submission {
  readonly engine: 'openhands' | 'embedded';
  /** Decides the name of the file that is uploaded, by which a test can tell jobs apart before they have a conversation. */
  readonly format: 'json' | 'yaml';
  /** Names the job before it is submitted: see {@link jobNamed}. */
  readonly idempotencyKey: string;
  readonly webhook: Webhook;
}

/** The id that an analysis submitted with this idempotency key will have. */
export const jobNamed = (idempotencyKey: string): Promise<string> => jobIdForKey('local', '/api/analyze', idempotencyKey);

const occupancySchema = z.object({ granted: z.number(), waiting: z.number() });

/**
 * Starts the engine and its agent server; `variables` are added to those of both Workers. With `standardCallsAMinute`
 * rates are limited, keys of the class `standard` to so many calls.
 */
export async function startFaultyEngine(
  variables: Readonly<Record<string, string>> = {},
  { standardCallsAMinute }: { readonly standardCallsAMinute?: number } = {},
): Promise<FaultyEngine> {
  const server = await startOpenHandsServer();
  const apiConfig = configOf('api');
  const consumerConfig = configOf('consumer');
  const harness = createTestHarness({
    root,
    workers: [
      {
        config: {
          ...apiConfig,
          main: wrapper('api'),
          vars: { ...apiConfig.vars, ...variables },
          ratelimits: standardCallsAMinute === undefined ? [] : limitsOf(apiConfig, standardCallsAMinute),
        },
      },
      {
        config: {
          ...consumerConfig,
          main: wrapper('consumer'),
          vars: { ...consumerConfig.vars, ...briefly, OPENHANDS_API_URL: server.url, ...variables },
          durable_objects: {
            bindings: [...consumerConfig.durable_objects.bindings, { name: 'INVOCATION', class_name: 'Invocation' }],
          },
          exports: { ...consumerConfig.exports, Invocation: { type: 'durable-object', storage: 'sqlite' } },
          queues: {
            ...consumerConfig.queues,
            consumers: consumerConfig.queues.consumers.map((queue: object) => ({ ...queue, max_batch_timeout: 0 })),
          },
        },
      },
      { config: configOf('embedded-agent') },
    ],
  });
  const restoreFetch = passOnOnlyWholeAnswers(server.url);
  const { url } = await harness.listen();
  const consumer = harness.getWorker('mcpoverflow-ai-engine-consumer');

  const post = (body: unknown) => ({ method: 'POST', body: JSON.stringify(body) });
  async function command(path: string, body: unknown): Promise<unknown> {
    const answer = await consumer.fetch(path, post(body));
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  }
  async function fetchJob(jobId: string, headers: Record<string, string>): Promise<Job | null> {
    const answer = await engine.fetch(`/api/jobs/${jobId}`, { headers });
    return answer.status === 404 ? null : jobSchema.parse(await answer.json());
  }

  let submissions = 0;
  let movedMs = 0;
  const engine: FaultyEngine = {
    server,
    async submit({ engine: requested = 'openhands', format = 'json', idempotencyKey, webhook } = {}) {
      submissions += 1;
      const spec = { openapi: '3.1.0', info: { title: `Number ${submissions}`, version: '1' }, paths: {} };
      const answer = await engine.fetch('/api/analyze', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          prefer: 'respond-async',
          ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
        },
        body: JSON.stringify({
          specType: 'openapi',
          spec: format === 'json' ? spec : yamlOf(spec.info.title),
          engine: requested,
          webhook,
        }),
      });
      if (answer.status !== 202) throw new Error(`A submission was answered ${answer.status}: ${await answer.text()}`);
      return acceptedSchema.parse(await answer.json()).jobId;
    },
    job: (jobId) => fetchJob(jobId, {}),
    async ended(jobId) {
      for (;;) {
        const job = await fetchJob(jobId, { prefer: 'wait=20' });
        if (job === null) throw new Error(`There is no job ${jobId}.`);
        if (isTerminal(job.status)) return job;
      }
    },
    async history(jobId) {
      const answer = await engine.fetch(`/api/jobs/${jobId}/events`);
      const data = (await answer.text()).split('\n').filter((line) => line.startsWith('data:'));
      return data.map((line) => jobEventSchema.parse(JSON.parse(line.slice('data:'.length))));
    },
    fetch: (path, init) => fetch(new URL(path, url), init),
    url: url.origin,
    async platform(changes) {
      const faults: Faults = { ...noFaults, ...changes };
      await engine.fetch('/faults', post(faults));
      await command('/faults', faults);
    },
    async moveClock(byMs) {
      movedMs += byMs;
      await command('/clock', { byMs });
    },
    now: () => Date.now() + movedMs,
    async inFastTime(happening) {
      let happened = false;
      const watched = happening.finally(() => {
        happened = true;
      });
      while (!happened) {
        await engine.moveClock(30_000);
        await Promise.race([watched, delay(100)]);
      }
      return watched;
    },
    async deliverEverythingAgain() {
      await command('/everything-again', null);
    },
    async logged(...words) {
      while (engine.linesLogged(...words) === 0) await delay(50);
    },
    linesLogged: (...words) => harness.getLogs().filter(({ message }) => words.every((word) => message.includes(word))).length,
    async send(queue, bodies) {
      const binding = { jobs: 'JOBS_QUEUE', webhooks: 'WEBHOOKS_QUEUE', 'dead-letters': 'DEAD_LETTERS_QUEUE' }[queue];
      await command('/messages', { queue: binding, bodies });
    },
    async report(reports) {
      await command('/reports', reports);
    },
    async makeKey(rights) {
      const key = await newKey(rights, Date.now());
      const { name, value } = kvEntryOf(key);
      const { AI_JOBS } = await consumer.getEnv();
      await AI_JOBS.put(name, value);
      return key.text;
    },
    occupancy: async () => occupancySchema.parse(await command('/occupancy', null)),
    async published(jobId) {
      const { AI_JOBS } = await consumer.getEnv();
      return AI_JOBS.get(jobId, 'json');
    },
    async stop() {
      restoreFetch();
      // First whom the Workers may still wait for.
      await server.close();
      await harness.close();
    },
    [Symbol.asyncDispose]: () => engine.stop(),
  };
  return engine;
}

/**
 * The harness passes the Workers' calls on through this process, and an answer that breaks in the middle
 * would upset the connection it shares among them. So a broken answer is made a failed call, which the
 * harness turns into 500, as a gateway does.
 */
function passOnOnlyWholeAnswers(serverUrl: string): () => void {
  const original = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const answer = await original(input, init);
    if (!String(input).startsWith(serverUrl)) return answer;
    return new Response(await answer.arrayBuffer(), { status: answer.status, headers: answer.headers });
  };
  return () => {
    globalThis.fetch = original;
  };
}

/** The limits of the wrangler file, that of the class `standard` replaced. */
const limitsOf = ({ ratelimits }: Pick<Configuration, 'ratelimits'>, standardCallsAMinute: number): Configuration['ratelimits'] =>
  ratelimits.map((limit) =>
    limit.name === 'RATE_LIMIT_STANDARD' ? { ...limit, simple: { ...limit.simple, limit: standardCallsAMinute } } : limit,
  );

/** A wrangler file as the harness takes it. */
function configOf(name: string) {
  // As it is read, the absence of cron triggers does not pass validation again.
  const { triggers: _, ...config } = readConfig({ config: `${root}/wrangler.${name}.toml` }, { hideWarnings: true });
  return config;
}

const yamlOf = (title: string): string => `openapi: 3.1.0\ninfo: { title: ${title}, version: '1' }\npaths: {}\n`;
