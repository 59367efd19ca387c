/**
 * The consumer, whole, in a world made of fakes: its real objects and its real queue handlers between
 * queues, KV, an agent and a receiver of webhooks that misbehave. One scenario in, everything that went
 * wrong out.
 */
import type {
  CreateAnswer,
  CreateJob,
  DeliveriesAnswer,
  DeliverMessage,
  Engine,
  JobMessage,
  SubmissionOptions,
  WebhookEvent,
} from '@mcpoverflow/types';
import { endingEvents, isTerminal, webhookEvents } from '@mcpoverflow/types';
import * as z from 'zod';
import { DeadLetters } from '../dead-letters/dead-letters.ts';
import type { Env } from '../env.ts';
import { Job } from '../job/job.ts';
import { JobIndex } from '../job-index/job-index.ts';
import { handleDeadLettersBatch } from '../messages/dead-letters.ts';
import { handleJobsBatch } from '../messages/queue.ts';
import { AgentPool } from '../pool/agent-pool.ts';
import { readSettings } from '../settings.ts';
import { deliver, type MessageSource } from '../webhooks/deliver.ts';
import { TenantWebhooks } from '../webhooks/tenant-webhooks.ts';
import { handleWebhooksBatch } from '../webhooks/webhooks-queue.ts';
import { ModelAgent, type Outage } from './agent.ts';
import { SimulatedKv } from './kv.ts';
import { Ledger } from './ledger.ts';
import { verifyBy } from './model-verification.ts';
import { Network, noTrouble, type Trouble } from './network.ts';
import { type ObjectHost, ObjectNamespace } from './objects.ts';
import { asPlatform } from './platform.ts';
import { currentProcess, never, Process } from './processes.ts';
import { SimulatedQueue } from './queue.ts';
import { Chance } from './random.ts';
import { ModelReceiver, RECEIVER_URL } from './receiver.ts';
import { sandboxesBy } from './sandboxes.ts';
import { VirtualTime } from './time.ts';
import type { Telling } from './webhook-ledger.ts';

const TENANT = 'tenant';
const JOB_TIMEOUT_MS = 600_000;
const RETRY_ATTEMPTS = 8;
const MAX_COST_USD = 5;
export const WEBHOOK_PAUSES_MS = [5_000, 60_000, 600_000];
const DAY_MS = 86_400_000;
/** Enough for every job of a scenario to wait for a place, run into its deadline and be collected. */
const SETTLE_MS = 3 * 3_600_000;
/** What still stirs after everything seemed quiet. */
const AFTERMATH_MS = 15 * 60_000;

const ANSWER_MS = 60_000;

export type Command =
  | { readonly kind: 'wait'; readonly ms: number }
  | {
      readonly kind: 'submit';
      readonly key: number;
      readonly body: number;
      readonly sendFails: boolean;
      /** Which events the job is to tell. */
      readonly webhook: 'none' | 'ends' | 'all';
      readonly options: SubmissionOptions;
    }
  | { readonly kind: 'cancel' | 'retry' | 'remove' | 'evict-job' | 'lose-run'; readonly key: number }
  | { readonly kind: 'evict-pool' | 'wipe-pool' | 'kill-invocations' | 'kill-everything' | 'restart-agent' }
  | { readonly kind: 'replay-message'; readonly which: number }
  | { readonly kind: 'queue-down' | 'kv-down'; readonly ms: number }
  | { readonly kind: 'agent-down'; readonly ms: number; readonly outage: Outage }
  | { readonly kind: 'receiver-down'; readonly ms: number; readonly outage: ModelReceiver['outage'] }
  | { readonly kind: 'redeliver'; readonly key: number; readonly which: number };

export interface Scenario {
  readonly seed: number;
  readonly engine: Engine;
  /** Each run on OpenHands has a machine of its own, which comes into being with it. */
  readonly sandboxes: boolean;
  readonly maxRuns: number;
  /** Of the jobs queue, before a message goes to the dead letters. */
  readonly maxRetries: number;
  /** How long an ended job is kept. */
  readonly retentionMs: number;
  /** What one attempt of a webhook call may take. */
  readonly webhookTimeoutMs: number;
  readonly trouble: Trouble;
  readonly commands: readonly Command[];
}

export interface Outcome {
  readonly violations: readonly string[];
  readonly trace: readonly string[];
  readonly jobs: readonly { readonly jobId: string; readonly status: string; readonly sends: number; readonly begun: number }[];
  readonly conversations: number;
  readonly tellings: readonly Telling[];
  /** How long after its time the latest attempt of a webhook call began. */
  readonly latestBegin: number;
  readonly looks: number;
  readonly virtualMs: number;
}

export const jobIdOf = (key: number): string => `00000000-0000-4000-8000-00000000000${key}`;

/** Plays a scenario to its end: commands under trouble, then calm until everything has settled. */
export async function simulate(scenario: Scenario): Promise<Outcome> {
  const world = new World(scenario);
  const uninstall = world.install();
  try {
    for (const command of scenario.commands) await world.obey(command);
    await world.settle();
    return world.outcome();
  } finally {
    uninstall();
  }
}

class World {
  readonly #scenario: Scenario;
  readonly #time = new VirtualTime();
  readonly #network: Network;
  readonly #ledger: Ledger;
  readonly #agents: Readonly<Record<Engine, ModelAgent>>;
  readonly #kv: SimulatedKv;
  readonly #queue: SimulatedQueue;
  readonly #webhooksQueue: SimulatedQueue;
  readonly #deadLetters: SimulatedQueue;
  readonly #receiver: ModelReceiver;
  readonly #webhookCalls = new Set<Process>();
  /** Conversations whose directories could not be removed. */
  readonly #givenUp = new Set<string>();
  readonly #asking = new Set<Promise<unknown>>();
  readonly #jobs: ObjectNamespace;
  readonly #pools: ObjectNamespace;
  readonly #indexes: ObjectNamespace;
  readonly #tenants: ObjectNamespace;
  readonly #env: Env;
  readonly #startedAt: number;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#network = new Network(this.#time, new Chance(scenario.seed), { ...scenario.trouble });
    this.#ledger = new Ledger(this.#network, (engine) => this.#agents[engine], {
      engine: scenario.engine,
      webhookPausesMs: WEBHOOK_PAUSES_MS,
      maxCostUsd: MAX_COST_USD,
    });
    this.#agents = {
      openhands: new ModelAgent(this.#network, 'openhands', this.#ledger, scenario.sandboxes),
      embedded: new ModelAgent(this.#network, 'embedded', this.#ledger),
    };
    this.#receiver = new ModelReceiver(this.#network, this.#ledger.webhooks);
    this.#kv = new SimulatedKv(this.#network);
    this.#startedAt = this.#time.now;
    this.#jobs = new ObjectNamespace('Job', this.#network, (ctx) => new Job(ctx, this.#env), this.#ledger);
    this.#pools = new ObjectNamespace('AgentPool', this.#network, (ctx) => new AgentPool(ctx, this.#env));
    this.#indexes = new ObjectNamespace('JobIndex', this.#network, (ctx) => new JobIndex(ctx, this.#env));
    this.#tenants = new ObjectNamespace('TenantWebhooks', this.#network, (ctx) => new TenantWebhooks(ctx, this.#env));
    const letters = new ObjectNamespace('DeadLetters', this.#network, (ctx) => new DeadLetters(ctx, this.#env));
    this.#deadLetters = new SimulatedQueue(this.#network, {
      name: 'mcpoverflow-dead-letters',
      maxRetries: 100,
      handle: (batch) => handleDeadLettersBatch(batch, this.#env),
      giveUp: () => {},
      sent: () => {},
    });
    this.#queue = new SimulatedQueue(this.#network, {
      name: 'mcpoverflow-jobs',
      maxRetries: scenario.maxRetries,
      handle: (batch) => handleJobsBatch(batch, { env: this.#env, settings: readSettings(this.#env), verification: asPlatform({}) }),
      giveUp: (body) => this.#deadLetters.put(body),
      sent: (body) => {
        const { jobId } = z.object({ jobId: z.string() }).parse(body);
        this.#network.note(`sent ${JSON.stringify(body)}`);
        this.#ledger.count(jobId).sends += 1;
      },
    });
    this.#webhooksQueue = new SimulatedQueue(this.#network, {
      name: 'mcpoverflow-webhooks',
      maxRetries: scenario.maxRetries,
      handle: (batch) => handleWebhooksBatch(batch, this.#env, (message, source) => this.#callApart(message, source)),
      giveUp: (body) => this.#deadLetters.put(body),
      sent: (body) => {
        const { jobId } = z.object({ jobId: z.string() }).parse(body);
        this.#network.note(`sent ${JSON.stringify(body)}`);
        this.#ledger.webhooks.sent(jobId);
      },
    });
    this.#env = asPlatform<Env>({
      AI_JOBS: this.#kv,
      JOBS_QUEUE: this.#queue,
      WEBHOOKS_QUEUE: this.#webhooksQueue,
      JOB: this.#jobs.binding(),
      JOB_INDEX: this.#indexes.binding(),
      AGENT_POOL: this.#pools.binding(),
      TENANT_WEBHOOKS: this.#tenants.binding(),
      DEAD_LETTERS: letters.binding(),
      EMBEDDED_AGENT: this.#agents.embedded,
      // Where a receiver may be on this machine.
      ENVIRONMENT: 'local',
      JOB_TIMEOUT_MS: String(JOB_TIMEOUT_MS),
      RETRY_ATTEMPTS: String(RETRY_ATTEMPTS),
      RETRY_CAP_SECONDS: '60',
      JOB_RETENTION_DAYS: String(scenario.retentionMs / DAY_MS),
      WEBHOOK_SCHEDULE_SECONDS: WEBHOOK_PAUSES_MS.map((ms) => ms / 1_000).join(),
      WEBHOOK_TIMEOUT_MS: String(scenario.webhookTimeoutMs),
      OPENHANDS_MAX_COST_USD: String(MAX_COST_USD),
      OPENHANDS_MAX_RUNS: String(scenario.maxRuns),
      EMBEDDED_MAX_RUNS: String(scenario.maxRuns),
      ...(scenario.engine === 'openhands' ? { OPENHANDS_API_URL: 'http://agent.test' } : {}),
    });
  }

  /** @returns puts the real globals back */
  install(): () => void {
    const uninstallTime = this.#time.install(this.#network.chance);
    const realFetch = globalThis.fetch;
    const realConsole = { info: console.info, warn: console.warn, error: console.error };
    const noteLine = (line: string): void => {
      this.#network.note(line.slice(0, 300));
      const logged = loggedSchema.parse(JSON.parse(line));
      if (logged.message === 'gave up removing the directory of a run') this.#givenUp.add(logged.conversationId ?? '');
    };
    Object.assign(globalThis, {
      fetch: (url: string, init: RequestInit) =>
        url === RECEIVER_URL ? this.#receiver.fetch(init) : this.#agents.openhands.fetch(url, init),
    });
    Object.assign(console, { info: noteLine, warn: noteLine, error: noteLine });
    verifyBy((job) => this.#verify(job));
    sandboxesBy(this.#scenario.sandboxes ? (id) => this.#agents.openhands.isStarting(id) : null);
    this.#time.observe(() => {
      this.#ledger.checkUnwanted();
      this.#ledger.webhooks.checkExplained();
    });
    return () => {
      Object.assign(globalThis, { fetch: realFetch });
      Object.assign(console, realConsole);
      uninstallTime();
    };
  }

  async obey(command: Command): Promise<void> {
    this.#network.note(`> ${JSON.stringify(command)}`);
    const { time } = this.#network;
    switch (command.kind) {
      case 'wait':
        return time.pass(command.ms);
      case 'submit':
        this.#call(this.#submit(command));
        return time.pass(50);
      case 'cancel':
      case 'retry':
      case 'remove':
        this.#call(this.#stub(command.key)[command.kind](TENANT));
        return time.pass(50);
      case 'redeliver':
        this.#call(this.#redeliver(command.key, command.which));
        return time.pass(50);
      case 'evict-job':
        return this.#jobs.host(jobIdOf(command.key)).crash();
      case 'lose-run': {
        const run = this.#agent.liveRuns().find(({ jobId }) => jobId === jobIdOf(command.key));
        if (run !== undefined) this.#agent.lose(run);
        return;
      }
      case 'evict-pool':
        for (const pool of this.#pools.hosts.values()) pool.crash();
        return;
      case 'wipe-pool':
        for (const pool of this.#pools.hosts.values()) pool.wipe();
        return;
      case 'kill-invocations':
        return this.#killInvocations();
      case 'kill-everything':
        this.#killInvocations();
        for (const queue of [this.#queue, this.#webhooksQueue, this.#deadLetters]) queue.forget();
        for (const namespace of [this.#jobs, this.#pools, this.#indexes, this.#tenants]) {
          for (const host of namespace.hosts.values()) host.crash();
        }
        return;
      case 'restart-agent':
        return this.#agent.restart();
      case 'replay-message':
        for (const queue of [this.#queue, this.#webhooksQueue]) {
          const body = queue.history[command.which % Math.max(1, queue.history.length)];
          if (body !== undefined) queue.put(body);
        }
        return;
      case 'queue-down':
        for (const queue of [this.#queue, this.#webhooksQueue]) queue.downUntil = time.now + command.ms;
        return;
      case 'kv-down':
        this.#kv.downUntil = time.now + command.ms;
        return;
      case 'agent-down':
        this.#agent.outage = command.outage;
        this.#agent.downUntil = time.now + command.ms;
        return;
      case 'receiver-down':
        this.#receiver.outage = command.outage;
        this.#receiver.downUntil = time.now + command.ms;
        return;
    }
  }

  /** Trouble ends. Then everything must come to rest, and stay there. */
  async settle(): Promise<void> {
    this.#network.note('> calm');
    this.#network.trouble = noTrouble;
    this.#queue.downUntil = 0;
    this.#webhooksQueue.downUntil = 0;
    this.#kv.downUntil = 0;
    this.#agent.downUntil = Math.min(this.#agent.downUntil, this.#time.now);
    this.#receiver.downUntil = 0;
    const calmSince = this.#time.now;
    const jobIds = [...this.#jobs.hosts.keys()];
    const queues = [this.#queue, this.#webhooksQueue, this.#deadLetters];
    const isQuiet = (): boolean => this.#asking.size + this.#webhookCalls.size === 0 && queues.every(({ idle }) => idle);
    const atRest = (): boolean => isQuiet() && jobIds.every((jobId) => this.#ledger.owesNothing(jobId));
    await this.#time.pass(SETTLE_MS, atRest);
    if (!atRest()) this.#ledger.violation('not at rest');
    await this.#time.pass(AFTERMATH_MS);
    for (const jobId of jobIds) await this.#checkRest(jobId, calmSince);
    await this.#checkPool();
    await this.#checkIndex(jobIds);
    for (const agent of Object.values(this.#agents)) this.#checkLeftovers(agent);
  }

  outcome(): Outcome {
    return {
      violations: this.#ledger.violations,
      trace: this.#network.trace,
      jobs: [...this.#ledger.counts].map(([jobId, { sends, begun }]) => ({
        jobId,
        status: this.#ledger.job(jobId)?.status ?? 'deleted',
        sends,
        begun,
      })),
      conversations: [...this.#ledger.conversationsOf.values()].reduce((sum, ids) => sum + ids.size, 0),
      tellings: [...this.#ledger.webhooks.tellings.values()],
      latestBegin: this.#ledger.webhooks.latestBegin,
      looks: this.#agents.openhands.looks + this.#agents.embedded.looks,
      virtualMs: this.#time.now - this.#startedAt,
    };
  }

  /** The agent that troubles happen to. */
  get #agent(): ModelAgent {
    return this.#agents[this.#scenario.engine];
  }

  #stub(key: number) {
    return this.#env.JOB.get(this.#env.JOB.idFromName(jobIdOf(key)));
  }

  /** What somebody outside asks; its failure is theirs to deal with. */
  #call(asking: Promise<unknown>): void {
    this.#asking.add(asking);
    const over = (): void => {
      this.#asking.delete(asking);
    };
    asking.then(over, over);
  }

  /** As the api does it. */
  async #submit({ key, body, sendFails, webhook, options }: Command & { kind: 'submit' }): Promise<void> {
    const events: Readonly<Record<typeof webhook, readonly WebhookEvent[]>> = { none: [], ends: endingEvents, all: webhookEvents };
    const request: CreateJob = {
      jobId: jobIdOf(key),
      tenant: TENANT,
      type: 'generate-documentation',
      bodyFingerprint: `body-${body}`,
      parameters: { name: `job ${key}` },
      options,
      files: [{ path: 'specification.json', gzip: new Uint8Array([1, 2, 3]), format: 'json' }],
      ...(webhook === 'none' ? {} : { webhook: { url: RECEIVER_URL, events: events[webhook], origin: 'https://engine.test' } }),
    };
    const answer: CreateAnswer = await this.#stub(key).create(request);
    if (answer.kind !== 'created' || sendFails) return;
    const message: JobMessage = { v: 1, kind: 'start', jobId: request.jobId, generation: answer.job.generation, turn: answer.turn };
    await this.#queue.send(message);
  }

  /** As a person does it who has read the log. */
  async #redeliver(key: number, which: number): Promise<void> {
    const log: DeliveriesAnswer = await this.#stub(key).deliveries(TENANT);
    if (log.kind !== 'found') return;
    const delivery = log.deliveries[which % Math.max(1, log.deliveries.length)];
    if (delivery !== undefined) await this.#stub(key).redeliver(TENANT, delivery.deliveryId);
  }

  /** The call in an invocation of its own, which the queue's one does not wait for. Settles with the end of either. */
  #callApart(message: DeliverMessage, source: MessageSource): Promise<void> {
    const over = Promise.withResolvers<void>();
    const process = new Process(`webhook call ${message.deliveryId} ${message.attempt}`);
    const call = async (): Promise<void> => {
      this.#webhookCalls.add(process);
      process.onDeath(() => this.#webhookCalls.delete(process));
      await process.run(() => deliver(message, source, this.#env, readSettings(this.#env)));
      this.#webhookCalls.delete(process);
    };
    process.onDeath(over.resolve);
    currentProcess()?.onDeath(over.resolve);
    this.#network.call('webhook calls', 'deliver', call).then(over.resolve, over.resolve);
    return over.promise;
  }

  #killInvocations(): void {
    for (const queue of [this.#queue, this.#webhooksQueue, this.#deadLetters]) queue.killInvocations();
    for (const process of [...this.#webhookCalls]) {
      this.#network.struck(process.name, 'call killed');
      process.kill();
    }
  }

  /** Passes, finds failures, or is what ends its invocation. */
  #verify(job: string): Promise<{ ran: true; passed: boolean; failures: { tool: string; message: string }[] }> {
    const { chance, trouble } = this.#network;
    const process = currentProcess();
    if (chance.happens(`verify ${job}`, trouble.crash)) {
      this.#network.note(`a verification never returns (${process?.name})`);
      process?.kill();
      return never();
    }
    const passed = chance.happens(`verify ${job}`, 0.8);
    return Promise.resolve({ ran: true, passed, failures: passed ? [] : [{ tool: 'a', message: 'failed' }] });
  }

  // --- when all is over

  async #checkRest(jobId: string, calmSince: number): Promise<void> {
    const job = this.#ledger.job(jobId);
    const copy = this.#kv.copies.get(jobId);
    if (job === null) {
      if (copy !== undefined) this.#ledger.violation(`job ${jobId} is deleted and its copy is still in KV`);
      return;
    }
    if (!isTerminal(job.status)) this.#ledger.violation(`job ${jobId} never ended: ${job.status}, ${job.stage}`);
    const published = copySchema.safeParse(copy?.value);
    if (published.data?.status !== job.status || published.data.generation !== job.generation) {
      this.#ledger.violation(
        `job ${jobId} is ${job.status} in generation ${job.generation}, its copy in KV says ${JSON.stringify(published.data)}`,
      );
    }
    this.#checkCounts(jobId);
    this.#ledger.webhooks.checkRest(job, this.#receiver, calmSince);
  }

  /**
   * A send needs a reason: a turn made, handed out, granted or observed, or time without any of these,
   * in which the pauses double to five minutes. A turn is handed out again only as an attempt, and an
   * attempt may be spent looking while an earlier create is awaited. Nothing in here counts deliveries.
   */
  #checkCounts(jobId: string): void {
    const { sends, begun, turns, generations, places, preparing } = this.#ledger.count(jobId);
    const reasons = generations + turns + begun + places;
    const byTime = (this.#time.now - this.#startedAt) / 300_000;
    if (sends > 6 * reasons + byTime) this.#ledger.violation(`job ${jobId}: ${sends} messages for ${reasons} reasons`);
    if (begun > turns * 2 * RETRY_ATTEMPTS + places + preparing)
      this.#ledger.violation(`job ${jobId}: ${turns} turns were handed out ${begun} times`);
  }

  /** Asks an object, which may ask others: time must pass for it. */
  async #ask(host: ObjectHost, method: string, values: readonly unknown[]): Promise<unknown> {
    let answered = false;
    const asking = host.call(method, values).finally(() => {
      answered = true;
    });
    await this.#time.pass(ANSWER_MS, () => answered);
    if (!answered) throw new Error(`${host.name} does not answer ${method}`);
    return asking;
  }

  async #checkPool(): Promise<void> {
    for (const host of this.#pools.hosts.values()) {
      const occupancy = z.object({ granted: z.number(), waiting: z.number() }).parse(await this.#ask(host, 'occupancy', []));
      if (occupancy.granted + occupancy.waiting > 0) this.#ledger.violation(`${host.name} still holds ${JSON.stringify(occupancy)}`);
    }
  }

  /** The embedded agent's files go with its conversations, and sandboxes with theirs. */
  #checkLeftovers({ engine, conversations, directories }: ModelAgent): void {
    for (const { id, jobId } of conversations.values()) this.#ledger.violation(`conversation ${id} of ${jobId} was left behind`);
    if (engine === 'embedded' || this.#scenario.sandboxes) return;
    for (const id of directories) if (!this.#givenUp.has(id)) this.#ledger.violation(`the directory of ${id} was left behind`);
  }

  async #checkIndex(jobIds: readonly string[]): Promise<void> {
    const page = pageSchema.parse(await this.#ask(this.#indexes.host(TENANT), 'list', [{ limit: 100 }]));
    const listed = page.list.jobs.map(({ jobId, status, generation }) => `${jobId} ${status} ${generation}`).sort();
    const expected = jobIds
      .map((jobId) => this.#ledger.job(jobId))
      .filter((job) => job !== null)
      .map(({ jobId, status, generation }) => `${jobId} ${status} ${generation}`)
      .sort();
    if (listed.join() !== expected.join()) this.#ledger.violation(`the index lists [${listed}] and should list [${expected}]`);
  }
}

const copySchema = z
  .union([z.string(), z.instanceof(Uint8Array)])
  .transform((value) => JSON.parse(typeof value === 'string' ? value : new TextDecoder().decode(value)))
  .pipe(z.object({ status: z.string(), generation: z.number() }));

const loggedSchema = z.looseObject({ message: z.string(), conversationId: z.string().optional() });

const pageSchema = z.object({
  list: z.object({ jobs: z.array(z.object({ jobId: z.string(), status: z.string(), generation: z.number() })) }),
});
