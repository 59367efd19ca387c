/**
 * A fake OpenHands agent-server for fault tests: the protocol over real HTTP on loopback, with every way
 * to misbehave scripted from the test, and a record of everything it was asked.
 *
 * Runs follow a course that advances with each look and not with time, so tests need no clock; tests wait
 * for what they expect with `until`, which is checked after every call. It is lenient where the real one
 * is strict (it validates little): what it must get right is ids, states, files and error shapes.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import type { RunStatus } from '@mcpoverflow/openhands';
import { type Analysis, type Task, taskSchema } from '@mcpoverflow/types';
import * as z from 'zod';
import {
  type Behaviour,
  type Course,
  errorBody,
  type Matcher,
  matches,
  type Route,
  respond,
  type Subject,
  type Truth,
} from './openhands-behaviours.ts';

export interface FakeConversation {
  readonly id: string;
  readonly workingDirectory: string;
  readonly tags: Readonly<Record<string, string>>;
  /** The whole create body, for tests of what is sent. */
  readonly request: unknown;
  readonly messages: string[];
  status: RunStatus;
  finalResponse: string;
  /** The newest failure of its life: the event stays when the run goes on. */
  error: { readonly id: string; readonly code: string; readonly detail: string } | null;
  costUsd: number;
  /** Calls of the model so far: one for each look that found the run at work. */
  modelCalls: number;
  /** The actions of its script that it has come to, in order. */
  readonly actions: FakeAction[];
  /** Everything that has happened so far, counted: names the last event. */
  happened: number;
}

/** An agent's action as its event tells it: `{ tool: 'terminal', action: { command: 'npm test' } }`. */
export interface FakeAction {
  readonly tool: string;
  readonly action: Readonly<Record<string, unknown>>;
}

export interface RecordedCall {
  readonly route: Route;
  readonly method: string;
  readonly path: string;
  readonly conversationId: string | undefined;
  /** Of a batch look. */
  readonly ids: readonly string[];
}

/** What an agent's work yields: JSON for `result.json`, raw bytes or text for a broken one, undefined for none. */
export type FakeWork = (task: Task, files: ReadonlyMap<string, Uint8Array>, conversation: FakeConversation) => unknown;

export interface Scripted {
  /** Steps, one per look; default one: `finished`. */
  readonly course?: Course;
  /** What a run that ends in `error` says; null for one that says nothing, as after a restart. */
  readonly error?: { readonly code: string; readonly detail: string } | null;
  readonly work?: FakeWork;
  readonly costUsd?: number;
  /** Added with every look that finds the run at work. */
  readonly costUsdPerLook?: number;
  /** One more action a look, for as many as there are. */
  readonly actions?: readonly FakeAction[];
}

export interface OpenHandsServer {
  readonly url: string;
  readonly port: number;
  /** Misbehaves for matching calls, the latest rule first; `times` bounds how often. Answers the rule's end. */
  misbehave(matcher: Matcher, behaviour: Behaviour, times?: number): () => void;
  /** Scripts runs created from now on; the latest matching script counts. */
  script(matcher: Omit<Matcher, 'route' | 'path'>, scripted: Scripted): void;
  /** Forgets a conversation, as a lost sandbox does. */
  forget(conversationId: string): void;
  /** What a kill and a new start leave behind: runs that were at work are in `error` without an event that says why, all others are as they were. */
  restart(): void;
  readonly calls: readonly RecordedCall[];
  /** Every POST that asked for the conversation, by id, answered or not. */
  readonly creates: ReadonlyMap<string, number>;
  /** Ids per batch look, in order. */
  readonly looks: readonly number[];
  readonly conversations: ReadonlyMap<string, FakeConversation>;
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Directories that were removed by command, in order. */
  readonly removedDirectories: readonly string[];
  /** Ids that were created while another create of the same id was still under way: must stay empty. */
  readonly overlappingCreates: readonly string[];
  /** Runs that could still be doing something. */
  liveRuns(): readonly FakeConversation[];
  readonly maxLiveRuns: number;
  /** The most runs that were alive at once with the same value of a tag; 0 for a tag nobody used. */
  maxLiveRunsPerTag(tag: string): number;
  /** Resolves as soon as the condition holds; checked now and after every call and answer. */
  until(condition: () => boolean): Promise<void>;
  /** Drops every connection, hanging ones included. */
  close(): Promise<void>;
}

export interface OpenHandsServerOptions {
  /** 0 or left out: any free port. */
  readonly port?: number;
  readonly sessionApiKey?: string;
  readonly version?: string;
  readonly work?: FakeWork;
  /** Runs at once (`OH_MAX_CONCURRENT_RUNS`); further ones are refused with 429. Left out: any number. */
  readonly maxRuns?: number;
}

interface Rule {
  readonly matcher: Matcher;
  readonly behaviour: Behaviour;
  left: number;
}

interface Run {
  readonly conversation: FakeConversation;
  readonly scripted: Scripted;
  step: number;
  /** Cut off by a restart: its course is over until it gets another message. */
  broken: boolean;
}

type Extent = NonNullable<Behaviour['perform']>;

const MAX_IDS = 99;
const UNSCRIPTED_ERROR = { code: 'RuntimeError', detail: 'The agent failed.' };
const liveStatuses: ReadonlySet<RunStatus> = new Set(['running', 'waiting_for_confirmation']);
const resumableStatuses: ReadonlySet<RunStatus> = new Set(['idle', 'paused', 'error']);

const createSchema = z.looseObject({
  conversation_id: z.uuid(),
  workspace: z.looseObject({ working_dir: z.string() }),
  initial_message: z.looseObject({ content: z.array(z.looseObject({ text: z.string() })) }).optional(),
  tags: z.record(z.string(), z.string()).default({}),
});
const messageSchema = z.looseObject({ content: z.array(z.looseObject({ text: z.string() })), run: z.boolean().default(false) });
const bashSchema = z.looseObject({ command: z.string() });
/** The one command that is understood: a removal, its path in single quotes. */
const REMOVAL = /\brm -rf -- '((?:[^']|'\\'')+)'$/;
const NO_ROOM = { detail: 'Conversation run limit reached. Retry the request later.' };

/** Starts the server on loopback. */
export async function startOpenHandsServer(options: OpenHandsServerOptions = {}): Promise<OpenHandsServer> {
  const rules: Rule[] = [];
  const scripts: { readonly matcher: Omit<Matcher, 'route' | 'path'>; readonly scripted: Scripted }[] = [];
  const runs = new Map<string, Run>();
  const conversations = new Map<string, FakeConversation>();
  const files = new Map<string, Uint8Array>();
  const calls: RecordedCall[] = [];
  const creates = new Map<string, number>();
  const creating = new Set<string>();
  const overlappingCreates: string[] = [];
  const removedDirectories: string[] = [];
  const looks: number[] = [];
  const maxLivePerTag = new Map<string, number>();
  const waiting = new Set<() => void>();
  let maxLiveRuns = 0;

  const liveRuns = (): FakeConversation[] => [...conversations.values()].filter((one) => liveStatuses.has(one.status));

  /** The conversation in whose directory a file lies, once it exists. */
  const ownerOf = (path: string | null): FakeConversation | undefined =>
    path === null ? undefined : [...conversations.values()].find((one) => path.startsWith(`${one.workingDirectory}/`));

  function changed(): void {
    for (const check of [...waiting]) check();
  }

  function recordLiveRuns(): void {
    const live = liveRuns();
    maxLiveRuns = Math.max(maxLiveRuns, live.length);
    // Once over all runs, because this happens at every look and there may be hundreds.
    const now = new Map<string, Map<string, number>>();
    for (const { tags } of live) {
      for (const [tag, value] of Object.entries(tags)) {
        const perValue = now.get(tag) ?? new Map<string, number>();
        now.set(tag, perValue.set(value, (perValue.get(value) ?? 0) + 1));
      }
    }
    for (const [tag, perValue] of now) maxLivePerTag.set(tag, Math.max(maxLivePerTag.get(tag) ?? 0, ...perValue.values()));
  }

  function forget(id: string): void {
    runs.delete(id);
    conversations.delete(id);
  }

  async function work({ conversation, scripted }: Run): Promise<void> {
    const directory = `${conversation.workingDirectory}/`;
    const own = new Map(
      [...files].filter(([path]) => path.startsWith(directory)).map(([path, bytes]) => [path.slice(directory.length), bytes]),
    );
    const task = taskSchema.safeParse(parseJson(own.get('task.json')));
    if (!task.success) return;
    const result = await (scripted.work ?? options.work ?? cannedWork)(task.data, own, conversation);
    if (result === undefined) return;
    files.set(
      `${directory}result.json`,
      result instanceof Uint8Array ? result : Buffer.from(typeof result === 'string' ? result : JSON.stringify(result)),
    );
  }

  const isFull = (): boolean => liveRuns().length >= (options.maxRuns ?? Number.POSITIVE_INFINITY);

  /** Keeps a message; what had ended is idle again, until it runs. */
  function keep({ conversation }: Run, text: string): void {
    conversation.messages.push(text);
    conversation.happened += 1;
    if (!liveStatuses.has(conversation.status)) conversation.status = 'idle';
  }

  async function begin(run: Run): Promise<void> {
    run.step = 0;
    run.broken = false;
    run.conversation.status = 'running';
    recordLiveRuns();
    await work(run);
    run.conversation.finalResponse = 'I have written result.json.';
  }

  /** What a look finds; moves the run one step along its course. */
  function lookAt(id: string): FakeConversation | null {
    const run = runs.get(id);
    if (run === undefined) return null;
    const { conversation, scripted } = run;
    if (conversation.status === 'idle' || conversation.status === 'paused' || run.broken) return conversation;
    const before = conversation.status;
    if (liveStatuses.has(before)) proceed(run);
    const course = scripted.course ?? ['finished'];
    const step = course[Math.min(run.step, course.length - 1)] ?? 'finished';
    run.step += 1;
    if (step === 'lost') {
      forget(id);
      return null;
    }
    conversation.status = step;
    if (step !== before) conversation.happened += 1;
    const why = scripted.error === undefined ? UNSCRIPTED_ERROR : scripted.error;
    if (step === 'error' && why !== null) conversation.error = { id: `failure-${conversation.happened}`, ...why };
    recordLiveRuns();
    return conversation;
  }

  /** What a run at work has done since the last look: a call of its model, and with it perhaps an action and a cost. */
  function proceed({ conversation, scripted }: Run): void {
    conversation.modelCalls += 1;
    conversation.costUsd += scripted.costUsdPerLook ?? 0;
    const action = scripted.actions?.[conversation.actions.length];
    if (action !== undefined) conversation.actions.push(action);
    if (action !== undefined || scripted.costUsdPerLook !== undefined) conversation.happened += 1;
  }

  async function create(body: unknown, extent: Extent): Promise<Truth> {
    const request = createSchema.safeParse(body);
    if (!request.success) return { status: 422, body: errorBody(422) };
    const { conversation_id: id, workspace, tags, initial_message: message } = request.data;
    const existing = conversations.get(id);
    if (existing !== undefined) return { status: 200, body: infoOf(existing) };
    if (isFull()) return { status: 429, body: NO_ROOM };
    const text = message?.content.map((item) => item.text).join('\n');
    const subject: Subject = { route: 'create', conversationId: id, prompt: text, tags };
    const scripted = scripts.findLast((one) => matches(one.matcher, subject))?.scripted ?? {};
    const conversation: FakeConversation = {
      id,
      workingDirectory: workspace.working_dir,
      tags,
      request: body,
      messages: [],
      status: 'idle',
      finalResponse: '',
      error: null,
      costUsd: scripted.costUsd ?? 0,
      modelCalls: 0,
      actions: [],
      happened: 0,
    };
    const run: Run = { conversation, scripted, step: 0, broken: false };
    runs.set(id, run);
    conversations.set(id, conversation);
    if (extent !== 'without-message' && text !== undefined) keep(run, text);
    // The real server answers before the run begins: idle, with its message.
    const answer: Truth = { status: 201, body: infoOf(conversation) };
    if (extent === 'everything' && text !== undefined) await begin(run);
    return answer;
  }

  async function perform(call: ParsedCall, extent: Extent): Promise<Truth> {
    const { route, query } = call;
    const success: Truth = { status: 200, body: { success: true } };
    const missing = (status: number): Truth => ({ status, body: errorBody(status) });
    switch (route) {
      case 'health':
        return { status: 200, body: { status: 'ok' } };
      case 'serverInfo':
        return {
          status: 200,
          body: {
            title: 'Fake OpenHands Agent Server',
            version: options.version ?? '1.58.2',
            uptime: 1,
            idle_time: 0,
            capabilities: ['idempotent_conversation_create_v1'],
          },
        };
      case 'count':
        return { status: 200, body: conversations.size };
      case 'search':
        return { status: 200, body: { items: [...conversations.values()].map(infoOf), next_page_id: null } };
      case 'getMany':
        if (call.ids.length > MAX_IDS) return missing(422);
        return { status: 200, body: call.ids.map((id) => nullOr(lookAt(id), infoOf)) };
      case 'create':
        return create(parseJson(call.body), extent);
      case 'upload': {
        const path = query.get('path') ?? '';
        if (!path.startsWith('/')) return missing(400);
        const form = await new Response(new Uint8Array(call.body), { headers: { 'content-type': call.contentType } }).formData();
        const file = form.get('file');
        if (!(file instanceof File)) return missing(422);
        files.set(path, await file.bytes());
        return success;
      }
      case 'download': {
        const path = query.get('path') ?? '';
        const content = files.get(path);
        if (!path.startsWith('/')) return missing(400);
        return content === undefined ? missing(404) : { status: 200, body: content };
      }
      case 'bash':
        return { status: 200, body: bashOutput(removeByCommand(bashSchema.safeParse(parseJson(call.body)).data?.command ?? '')) };
    }

    const id = call.conversationId ?? '';
    if (route === 'get') {
      const seen = lookAt(id);
      return seen === null ? missing(404) : { status: 200, body: infoOf(seen) };
    }
    const run = runs.get(id);
    if (run === undefined) return missing(404);
    const { conversation } = run;
    switch (route) {
      case 'send': {
        const message = messageSchema.safeParse(parseJson(call.body));
        if (!message.success) return missing(422);
        keep(run, message.data.content.map((item) => item.text).join('\n'));
        if (!message.data.run || extent !== 'everything') return success;
        if (conversation.status !== 'running' && isFull()) {
          return {
            status: 429,
            body: { detail: `Message saved, but the conversation run limit was reached. Retry ${call.conversationId}/run.` },
          };
        }
        await begin(run);
        return success;
      }
      case 'run':
        if (conversation.status === 'running')
          return { status: 409, body: errorBody(409, 'Conversation already running. Wait for completion or pause first.') };
        if (isFull()) return { status: 429, body: NO_ROOM };
        // What has finished stays so: only a message makes it run again.
        if (resumableStatuses.has(conversation.status)) await begin(run);
        return success;
      case 'interrupt':
      case 'pause':
        if (liveStatuses.has(conversation.status)) {
          conversation.status = 'paused';
          conversation.happened += 1;
        }
        return success;
      case 'delete':
        forget(id);
        return success;
      case 'finalResponse':
        return { status: 200, body: { response: conversation.finalResponse } };
      case 'countEvents':
        return { status: 200, body: conversation.messages.length };
      case 'searchEvents': {
        return { status: 200, body: { items: eventsOf(conversation, query), next_page_id: null } };
      }
    }
  }

  /** The directory that a command removes with all files below it; null when it is no removal. */
  function removeByCommand(command: string): string | null {
    const quoted = REMOVAL.exec(command)?.[1];
    if (quoted === undefined) return null;
    const directory = quoted.replaceAll("'\\''", "'");
    for (const path of [...files.keys()]) if (path.startsWith(`${directory}/`)) files.delete(path);
    removedDirectories.push(directory);
    return directory;
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = parseCall(request, await buffer(request));
    if (call === null) return respond(response, { status: 404, body: errorBody(404) }, {});
    const created = call.route === 'create' ? createSchema.safeParse(parseJson(call.body)).data : undefined;
    const conversationId = call.conversationId ?? created?.conversation_id ?? ownerOf(call.query.get('path'))?.id;
    calls.push({ route: call.route, method: request.method ?? '', path: request.url ?? '', conversationId, ids: call.ids });
    if (call.route === 'getMany') looks.push(call.ids.length);
    changed();
    const open = call.route === 'health' || call.route === 'serverInfo';
    if (!open && options.sessionApiKey !== undefined && request.headers['x-session-api-key'] !== options.sessionApiKey) {
      return respond(response, { status: 401, body: errorBody(401) }, {});
    }

    const about = (id: string | undefined): Subject => ({
      route: call.route,
      conversationId: id,
      prompt: created?.initial_message?.content[0]?.text ?? conversations.get(id ?? '')?.messages[0],
      tags: created?.tags ?? conversations.get(id ?? '')?.tags,
      path: call.query.get('path') ?? undefined,
    });
    const subjects = call.route === 'getMany' ? call.ids.map(about) : [about(conversationId)];
    const rule = rules.findLast((one) => one.left > 0 && subjects.some((subject) => matches(one.matcher, subject)));
    if (rule !== undefined) rule.left -= 1;
    const behaviour = rule?.behaviour ?? {};
    behaviour.met?.(about(conversationId));
    const extent = behaviour.perform ?? (behaviour.answer === undefined ? 'everything' : 'nothing');

    if (created !== undefined) {
      const id = created.conversation_id;
      creates.set(id, (creates.get(id) ?? 0) + 1);
      if (creating.has(id)) overlappingCreates.push(id);
      creating.add(id);
    }
    await behaviour.beginsAfter;
    const truth = extent === 'nothing' ? { status: 200, body: { id: conversationId ?? null } } : await perform(call, extent);
    changed();
    await respond(response, truth, behaviour);
    if (created !== undefined) creating.delete(created.conversation_id);
    changed();
  }

  const server = createServer((request, response) => {
    // A caller that gives up in the middle of its own upload is part of what is tested.
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    misbehave(matcher, behaviour, times = Number.POSITIVE_INFINITY) {
      const rule: Rule = { matcher, behaviour, left: times };
      rules.push(rule);
      return () => {
        rule.left = 0;
      };
    },
    script(matcher, scripted) {
      scripts.push({ matcher, scripted });
    },
    forget,
    restart() {
      for (const run of runs.values()) {
        if (!liveStatuses.has(run.conversation.status)) continue;
        run.conversation.status = 'error';
        run.conversation.happened += 1;
        run.broken = true;
      }
      changed();
    },
    calls,
    creates,
    looks,
    conversations,
    files,
    removedDirectories,
    overlappingCreates,
    liveRuns,
    get maxLiveRuns() {
      return maxLiveRuns;
    },
    maxLiveRunsPerTag: (tag) => maxLivePerTag.get(tag) ?? 0,
    until(condition) {
      return new Promise((resolve) => {
        const check = (): void => {
          if (!condition()) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      });
    },
    close() {
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

interface ParsedCall {
  readonly route: Route;
  readonly conversationId: string | undefined;
  readonly ids: readonly string[];
  readonly query: URLSearchParams;
  readonly body: Uint8Array;
  readonly contentType: string;
}

const addresses: readonly { readonly route: Route; readonly method: string; readonly path: RegExp }[] = [
  { route: 'health', method: 'GET', path: /^\/(?:health|alive|ready)$/ },
  { route: 'serverInfo', method: 'GET', path: /^\/server_info$/ },
  { route: 'create', method: 'POST', path: /^\/api\/conversations$/ },
  { route: 'getMany', method: 'GET', path: /^\/api\/conversations$/ },
  { route: 'count', method: 'GET', path: /^\/api\/conversations\/count$/ },
  { route: 'search', method: 'GET', path: /^\/api\/conversations\/search$/ },
  { route: 'upload', method: 'POST', path: /^\/api\/file\/upload$/ },
  { route: 'download', method: 'GET', path: /^\/api\/file\/download$/ },
  { route: 'bash', method: 'POST', path: /^\/api\/bash\/execute_bash_command$/ },
  { route: 'get', method: 'GET', path: /^\/api\/conversations\/([^/]+)$/ },
  { route: 'delete', method: 'DELETE', path: /^\/api\/conversations\/([^/]+)$/ },
  { route: 'send', method: 'POST', path: /^\/api\/conversations\/([^/]+)\/events$/ },
  { route: 'countEvents', method: 'GET', path: /^\/api\/conversations\/([^/]+)\/events\/count$/ },
  { route: 'searchEvents', method: 'GET', path: /^\/api\/conversations\/([^/]+)\/events\/search$/ },
  { route: 'finalResponse', method: 'GET', path: /^\/api\/conversations\/([^/]+)\/agent_final_response$/ },
  { route: 'run', method: 'POST', path: /^\/api\/conversations\/([^/]+)\/run$/ },
  { route: 'interrupt', method: 'POST', path: /^\/api\/conversations\/([^/]+)\/interrupt$/ },
  { route: 'pause', method: 'POST', path: /^\/api\/conversations\/([^/]+)\/pause$/ },
];

function parseCall(request: IncomingMessage, body: Uint8Array): ParsedCall | null {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  for (const { route, method, path } of addresses) {
    const found = request.method === method ? path.exec(url.pathname) : null;
    if (found === null) continue;
    return {
      route,
      conversationId: found[1] === undefined ? undefined : decodeURIComponent(found[1]),
      ids: route === 'getMany' ? url.searchParams.getAll('ids') : [],
      query: url.searchParams,
      body,
      contentType: request.headers['content-type'] ?? '',
    };
  }
  return null;
}

function infoOf(conversation: FakeConversation): unknown {
  return {
    id: conversation.id,
    execution_status: conversation.status,
    tags: conversation.tags,
    workspace: { kind: 'LocalWorkspace', working_dir: conversation.workingDirectory },
    last_user_message_id: conversation.messages.length === 0 ? null : `message-${conversation.messages.length}`,
    leaf_event_id: conversation.happened === 0 ? null : `event-${conversation.happened}`,
    stats: {
      usage_to_metrics: {
        agent: {
          model_name: 'fake/model',
          accumulated_cost: conversation.costUsd,
          accumulated_token_usage: { prompt_tokens: 10, completion_tokens: 5 },
          response_latencies: Array.from({ length: conversation.modelCalls }, () => ({ model: 'fake/model', latency: 1 })),
        },
      },
    },
  };
}

/** Its actions or its error, the newest first, for the filters that the driver uses; nothing for any other. */
function eventsOf(conversation: FakeConversation, query: URLSearchParams): unknown[] {
  switch (query.get('kind')) {
    case 'openhands.sdk.event.conversation_error.ConversationErrorEvent':
      return conversation.error === null ? [] : [{ kind: 'ConversationErrorEvent', ...conversation.error }];
    case 'openhands.sdk.event.llm_convertible.action.ActionEvent':
      return conversation.actions
        .map(({ tool, action }) => ({ kind: 'ActionEvent', source: 'agent', tool_name: tool, action }))
        .reverse()
        .slice(0, Number(query.get('limit') ?? 100));
    default:
      return [];
  }
}

const bashOutput = (removed: string | null): unknown => ({
  kind: 'BashOutput',
  command_id: '0'.repeat(32),
  order: 0,
  exit_code: removed === null ? 127 : 0,
  stdout: null,
  stderr: removed === null ? 'command not found' : null,
});

/** The smallest work there is: an analysis that says what task it was for; nothing for other kinds. */
export const cannedWork: FakeWork = (task) => (task.type === 'analyze' ? cannedAnalysis(task.jobId) : undefined);

/** A valid analysis of nothing much. */
export function cannedAnalysis(title: string): Analysis {
  return {
    title,
    version: '1.0.0',
    purpose: 'Exists for tests.',
    domain: 'testing',
    authMethods: [],
    endpoints: [
      { method: 'GET', path: '/pets', operationId: 'listPets', summary: 'List pets', category: 'pets', parameters: [], deprecated: false },
    ],
    dataModels: [],
    recommendedTools: [{ name: 'list_pets', description: 'List pets', operations: ['listPets'] }],
    bestPractices: [],
    issues: [],
    stats: { operations: 1 },
  };
}

const nullOr = <T, R>(value: T | null, map: (value: T) => R): R | null => (value === null ? null : map(value));

function parseJson(bytes: Uint8Array | undefined): unknown {
  try {
    return bytes === undefined ? undefined : JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { port: { type: 'string' } } });
  const server = await startOpenHandsServer({ port: Number(values.port ?? 0) });
  console.log(server.url);
}
