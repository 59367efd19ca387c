/**
 * A stand-in of Cloudflare's API, as far as wrangler and deploy-cloudflare.sh use it: it keeps what it is told, records
 * every call, and fails those it is asked to, before or after they took effect. Below /engine it also answers for the
 * deployed Workers, from their bindings alone: what was bound wrongly does not work here either.
 *
 * A call that nobody here knows is answered 404 and recorded, so that a new wrangler which asks for more is noticed.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { apiKeyRecordSchema, isApiKeyLive, parseApiKey } from '@mcpoverflow/types';
import * as z from 'zod';

export const ACCOUNT = 'acc0000000000000000000000000000a';
export const TOKEN = 'cf-token-that-nobody-may-see';
const WORKERS_DEV = 'acme';
const MAX_KEYS_PER_CALL = 1000;

const metadataSchema = z.object({
  bindings: z.array(z.looseObject({ name: z.string(), type: z.string() })).default([]),
  annotations: z.record(z.string(), z.string()).optional(),
  keep_bindings: z.array(z.string()).optional(),
});
type Binding = z.infer<typeof metadataSchema>['bindings'][number];

interface Version {
  readonly id: string;
  readonly createdOn: string;
  readonly tag: string | undefined;
  readonly bindings: readonly Binding[];
}
interface Script {
  versions: Version[];
  /** Version ids, newest first. */
  deployments: { readonly createdOn: string; readonly versionId: string; readonly beside?: string }[];
  workersDev: boolean;
}
const consumerSchema = z.looseObject({
  type: z.string(),
  script_name: z.string(),
  dead_letter_queue: z.string().optional(),
  settings: z.record(z.string(), z.unknown()).default({}),
});
interface Queue {
  readonly id: string;
  readonly name: string;
  retention: number;
  paused?: boolean;
  delay?: number;
  consumers: (z.infer<typeof consumerSchema> & { readonly consumer_id: string })[];
}

export interface State {
  queues: Queue[];
  namespaces: { readonly id: string; readonly title: string; readonly values: Map<string, string> }[];
  scripts: Map<string, Script>;
  domains: { readonly id: string; readonly hostname: string; service: string }[];
  jobs: Map<string, { readonly worker: string }>;
}

/** A call as tests read it: ids of this run are replaced by what they stand for. */
export interface Call {
  readonly method: string;
  readonly path: string;
}

/** How a call goes wrong: answered without being done, or done without a word. */
export type FaultKind = 'error' | 'busy' | 'html' | 'cut' | 'cut-after' | 'error-after';
export interface Fault {
  readonly call: string;
  readonly kind: FaultKind;
}

export interface StandIn {
  /** For CLOUDFLARE_API_BASE_URL. */
  readonly apiUrl: string;
  /** For --url: the Worker as callers reach it. */
  engineUrl(worker: string): string;
  state: State;
  /** In their order; as `METHOD path`. */
  readonly calls: string[];
  readonly unknownCalls: string[];
  /** Every call like it fails that way. */
  fault: Fault | undefined;
  /** Every call like it is answered after that. */
  during: { readonly call: string; happens(): Promise<void> } | undefined;
  /** The plan keeps messages for a day. */
  freePlan: boolean;
  /** What the engine says of OpenHands. */
  openhands: { healthy: boolean; message?: string };
  /** Everything that was ever sent to it as a secret. */
  readonly secretsReceived: Map<string, string>;
  stop(): Promise<void>;
}

export const emptyState = (): State => ({ queues: [], namespaces: [], scripts: new Map(), domains: [], jobs: new Map() });

/** Calls that change something. */
export const mutations = (calls: readonly string[]): readonly string[] =>
  calls.filter((call) => !call.startsWith('GET ') && !call.endsWith('/bulk/get'));

interface Answer {
  readonly status: number;
  readonly body: unknown;
}
const done = (result: unknown, page?: Readonly<Record<string, unknown>>): Answer => ({
  status: 200,
  body: {
    success: true,
    errors: [],
    messages: [],
    result,
    ...(page === undefined ? {} : { result_info: page }),
  },
});
const onlyPage = { page: 1, total_pages: 1 };
const refused = (status: number, code: number, message: string): Answer => ({
  status,
  body: { success: false, errors: [{ code, message }], messages: [], result: null },
});
const noWorker = (): Answer => refused(404, 10007, 'This Worker does not exist on your account.');

/** Starts it on a free port of the loopback interface. */
export async function startStandIn(): Promise<StandIn> {
  const server = createServer((request, response) => {
    void serve(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const standIn: StandIn = {
    apiUrl: `http://127.0.0.1:${port}/client/v4`,
    engineUrl: (worker) => `http://127.0.0.1:${port}/engine/${worker}`,
    state: emptyState(),
    calls: [],
    unknownCalls: [],
    fault: undefined,
    during: undefined,
    freePlan: false,
    openhands: { healthy: true },
    secretsReceived: new Map(),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return standIn;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const method = request.method ?? 'GET';
    const engine = /^\/engine\/([^/]+)(\/.*)$/.exec(url.pathname);
    const call =
      engine === null
        ? `${method} ${readable(url.pathname)}`
        : `${method} engine ${(engine[2] ?? '').replace(/\/jobs\/.+/, '/jobs/{job}')}`;
    standIn.calls.push(call);
    if (standIn.during?.call === call) await standIn.during.happens();
    const fault = standIn.fault?.call === call ? standIn.fault.kind : undefined;
    if (fault === 'cut') return cut(request);
    if (fault === 'error') return send(response, refused(500, 10000, 'Something went wrong on our side.'));
    if (fault === 'busy') return send(response, refused(429, 10429, 'Too many requests.'), { 'Retry-After': '0' });
    if (fault === 'html') return send(response, { status: 502, body: '<html><title>Bad gateway</title></html>' });
    const answer =
      engine === null ? await answerApi(method, url, request, body) : answerEngine(engine[1] ?? '', method, engine[2] ?? '', request, body);
    if (fault === 'cut-after') return cut(request);
    if (fault === 'error-after') return send(response, refused(500, 10000, 'Something went wrong on our side.'));
    send(response, answer);
  }

  function readable(pathname: string): string {
    const { queues, namespaces } = standIn.state;
    let path = pathname.replace('/client/v4', '').replace(`/accounts/${ACCOUNT}`, '');
    for (const { id, name } of queues) path = path.replace(id, name);
    for (const { id, title } of namespaces) path = path.replace(id, title);
    return path
      .replace(/consumers\/.+/, 'consumers/{consumer}')
      .replace(/versions\/.+/, 'versions/{version}')
      .replace(/values\/deployment(:|%3A).+/, 'values/deployment:{run}')
      .replace(/values\/key(:|%3A)canary\w+/, 'values/key:{canary}')
      .replace(/values\/key(:|%3A)\w+/, 'values/key:{id}');
  }

  async function answerApi(method: string, url: URL, request: IncomingMessage, body: Buffer): Promise<Answer> {
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return refused(403, 10000, 'Authentication error');
    const path = url.pathname.replace('/client/v4', '');
    // What wrangler asks after a call that failed.
    if (method === 'GET' && path === '/user/tokens/verify') return done({ id: 'token', status: 'active' });
    if (method === 'GET' && path === '/accounts') return done([{ id: ACCOUNT, name: 'Acme' }], onlyPage);
    const inAccount = path.startsWith(`/accounts/${ACCOUNT}/`) ? path.slice(`/accounts/${ACCOUNT}/`.length) : undefined;
    const answer =
      inAccount === undefined ? undefined : await answerAccount(method, inAccount.split('/').map(decodeURIComponent), url, request, body);
    if (answer !== undefined) return answer;
    standIn.unknownCalls.push(`${method} ${url.pathname}${url.search}`);
    return refused(404, 7003, 'No route for that URI');
  }

  async function answerAccount(
    method: string,
    parts: string[],
    url: URL,
    request: IncomingMessage,
    body: Buffer,
  ): Promise<Answer | undefined> {
    const [area, ...rest] = parts;
    if (area === 'queues') return answerQueues(method, rest, url, body);
    if (area === 'storage' && rest[0] === 'kv' && rest[1] === 'namespaces') return answerNamespaces(method, rest.slice(2), url, body);
    if (area !== 'workers') return undefined;
    const [kind, name, ...below] = rest;
    if (kind === 'subdomain' && method === 'GET') return done({ subdomain: WORKERS_DEV });
    if (kind === 'domains' && method === 'GET') return done(standIn.state.domains, onlyPage);
    if (name === undefined) return undefined;
    if (kind === 'services' && method === 'GET') {
      const script = standIn.state.scripts.get(name);
      if (script === undefined) return refused(404, 10090, 'This Worker does not exist on your account.');
      return done({ default_environment: { environment: 'production', script: { tag: name, tags: [], last_deployed_from: 'wrangler' } } });
    }
    if (kind === 'workers' && method === 'GET') {
      const script = standIn.state.scripts.get(name);
      return script === undefined ? noWorker() : done({ name, subdomain: { enabled: script.workersDev, previews_enabled: false } });
    }
    return kind === 'scripts' ? answerScript(method, name, below.join('/'), url, request, body) : undefined;
  }

  function answerQueues(method: string, [id, kind, consumerId]: string[], url: URL, body: Buffer): Answer | undefined {
    const { queues } = standIn.state;
    if (id === undefined) {
      if (method === 'GET') {
        const name = url.searchParams.get('name');
        return done(queues.filter((queue) => name === null || queue.name === name).map(shownQueue), onlyPage);
      }
      const wanted = z
        .object({ queue_name: z.string(), settings: z.object({ message_retention_period: z.number() }) })
        .parse(JSON.parse(body.toString()));
      if (queues.some(({ name }) => name === wanted.queue_name)) return refused(409, 11009, 'Queue name is already taken.');
      const retention = wanted.settings.message_retention_period;
      if (standIn.freePlan && retention > 86_400) return refused(400, 100129, 'Message retention period exceeds the limit of your plan.');
      const queue: Queue = { id: randomBytes(16).toString('hex'), name: wanted.queue_name, retention, consumers: [] };
      queues.push(queue);
      return done(shownQueue(queue));
    }
    const queue = queues.find((each) => each.id === id);
    if (queue === undefined) return refused(404, 11000, 'Queue not found.');
    if (kind === undefined && method === 'DELETE') {
      queues.splice(queues.indexOf(queue), 1);
      return done(null);
    }
    if (kind !== 'consumers') return undefined;
    if (method === 'DELETE') {
      queue.consumers = queue.consumers.filter((consumer) => consumer.consumer_id !== consumerId);
      return done(null);
    }
    const consumer = consumerSchema.parse(JSON.parse(body.toString()));
    if (method === 'POST' && queue.consumers.length > 0) return refused(409, 11004, 'Queue already has a consumer.');
    queue.consumers = [
      ...queue.consumers.filter((each) => each.consumer_id !== consumerId),
      { ...consumer, consumer_id: consumerId ?? randomUUID() },
    ];
    return done(queue.consumers.at(-1));
  }

  function answerNamespaces(method: string, [id, kind, ...rest]: string[], url: URL, body: Buffer): Answer | undefined {
    const { namespaces } = standIn.state;
    if (id === undefined) {
      if (method === 'GET')
        return done(
          namespaces.map((each) => ({ id: each.id, title: each.title })),
          onlyPage,
        );
      const { title } = z.object({ title: z.string() }).parse(JSON.parse(body.toString()));
      if (namespaces.some((each) => each.title === title))
        return refused(400, 10014, 'A namespace with this account ID and title already exists.');
      namespaces.push({ id: randomBytes(16).toString('hex'), title, values: new Map() });
      return done({ id: namespaces.at(-1)?.id, title });
    }
    const namespace = namespaces.find((each) => each.id === id);
    if (namespace === undefined) return refused(404, 10013, 'Namespace not found.');
    if (kind === undefined && method === 'DELETE') {
      namespaces.splice(namespaces.indexOf(namespace), 1);
      return done(null);
    }
    if (kind === 'keys' && method === 'GET') {
      const prefix = url.searchParams.get('prefix') ?? '';
      const names = [...namespace.values.keys()].filter((name) => name.startsWith(prefix)).sort();
      const limit = Math.min(Number(url.searchParams.get('limit') ?? MAX_KEYS_PER_CALL), MAX_KEYS_PER_CALL);
      const start = Number(url.searchParams.get('cursor') ?? 0);
      const page = names.slice(start, start + limit).map((name) => ({ name }));
      const cursor = start + limit < names.length ? String(start + limit) : '';
      return done(page, { count: page.length, cursor });
    }
    if (kind === 'bulk' && method === 'POST') {
      const { keys } = z.object({ keys: z.array(z.string()).max(100) }).parse(JSON.parse(body.toString()));
      return done({ values: Object.fromEntries(keys.map((key) => [key, namespace.values.get(key) ?? null])) });
    }
    const name = rest.join('/');
    if (kind !== 'values') return undefined;
    if (method === 'PUT') namespace.values.set(name, body.toString());
    else namespace.values.delete(name);
    return done(null);
  }

  async function answerScript(
    method: string,
    name: string,
    below: string,
    url: URL,
    request: IncomingMessage,
    body: Buffer,
  ): Promise<Answer | undefined> {
    const { scripts } = standIn.state;
    if (method === 'PUT' && below === '') {
      const id = await upload(name, request, body);
      scripts.get(name)?.deployments.unshift({ createdOn: new Date().toISOString(), versionId: id });
      return done({ id: name, etag: id, deployment_id: id.replaceAll('-', ''), startup_time_ms: 5 });
    }
    const script = scripts.get(name);
    if (script === undefined) return method === 'DELETE' || method === 'GET' ? noWorker() : undefined;
    const bindings = currentOf(script)?.bindings ?? [];
    const versionId = method === 'GET' ? /^versions\/(.+)$/.exec(below)?.[1] : undefined;
    if (versionId !== undefined) {
      const version = script.versions.find(({ id }) => id === versionId);
      return version === undefined
        ? refused(404, 10056, 'Version not found.')
        : done({ id: version.id, resources: { bindings: shownBindings(version.bindings) } });
    }
    const secretName = method === 'DELETE' ? /^secrets\/(.+)$/.exec(below)?.[1] : undefined;
    if (secretName !== undefined) {
      deployWith(
        script,
        bindings.filter((each) => each.name !== secretName),
      );
      return done(null);
    }
    switch (`${method} ${below}`) {
      case 'DELETE ':
        scripts.delete(name);
        standIn.state.domains = standIn.state.domains.filter(({ service }) => service !== name);
        return done(null);
      case 'GET settings':
        // Of the version uploaded last, whether it is deployed or not.
        return done({ bindings: shownBindings(script.versions[0]?.bindings ?? []) });
      case 'POST versions': {
        const id = await upload(name, request, body);
        return done({ id, startup_time_ms: 5, resources: { script: { etag: id } }, metadata: { has_preview: false } });
      }
      case 'GET secrets':
        return done(bindings.filter(({ type }) => type === 'secret_text').map((binding) => ({ name: binding.name, type: binding.type })));
      case 'PUT secrets': {
        if (script.versions[0]?.id !== script.deployments[0]?.versionId)
          return refused(400, 10215, 'The latest version of the Worker is not deployed.');
        const secret = z.object({ name: z.string(), text: z.string() }).parse(JSON.parse(body.toString()));
        standIn.secretsReceived.set(`${name} ${secret.name}`, secret.text);
        const others = bindings.filter((each) => each.name !== secret.name || each.type !== 'secret_text');
        if (others.some((each) => each.name === secret.name)) return refused(400, 10053, `Binding name '${secret.name}' already in use.`);
        deployWith(script, [...others, { ...secret, type: 'secret_text' }]);
        return done({ name: secret.name, type: 'secret_text' });
      }
      case 'GET subdomain':
        return done({ enabled: script.workersDev, previews_enabled: false });
      case 'POST subdomain':
        script.workersDev = z.object({ enabled: z.boolean() }).parse(JSON.parse(body.toString())).enabled;
        return done({ enabled: script.workersDev, previews_enabled: false });
      case 'PATCH script-settings':
        return done({});
      case 'GET versions':
        return done({
          items: script.versions.map(({ id, createdOn, tag }) => ({
            id,
            metadata: { created_on: createdOn },
            annotations: { 'workers/tag': tag },
          })),
        });
      case 'GET deployments':
        return done({
          deployments: script.deployments.map(({ createdOn, versionId, beside }) => ({
            id: versionId,
            created_on: createdOn,
            strategy: 'percentage',
            versions:
              beside === undefined
                ? [{ version_id: versionId, percentage: 100 }]
                : [
                    { version_id: beside, percentage: 49 },
                    { version_id: versionId, percentage: 51 },
                  ],
          })),
        });
      case 'POST deployments': {
        const [version] = z.object({ versions: z.array(z.object({ version_id: z.string() })) }).parse(JSON.parse(body.toString())).versions;
        const target = script.versions.find(({ id }) => id === version?.version_id);
        if (version === undefined || target === undefined) return refused(404, 10056, 'Version not found.');
        const changed = bindings.filter(
          ({ type, name: secret, text }) => type === 'secret_text' && target.bindings.find((each) => each.name === secret)?.text !== text,
        );
        const ranBefore = script.deployments.some(({ versionId }) => versionId === target.id);
        if (ranBefore && changed.length > 0 && url.searchParams.get('force') !== 'true')
          return refused(400, 10220, `The following secrets have changed: ${changed.map((secret) => secret.name).join(', ')}`);
        script.deployments.unshift({ createdOn: new Date().toISOString(), versionId: version.version_id });
        return done({ id: randomUUID() });
      }
      case 'POST domains/changeset':
        return done({ added: [], removed: [], updated: [], conflicting: [] });
      case 'PUT domains/records': {
        const { origins } = z.object({ origins: z.array(z.object({ hostname: z.string() })) }).parse(JSON.parse(body.toString()));
        const others = standIn.state.domains.filter(({ hostname }) => !origins.some((origin) => origin.hostname === hostname));
        standIn.state.domains = [...others, ...origins.map(({ hostname }) => ({ id: randomUUID(), hostname, service: name }))];
        return done(standIn.state.domains);
      }
      case 'POST tails':
        return done({ id: 'tail', url: '', expires_at: new Date(Date.now() + 3_600_000).toISOString() });
      default:
        return undefined;
    }
  }

  /** A new version of the same code, deployed, as an edited secret makes it: without the tag of the former. */
  function deployWith(script: Script, bindings: readonly Binding[]): void {
    const id = randomUUID();
    script.versions.unshift({ id, createdOn: new Date().toISOString(), tag: undefined, bindings });
    script.deployments.unshift({ createdOn: new Date().toISOString(), versionId: id });
  }

  /** A new version, that nobody is sent to yet; its id. */
  async function upload(name: string, request: IncomingMessage, body: Buffer): Promise<string> {
    const form = await new Response(new Uint8Array(body), {
      headers: { 'Content-Type': request.headers['content-type'] ?? '' },
    }).formData();
    const metadata = metadataSchema.parse(JSON.parse(String(form.get('metadata'))));
    const script = standIn.state.scripts.get(name) ?? { versions: [], deployments: [], workersDev: false };
    const former = currentOf(script)?.bindings ?? [];
    for (const { type, name: secret, text } of metadata.bindings)
      if (type === 'secret_text') standIn.secretsReceived.set(`${name} ${secret}`, String(text));
    const given = metadata.bindings.filter(({ type }) => type !== 'inherit');
    const kept = former.filter(
      ({ name: each, type }) => metadata.keep_bindings?.includes(type) && !given.some((binding) => binding.name === each),
    );
    const inherited = metadata.bindings.flatMap((binding) =>
      binding.type === 'inherit' ? former.filter((each) => each.name === binding.name) : [],
    );
    const id = randomUUID();
    const bindings = [...given, ...kept, ...inherited.filter(({ name: each }) => !kept.some((binding) => binding.name === each))];
    script.versions.unshift({ id, createdOn: new Date().toISOString(), tag: metadata.annotations?.['workers/tag'], bindings });
    standIn.state.scripts.set(name, script);
    return id;
  }

  function currentOf(script: Script | undefined): Version | undefined {
    return script?.versions.find(({ id }) => id === script.deployments[0]?.versionId);
  }

  function bindingOf(worker: string, name: string): Binding | undefined {
    return currentOf(standIn.state.scripts.get(worker))?.bindings.find((each) => each.name === name);
  }

  /** The engine as the bindings make it: an api whose consumer is not there is unhealthy, a queue without consumer ends no job. */
  function answerEngine(worker: string, method: string, path: string, request: IncomingMessage, body: Buffer): Answer {
    const text = (name: string): string | undefined => {
      const value = bindingOf(worker, name)?.text;
      return value === undefined ? undefined : String(value);
    };
    if (!standIn.state.scripts.has(worker)) return { status: 404, body: 'error code: 1042' };
    const consumer = String(bindingOf(worker, 'CONSUMER')?.service ?? '');
    if (path === '/health') {
      const well = standIn.state.scripts.has(consumer);
      return {
        status: well ? 200 : 503,
        body: {
          status: well ? (standIn.openhands.healthy ? 'healthy' : 'degraded') : 'unhealthy',
          service: 'mcpoverflow-ai-engine',
          environment: text('ENVIRONMENT'),
          openhands: { version: '1.0.0', latency: 3, ...standIn.openhands },
          timestamp: new Date().toISOString(),
          version: text('RELEASE'),
          acceptsJobs: text('ACCEPT_JOBS') !== 'false',
          queues: { jobs: { backlog: 0 } },
        },
      };
    }
    const namespace = standIn.state.namespaces.find(({ id }) => id === bindingOf(worker, 'AI_JOBS')?.namespace_id);
    const key = parseApiKey((request.headers.authorization ?? '').replace('Bearer ', ''));
    const record =
      key === undefined ? undefined : apiKeyRecordSchema.safeParse(JSON.parse(namespace?.values.get(`key:${key.id}`) ?? 'null')).data;
    const known =
      key !== undefined &&
      record !== undefined &&
      record.hash === createHash('sha256').update(key.secret).digest('hex') &&
      isApiKeyLive(record, Date.now());
    if (!known) return problem(401, 'unauthorized', 'The key is not known.');
    if (method === 'POST' && path === '/api/analyze') {
      if (text('ACCEPT_JOBS') === 'false') return problem(503, 'draining', 'The engine takes no jobs right now.');
      JSON.parse(body.toString());
      const jobId = randomUUID().replace(/^(.{14})./, '$18');
      standIn.state.jobs.set(jobId, { worker });
      return { status: 202, body: { jobId, status: 'pending', message: 'API analysis started', estimatedMs: 1000, links: {} } };
    }
    const jobId = path.split('/').at(-1) ?? '';
    if (!standIn.state.jobs.has(jobId)) return problem(404, 'job-not-found', 'There is no such job.');
    if (method === 'DELETE') {
      standIn.state.jobs.delete(jobId);
      return { status: 204, body: undefined };
    }
    const queue = standIn.state.queues.find(({ name }) => name === bindingOf(worker, 'JOBS_QUEUE')?.queue_name);
    const consumed = queue?.consumers.some(({ script_name }) => script_name === consumer) === true;
    return { status: 200, body: jobOf(jobId, consumed) };
  }
}

function jobOf(jobId: string, completed: boolean): unknown {
  const now = new Date().toISOString();
  return {
    jobId,
    type: 'analyze',
    status: completed ? 'completed' : 'pending',
    stage: completed ? 'done' : 'queued',
    progress: completed ? 100 : 0,
    engine: 'embedded',
    cached: false,
    generation: 1,
    createdAt: now,
    updatedAt: now,
    ...(completed ? { completedAt: now, result: {} } : {}),
    metadata: {},
    links: { self: `/api/jobs/${jobId}`, events: `/api/jobs/${jobId}/events`, cancel: `/api/jobs/${jobId}/cancel` },
  };
}

const problem = (status: number, code: string, detail: string): Answer => ({
  status,
  body: { type: 'about:blank', title: 'Refused', status, detail, code, error: detail },
});

/** Without the values of secrets. */
const shownBindings = (bindings: readonly Binding[]): readonly unknown[] =>
  bindings.map(({ text, ...binding }) => (binding.type === 'secret_text' || text === undefined ? binding : { ...binding, text }));

function shownQueue({ id, name, retention, paused = false, delay = 0, consumers }: Queue): unknown {
  return {
    queue_id: id,
    queue_name: name,
    settings: { delivery_delay: delay, delivery_paused: paused, message_retention_period: retention },
    consumers: consumers.map(({ script_name, ...consumer }) => ({ ...consumer, script: script_name })),
    producers: [],
  };
}

function send(response: ServerResponse, { status, body }: Answer, headers: Readonly<Record<string, string>> = {}): void {
  const isText = typeof body === 'string';
  response.writeHead(status, { 'Content-Type': isText ? 'text/html' : 'application/json', ...headers });
  response.end(body === undefined ? undefined : isText ? body : JSON.stringify(body));
}

function cut(request: IncomingMessage): void {
  request.socket.destroy();
}
