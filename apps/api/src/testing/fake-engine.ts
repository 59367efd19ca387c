/**
 * The other side of the api's bindings, in memory: Jobs, the index, webhook settings, dead letters, the
 * consumer, the queue and KV.
 * It keeps the contract of `rpc.ts` and nothing more; tests break it on purpose through `faults`.
 */
import type {
  Amendment,
  ApiKeyRecord,
  ChangesAnswer,
  ConsumerRpc,
  CreateJob,
  Delivery,
  EngineFigures,
  Health,
  JobEvent,
  JobIndexRpc,
  JobMessage,
  JobRpc,
  JobStatus,
  JobSummary,
  ListAnswer,
  ListQuery,
  OpenhandsHealth,
  Ping,
  PingRequest,
  StoredSubmission,
  TenantStanding,
  TenantWebhooksRpc,
  Webhook,
  WebhookSecretDescription,
} from '@mcpoverflow/types';
import { apiKeyName, apiKeyText, hashApiSecret, jobError } from '@mcpoverflow/types';
import { vi } from 'vitest';
import { createApp } from '../app.ts';
import type { Env, ObjectNamespace, RateLimiter } from '../env.ts';
import { gzipText } from '../gzip.ts';
import { routes } from '../routes.ts';
import { FakeDeadLetters } from './fake-dead-letters.ts';

const AT = '2026-11-22T12:00:00.000Z';

interface StoredJob {
  readonly request: CreateJob;
  summary: JobSummary;
  result: Uint8Array | undefined;
  events: JobEvent[];
  publication: { generation: number; token: string } | undefined;
  waiters: (() => void)[];
  deliveries: Delivery[];
  amendments: Amendment[];
  former: StoredSubmission['former'];
  /** Set: it was changed by so many replays that the Job takes no more. */
  amendedTooOften: boolean;
}

interface StoredWebhooks {
  keys: WebhookSecretDescription['keys'];
  shown: boolean;
  fallback: Webhook | null;
}

const wellStanding: TenantStanding = { revokedKeys: [], jobsInFlight: 0, costUsdToday: 0 };

const terminal: readonly JobStatus[] = ['completed', 'failed', 'cancelled'];

function summaryOf(request: CreateJob): JobSummary {
  const self = `/api/jobs/${request.jobId}`;
  const cached = request.cachedResult !== undefined;
  return {
    jobId: request.jobId,
    type: request.type,
    status: cached ? 'completed' : 'pending',
    stage: cached ? 'done' : 'queued',
    progress: cached ? 100 : 0,
    cached,
    generation: 1,
    createdAt: AT,
    updatedAt: AT,
    metadata: request.options.metadata ?? {},
    links: { self, events: `${self}/events` },
  };
}

/** What a test can do to the engine, and see of it. */
export class FakeEngine {
  readonly jobs = new Map<string, StoredJob>();
  readonly sent: JobMessage[] = [];
  readonly kv = new Map<string, { value: ArrayBuffer; metadata: unknown }>();
  readonly queries: { tenant: string; query: ListQuery }[] = [];
  /** What tenants configured, by tenant. */
  readonly webhooks = new Map<string, StoredWebhooks>();
  readonly deadLetters = new FakeDeadLetters();
  readonly pings: PingRequest[] = [];
  /** What calls left to be done after their answer. */
  readonly background: Promise<unknown>[] = [];
  /** Conversations that were said to have ended. */
  readonly woken: string[] = [];
  /** The keys in KV that were asked for. */
  readonly kvReads: string[] = [];
  /** How often the objects behind `TENANT_WEBHOOKS` were asked for what. */
  readonly webhookCalls: (keyof TenantWebhooksRpc)[] = [];
  /** How tenants stand; one of whom nothing is said stands well. */
  readonly standings = new Map<string, TenantStanding>();
  /** Whose standing was asked for. */
  readonly standingsRead: string[] = [];
  /** The calls that were counted: limiter and whom it counts. */
  readonly counted: string[] = [];
  /** Of those, who has called too often. */
  readonly tooOften = new Set<string>();
  /** What comes of the next pings. */
  ping: Ping = { delivered: true, webhookId: 'ping_1', attempt: { number: 1, at: AT, durationMs: 12, status: 204 } };
  engineCalls = 0;
  engine: { engine: 'openhands' | 'embedded'; version: string | null } = { engine: 'embedded', version: '1' };
  /** Set: the consumer cannot read its variables. */
  misconfigured: OpenhandsHealth | undefined;
  health: Health['openhands'] = { healthy: true, version: '1.0.0', latency: 3 };
  /** What the consumer answers to whoever asks for figures, and whose they asked for. */
  figures: EngineFigures = {
    openhands: { healthy: true, version: '1.0.0', latency: 3, engine: 'embedded' },
    pools: { openhands: null, embedded: null },
    deadLetters: null,
  };
  readonly figuresAskedFor: (string | null)[] = [];
  page: ListAnswer = { kind: 'page', list: { jobs: [] } };
  /** Thrown by the named part for as long as it is set. */
  readonly faults: {
    job?: Error;
    webhooks?: Error;
    /** Thrown after the object has done what it was asked for. */
    webhooksAnswer?: Error;
    changes?: Error;
    deadLetters?: Error;
    queue?: Error;
    kv?: Error;
    kvWrites?: Error;
    consumer?: Error;
    metrics?: Error;
    standing?: Error;
    limiter?: Error;
    queueHangs?: boolean;
    consumerHangs?: boolean;
  } = {};

  env: Env = {
    ENVIRONMENT: 'local',
    AUTH: 'none',
    AI_JOBS: {
      getWithMetadata: async (key) => {
        this.kvReads.push(key);
        if (this.faults.kv !== undefined) throw this.faults.kv;
        return this.kv.get(key) ?? { value: null, metadata: null };
      },
      put: async (key, value) => {
        if (this.faults.kvWrites !== undefined) throw this.faults.kvWrites;
        this.kv.set(key, { value: await new Blob([value]).arrayBuffer(), metadata: null });
      },
    },
    JOBS_QUEUE: {
      send: async (message) => this.#enqueue([message]),
      sendBatch: async (messages) => this.#enqueue([...messages].map(({ body }) => body)),
      metrics: async () => {
        if (this.faults.metrics !== undefined) throw this.faults.metrics;
        return { backlogCount: 7, oldestMessageTimestamp: new Date(AT) };
      },
    },
    JOB: namespaceOf((name) => this.#job(name)),
    JOB_INDEX: namespaceOf((name) => this.#index(name)),
    TENANT_WEBHOOKS: namespaceOf((name) => this.#tenantWebhooks(name)),
    DEAD_LETTERS: namespaceOf((name) => {
      if (name !== 'all') throw new Error(`there is no DeadLetters object ${name}`);
      if (this.faults.deadLetters !== undefined) throw this.faults.deadLetters;
      return this.deadLetters;
    }),
    CONSUMER: this.#consumer(),
    RATE_LIMIT_IP: this.#limiter('ip'),
    RATE_LIMIT_STANDARD: this.#limiter('standard'),
    RATE_LIMIT_HIGH: this.#limiter('high'),
  };

  readonly #vars: Partial<Env>;

  /** `vars` replaces some of the Worker's vars. */
  constructor(vars: Partial<Env> = {}) {
    this.#vars = vars;
    // A line for every submission says nothing to whoever reads the tests' output.
    vi.spyOn(console, 'info').mockImplementation(() => undefined);
  }

  /** Calls the real application over this engine. */
  async request(path: string, init?: RequestInit, env: Partial<Env> = {}): Promise<Response> {
    const context = { waitUntil: (work: Promise<unknown>) => void this.background.push(work), passThroughOnException: () => {}, props: {} };
    return createApp(routes).request(path, init, { ...this.env, ...this.#vars, ...env }, context);
  }

  /** POSTs a JSON body. */
  async post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return this.request(path, { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', ...headers } });
  }

  /** Makes an API key and answers it as its owner writes it; `record` replaces parts of what is kept of it. */
  async addKey(id: string, record: Partial<ApiKeyRecord>): Promise<string> {
    const secret = `${id}0123456789abcdefghijklmnopqrstuvwxyzABCDEFG`;
    const whole = { v: 1, hash: await hashApiSecret(secret), tenant: 'acme', scopes: ['submit', 'read'], createdAt: AT, ...record };
    this.kv.set(apiKeyName(id), { value: await new Blob([JSON.stringify(whole)]).arrayBuffer(), metadata: null });
    return apiKeyText({ id, secret });
  }

  /** The only job there is. */
  get onlyJob(): StoredJob {
    const [job, ...others] = this.jobs.values();
    if (job === undefined || others.length > 0) throw new Error(`expected one job, there are ${this.jobs.size}`);
    return job;
  }

  /** Moves a job on and wakes whoever waits for it. */
  async change(jobId: string, change: Partial<JobSummary>, type: JobEvent['type'], result?: unknown): Promise<void> {
    const job = this.jobs.get(jobId);
    if (job === undefined) throw new Error(`no job ${jobId}`);
    if (result !== undefined) job.result = await gzipText(JSON.stringify(result));
    job.summary = { ...job.summary, ...change };
    this.#record(job, type);
    for (const wake of job.waiters.splice(0)) wake();
  }

  /** The job tells what happens right now, which is no event. */
  say(jobId: string, message: string, activity?: JobSummary['activity']): void {
    const job = this.jobs.get(jobId);
    if (job === undefined) throw new Error(`no job ${jobId}`);
    job.summary = { ...job.summary, message, ...(activity === undefined ? {} : { activity }) };
    for (const wake of job.waiters.splice(0)) wake();
  }

  async complete(jobId: string, result: unknown): Promise<void> {
    await this.change(jobId, { status: 'completed', stage: 'done', progress: 100 }, 'job.completed', result);
  }

  async fail(jobId: string): Promise<void> {
    const error = jobError('needs-openhands', 'Set OPENHANDS_API_URL.');
    await this.change(jobId, { status: 'failed', stage: 'done', error }, 'job.failed');
  }

  /** Resolves when somebody waits for a change of this job. */
  async someoneWaits(jobId: string): Promise<void> {
    while ((this.jobs.get(jobId)?.waiters.length ?? 0) === 0) await new Promise((resolve) => setImmediate(resolve));
  }

  #record(job: StoredJob, type: JobEvent['type']): void {
    const { generation, status, stage, progress, message } = job.summary;
    const said = message === undefined ? {} : { message };
    job.events.push({ id: job.events.length + 1, type, at: AT, generation, status, stage, progress, ...said });
  }

  async #enqueue(messages: readonly JobMessage[]): Promise<void> {
    if (this.faults.queueHangs) return new Promise(() => undefined);
    if (this.faults.queue !== undefined) throw this.faults.queue;
    this.sent.push(...messages);
  }

  #limiter(name: string): RateLimiter {
    return {
      limit: async ({ key }) => {
        if (this.faults.limiter !== undefined) throw this.faults.limiter;
        this.counted.push(`${name} ${key}`);
        return { success: !this.tooOften.has(`${name} ${key}`) };
      },
    };
  }

  #consumer(): ConsumerRpc {
    return {
      openhandsHealth: async () => {
        if (this.faults.consumer !== undefined) throw this.faults.consumer;
        return this.misconfigured ?? { kind: 'probed', openhands: this.health };
      },
      engineFor: async () => {
        this.engineCalls += 1;
        if (this.faults.consumerHangs) return new Promise(() => undefined);
        if (this.faults.consumer !== undefined) throw this.faults.consumer;
        return this.engine;
      },
      wakeAgentPool: async (conversationId) => {
        if (this.faults.consumerHangs) return new Promise(() => undefined);
        if (this.faults.consumer !== undefined) throw this.faults.consumer;
        this.woken.push(conversationId);
      },
      figures: async (tenant) => {
        if (this.faults.consumerHangs) return new Promise(() => undefined);
        if (this.faults.consumer !== undefined) throw this.faults.consumer;
        this.figuresAskedFor.push(tenant);
        return this.figures;
      },
      pingWebhook: async (request) => {
        if (this.faults.consumerHangs) return new Promise(() => undefined);
        if (this.faults.consumer !== undefined) throw this.faults.consumer;
        this.pings.push(request);
        return this.ping;
      },
    };
  }

  #tenantWebhooks(tenant: string): TenantWebhooksRpc {
    const own = this.webhooks.get(tenant) ?? { keys: [], shown: false, fallback: null };
    this.webhooks.set(tenant, own);
    const called = async <Answer>(name: keyof TenantWebhooksRpc, act: () => Answer): Promise<Answer> => {
      this.webhookCalls.push(name);
      if (this.faults.webhooks !== undefined) throw this.faults.webhooks;
      const answer = act();
      if (this.faults.webhooksAnswer !== undefined) throw this.faults.webhooksAnswer;
      return answer;
    };
    const newKey = (): string => {
      const id = `key-${own.keys.length + 1}`;
      own.keys = [{ id, createdAt: AT, shownAt: AT }, ...own.keys];
      own.shown = true;
      return `whsec_${id}`;
    };
    return {
      describeSecret: () => called('describeSecret', () => ({ keys: own.keys })),
      createSecret: () =>
        called('createSecret', () => {
          if (own.shown) return { kind: 'exists' };
          const secret = newKey();
          return { kind: 'created', secret: { secret, keys: own.keys } };
        }),
      rotateSecret: (overlapMs) =>
        called('rotateSecret', () => {
          const expiresAt = new Date(Date.parse(AT) + overlapMs).toISOString();
          own.keys = own.keys.map((key) => ({ ...key, expiresAt }));
          const secret = newKey();
          return { secret, keys: own.keys };
        }),
      defaultWebhook: () => called('defaultWebhook', () => own.fallback),
      setDefaultWebhook: (webhook) =>
        called('setDefaultWebhook', () => {
          own.fallback = webhook;
        }),
    };
  }

  #index(tenant: string): JobIndexRpc {
    return {
      list: async (query) => {
        if (this.faults.job !== undefined) throw this.faults.job;
        this.queries.push({ tenant, query });
        return this.page;
      },
      standing: async () => {
        this.standingsRead.push(tenant);
        if (this.faults.standing !== undefined) throw this.faults.standing;
        return this.standings.get(tenant) ?? wellStanding;
      },
      revokeKey: async (keyId) => {
        if (this.faults.standing !== undefined) throw this.faults.standing;
        const { revokedKeys, ...others } = this.standings.get(tenant) ?? wellStanding;
        this.standings.set(tenant, { ...others, revokedKeys: [...revokedKeys, keyId] });
      },
    };
  }

  #job(jobId: string): JobRpc {
    const own = (tenant: string): StoredJob | undefined => {
      if (this.faults.job !== undefined) throw this.faults.job;
      const job = this.jobs.get(jobId);
      return job?.request.tenant === tenant ? job : undefined;
    };
    return {
      create: async (request) => {
        const known = own(request.tenant);
        if (known !== undefined) {
          if (known.request.bodyFingerprint !== request.bodyFingerprint) return { kind: 'mismatch' };
          return { kind: 'existing', job: known.summary, turn: 1 };
        }
        const result = request.cachedResult?.gzip;
        const job: StoredJob = {
          request,
          summary: summaryOf(request),
          result,
          events: [],
          publication: undefined,
          waiters: [],
          deliveries: [],
          amendments: [],
          former: [],
          amendedTooOften: false,
        };
        this.jobs.set(jobId, job);
        this.#record(job, 'job.submitted');
        return { kind: 'created', job: job.summary, turn: 1 };
      },
      read: async (tenant) => {
        const job = own(tenant);
        if (job === undefined) return { kind: 'not-found' };
        const { publication, summary } = job;
        return { kind: 'found', job: summary, hasResult: job.result !== undefined, ...(publication === undefined ? {} : { publication }) };
      },
      result: async (tenant) => {
        const job = own(tenant);
        if (job === undefined) return { kind: 'not-found' };
        return job.result === undefined ? { kind: 'no-result' } : { kind: 'found', gzip: job.result };
      },
      changes: async (tenant, afterEventId, waitMs, seenMessage): Promise<ChangesAnswer> => {
        if (this.faults.changes !== undefined) throw this.faults.changes;
        const job = own(tenant);
        if (job === undefined) return { kind: 'not-found' };
        const news = () => job.events.filter((event) => event.id > afterEventId);
        const isNews = () => news().length > 0 || (seenMessage !== undefined && job.summary.message !== seenMessage);
        if (!isNews() && waitMs > 0) {
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, waitMs);
            const wake = () => {
              if (!isNews()) {
                job.waiters.push(wake);
                return;
              }
              clearTimeout(timer);
              resolve();
            };
            job.waiters.push(wake);
          });
        }
        return { kind: 'found', job: job.summary, events: news() };
      },
      cancel: async (tenant) => {
        const job = own(tenant);
        if (job === undefined) return { kind: 'not-found' };
        if (terminal.includes(job.summary.status)) return { kind: 'refused', job: job.summary };
        await this.change(jobId, { status: 'cancelled', stage: 'done' }, 'job.cancelled');
        return { kind: 'done', job: job.summary };
      },
      retry: async (tenant) => {
        const job = own(tenant);
        if (job === undefined) return { kind: 'not-found' };
        if (job.summary.status !== 'failed') return { kind: 'refused', job: job.summary };
        await this.change(jobId, { status: 'pending', stage: 'queued', generation: job.summary.generation + 1 }, 'job.retried');
        return { kind: 'done', job: job.summary };
      },
      remove: async (tenant) => {
        if (own(tenant) === undefined) return { kind: 'not-found' };
        this.jobs.delete(jobId);
        return { kind: 'done' };
      },
      deliveries: async (tenant) => {
        const job = own(tenant);
        return job === undefined ? { kind: 'not-found' } : { kind: 'found', deliveries: job.deliveries };
      },
      redeliver: async (tenant, deliveryId) => {
        const job = own(tenant);
        if (job === undefined) return { kind: 'not-found' };
        const known = job.deliveries.find((delivery) => delivery.deliveryId === deliveryId);
        if (known === undefined) return { kind: 'unknown-delivery' };
        const delivery: Delivery = { ...known, status: 'pending' };
        job.deliveries = job.deliveries.map((other) => (other === known ? delivery : other));
        return { kind: 'done', delivery };
      },
      submission: async (tenant) => {
        const job = own(tenant);
        if (job === undefined) return { kind: 'not-found' };
        const { type, parameters, options, files } = job.request;
        return { kind: 'found', submission: { type, generation: job.summary.generation, parameters, options, files, former: job.former } };
      },
      amend: async (tenant, amendment) => {
        const job = own(tenant);
        if (job === undefined) return { kind: 'not-found' };
        const { status, generation } = job.summary;
        if (status !== 'failed' || generation !== amendment.generation || job.amendedTooOften) return { kind: 'refused', job: job.summary };
        const same = job.amendments.find(({ replayId }) => replayId === amendment.replayId);
        if (same !== undefined && same.requestFingerprint !== amendment.requestFingerprint) return { kind: 'mismatch' };
        job.amendments = [...job.amendments.filter(({ replayId }) => replayId !== amendment.replayId), amendment];
        return { kind: 'amended' };
      },
    };
  }
}

function namespaceOf<Rpc>(open: (name: string) => Rpc): ObjectNamespace<Rpc> {
  return {
    idFromName: (name) => ({ name, toString: () => name, equals: (other) => other.toString() === name }),
    get: (id) => open(id.toString()),
  };
}
