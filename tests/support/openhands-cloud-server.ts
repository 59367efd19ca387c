/**
 * A fake OpenHands Cloud for tests: its V1 API over real HTTP on loopback, held to the published contract on
 * both sides, with the habits that trouble a client. A sandbox takes some looks to come up and another key
 * after each resume; the oldest is paused without a word when there are too many; a start can fail long after
 * it was accepted; `MISSING` may mean nothing. No account is to be had, so this server and the published
 * sources are what the driver is tested against.
 *
 * Each sandbox's agent server is a prefix of this server, behind which the fake agent-server does the work.
 * Like there, time does not pass: every search of the starts brings each of them one phase further.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import * as z from 'zod';
import { type Operation, publishedOperation } from './openhands-cloud-contract.ts';
import { type FakeWork, type OpenHandsServer, startOpenHandsServer } from './openhands-server.ts';

export const CLOUD_API_KEY = 'cloud-test-key';

/** An answer in the Cloud's stead. */
export interface Refusal {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How the Cloud and what stands before it refuse (reference/openhands-api.md, sections 2.1 and 2.4). */
export const refusals = {
  concurrency: {
    status: 429,
    body: { detail: { error: 'CONCURRENCY_LIMIT_REACHED', message: 'Close a conversation.', limit: 3, current: 3 } },
  },
  daily: (resetAt: Date): Refusal => ({
    status: 429,
    body: {
      detail: {
        code: 'daily_conversation_limit_reached',
        message: 'That was all for today.',
        limit: 10,
        used: 10,
        reset_at: resetAt.toISOString(),
      },
    },
  }),
  throttled: { status: 429, body: { message: 'Too many requests' }, headers: { 'retry-after': '1' } },
  rateLimit: {
    status: 429,
    body: { error: 'Rate limit exceeded: 10 per 1 minute' },
    headers: { 'retry-after': '42', 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1795392000' },
  },
  payment: { status: 402, body: { error: 'Insufficient credits' } },
  authenticationDown: { status: 503, body: { error: 'Authentication service temporarily unavailable' } },
} as const;

type SandboxStatus = 'STARTING' | 'RUNNING' | 'PAUSED' | 'ERROR' | 'MISSING';

export interface FakeSandbox {
  readonly id: string;
  status: SandboxStatus;
  /** The present key of its agent server; each resume makes another. */
  sessionKey: string;
  resumes: number;
}

interface Start {
  readonly id: string;
  readonly conversationId: string;
  readonly request: unknown;
  readonly createdAt: string;
  status: Phase | 'ERROR';
  detail: string | null;
  sandboxId: string | null;
  agentServerUrl: string | null;
}

const phases = ['WORKING', 'WAITING_FOR_SANDBOX', 'STARTING_CONVERSATION', 'READY'] as const;
type Phase = (typeof phases)[number];

interface StartFailure {
  readonly detail: string;
  readonly at: Phase;
}

export interface CloudServer {
  readonly url: string;
  /** The agent server inside all the sandboxes: its runs, files and misbehaviour. */
  readonly inner: OpenHandsServer;
  /** By id, which is the conversation's without dashes. */
  readonly sandboxes: ReadonlyMap<string, FakeSandbox>;
  /** What was asked of the Cloud itself, such as `get /api/v1/app-conversations`. */
  readonly calls: readonly string[];
  /** Where a request or an answer left the published contract: must stay empty. */
  readonly violations: readonly string[];
  /** Refuses calls whose name (see `calls`) begins so; `times` bounds how often. */
  refuse(name: string, refusal: Refusal, times?: number): void;
  /** Lets the next start fail when it comes to a phase. */
  failStart(failure: StartFailure): void;
  /** Pauses a sandbox, as the Cloud does when it likes. */
  pause(sandboxId: string): void;
  /** Lets a sandbox be in a state. */
  put(sandboxId: string, status: SandboxStatus): void;
  /** Answers `MISSING` for a conversation's sandbox so many times. */
  flicker(conversationId: string, times: number): void;
  /** Has conversations name another address for their sandbox. */
  misname(conversationId: string, conversationUrl: string): void;
  /** Resolves as soon as the condition holds; checked now and after every call. */
  until(condition: () => boolean): Promise<void>;
  close(): Promise<void>;
}

export interface CloudServerOptions {
  readonly work?: FakeWork;
  /** Running sandboxes of the account; one more pauses the oldest. */
  readonly maxSandboxes?: number;
}

const MAX_IDS = 99;
const USER = 'user-1';
const startRequestSchema = z.looseObject({ conversation_id: z.uuid(), llm_model: z.string().optional() });
const innerInfoSchema = z.array(z.looseObject({ execution_status: z.string() }).nullable());

/** Starts the server on loopback. */
export async function startCloudServer(options: CloudServerOptions = {}): Promise<CloudServer> {
  const inner = await startOpenHandsServer(options.work === undefined ? {} : { work: options.work });
  const sandboxes = new Map<string, FakeSandbox>();
  const conversations = new Map<
    string,
    { readonly sandboxId: string; readonly model: string | null; readonly createdAt: string; looks: number }
  >();
  const starts: Start[] = [];
  const failures: StartFailure[] = [];
  const calls: string[] = [];
  const violations: string[] = [];
  const refused: { readonly name: string; readonly refusal: Refusal; left: number }[] = [];
  const flickers = new Map<string, number>();
  const misnamed = new Map<string, string>();
  const waiting = new Set<() => void>();
  let url = '';

  const changed = (): void => {
    for (const check of [...waiting]) check();
  };

  const running = (): FakeSandbox[] => [...sandboxes.values()].filter(({ status }) => status === 'RUNNING');

  /** Makes room for one more, the oldest first and without a word. */
  function pauseOldest(): void {
    const surplus = running().length - (options.maxSandboxes ?? 10) + 1;
    for (const sandbox of running().slice(0, Math.max(0, surplus))) sandbox.status = 'PAUSED';
  }

  async function proceed(start: Start): Promise<void> {
    if (start.status === 'ERROR') return;
    const phase = phases[phases.indexOf(start.status) + 1];
    if (phase === undefined) return;
    start.status = phase;
    const failure = failures.findIndex(({ at }) => at === phase);
    const sandboxId = withoutDashes(start.conversationId);
    if (phase === 'WAITING_FOR_SANDBOX') {
      if (sandboxes.has(sandboxId)) return fail(start, 'duplicate key value violates unique constraint "sandbox_pkey"');
      pauseOldest();
      sandboxes.set(sandboxId, { id: sandboxId, status: 'STARTING', sessionKey: crypto.randomUUID(), resumes: 0 });
      start.sandboxId = sandboxId;
    }
    const sandbox = sandboxes.get(sandboxId);
    if (failure >= 0) return fail(start, failures.splice(failure, 1)[0]?.detail ?? '');
    if (sandbox === undefined) return fail(start, `Sandbox not found: ${sandboxId}`);
    if (phase === 'STARTING_CONVERSATION') {
      sandbox.status = 'RUNNING';
      start.agentServerUrl = addressOf(sandboxId);
      await fetch(`${inner.url}/api/conversations`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ conversation_id: start.conversationId, workspace: { working_dir: `/workspace/${start.conversationId}` } }),
      });
    }
    if (phase === 'READY') {
      const { llm_model: model } = startRequestSchema.parse(start.request);
      conversations.set(start.conversationId, { sandboxId, model: model ?? null, createdAt: start.createdAt, looks: 0 });
    }
  }

  function fail(start: Start, detail: string): void {
    start.status = 'ERROR';
    start.detail = detail;
  }

  const addressOf = (sandboxId: string): string => `${url}/sandbox/${sandboxId}`;

  const taskOf = (start: Start): unknown => ({
    id: start.id,
    created_by_user_id: USER,
    status: start.status,
    detail: start.detail,
    app_conversation_id: start.status === 'READY' ? withoutDashes(start.conversationId) : null,
    sandbox_id: start.sandboxId,
    agent_server_url: start.agentServerUrl,
    request: start.request,
    created_at: start.createdAt,
    updated_at: start.createdAt,
  });

  async function conversationOf(id: string): Promise<unknown> {
    const conversation = conversations.get(id);
    if (conversation === undefined) return null;
    const sandbox = sandboxes.get(conversation.sandboxId);
    const flickersLeft = flickers.get(id) ?? 0;
    flickers.set(id, Math.max(0, flickersLeft - 1));
    const status = flickersLeft > 0 ? 'MISSING' : (sandbox?.status ?? 'MISSING');
    const open = status === 'RUNNING' && sandbox !== undefined;
    const info = open ? innerInfoSchema.parse(await (await fetch(`${inner.url}/api/conversations?ids=${id}`)).json())[0] : null;
    // A sandbox that was resumed is up at the look after the next.
    if (status === 'STARTING' && sandbox !== undefined) sandbox.status = 'RUNNING';
    conversation.looks += 1;
    return {
      id: withoutDashes(id),
      created_by_user_id: USER,
      sandbox_id: conversation.sandboxId,
      title: `Conversation ${id.slice(0, 5)}`,
      llm_model: conversation.model,
      agent_kind: 'openhands',
      metrics: {
        model_name: 'default',
        accumulated_cost: inner.conversations.get(id)?.costUsd ?? 0,
        accumulated_token_usage: { prompt_tokens: 10, completion_tokens: 5 },
      },
      pr_number: [],
      sub_conversation_ids: [],
      tags: {},
      created_at: conversation.createdAt,
      updated_at: new Date(Date.parse(conversation.createdAt) + conversation.looks).toISOString(),
      sandbox_status: status,
      execution_status: info?.execution_status ?? null,
      conversation_url: open ? (misnamed.get(id) ?? `${addressOf(sandbox.id)}/api/conversations/${withoutDashes(id)}`) : null,
      session_api_key: open ? sandbox.sessionKey : null,
      acp_server: null,
      launched_agent_profile: null,
    };
  }

  async function perform(operation: Operation, query: URLSearchParams, body: unknown): Promise<Refusal> {
    const success: Refusal = { status: 200, body: { success: true } };
    const missing: Refusal = { status: 404, body: { detail: 'Not Found' } };
    switch (operation.name) {
      case 'get /api/v1/app-conversations/count':
        return { status: 200, body: conversations.size };
      case 'get /api/v1/app-conversations': {
        const ids = query.getAll('ids');
        if (ids.length > MAX_IDS) return { status: 400, body: { detail: 'Too many ids requested. Maximum is 99.' } };
        return { status: 200, body: await Promise.all(ids.map((id) => conversationOf(dashed(id)))) };
      }
      case 'post /api/v1/app-conversations': {
        const request = startRequestSchema.parse(body);
        const start: Start = {
          id: withoutDashes(crypto.randomUUID()),
          conversationId: request.conversation_id,
          request,
          createdAt: new Date().toISOString(),
          status: phases[0],
          detail: null,
          sandboxId: null,
          agentServerUrl: null,
        };
        starts.push(start);
        return { status: 200, body: taskOf(start) };
      }
      case 'get /api/v1/app-conversations/start-tasks/search': {
        const from = Date.parse(query.get('created_at__gte') ?? '') || 0;
        const limit = Number(query.get('limit') ?? 100);
        const offset = Number(query.get('page_id') ?? 0);
        if (offset === 0) for (const start of starts) await proceed(start);
        const recent = starts.filter((start) => Date.parse(start.createdAt) >= from).reverse();
        const next = offset + limit < recent.length ? String(offset + limit) : null;
        return { status: 200, body: { items: recent.slice(offset, offset + limit).map(taskOf), next_page_id: next } };
      }
      case 'delete /api/v1/app-conversations/{conversation_id}': {
        const id = dashed(operation.path.conversation_id ?? '');
        const conversation = conversations.get(id);
        if (conversation === undefined) return { status: 404, body: { detail: 'Conversation not found' } };
        conversations.delete(id);
        sandboxes.delete(conversation.sandboxId);
        inner.forget(id);
        // Only a start that made it knows its conversation.
        const made = starts.findIndex((start) => start.conversationId === id && start.status === 'READY');
        if (made >= 0) starts.splice(made, 1);
        return success;
      }
      case 'delete /api/v1/sandboxes/{id}':
        return sandboxes.delete(query.get('sandbox_id') ?? '') ? success : missing;
      case 'post /api/v1/sandboxes/{sandbox_id}/pause': {
        const sandbox = sandboxes.get(operation.path.sandbox_id ?? '');
        if (sandbox === undefined) return missing;
        sandbox.status = 'PAUSED';
        return success;
      }
      case 'post /api/v1/sandboxes/{sandbox_id}/resume': {
        const sandbox = sandboxes.get(operation.path.sandbox_id ?? '');
        if (sandbox === undefined) return missing;
        if (sandbox.status !== 'PAUSED') return success;
        pauseOldest();
        sandbox.status = 'STARTING';
        sandbox.sessionKey = crypto.randomUUID();
        sandbox.resumes += 1;
        return success;
      }
      default:
        throw new Error(`The fake Cloud cannot ${operation.name}.`);
    }
  }

  /** What stands before a sandbox that is not up answers with a page; its agent server wants its own key. */
  async function passOn(request: IncomingMessage, response: ServerResponse, sandboxId: string, rest: string): Promise<void> {
    const sandbox = sandboxes.get(sandboxId);
    if (sandbox?.status !== 'RUNNING') return page(response, 503);
    if (request.headers['x-session-api-key'] !== sandbox.sessionKey)
      return send(response, { status: 401, body: { detail: 'Unauthorized' } });
    const body = await buffer(request);
    const answer = await fetch(`${inner.url}${rest}`, {
      method: request.method ?? 'GET',
      headers: { 'content-type': request.headers['content-type'] ?? 'application/json' },
      ...(body.byteLength === 0 ? {} : { body: new Uint8Array(body) }),
    });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/json' });
    response.end(await answer.bytes());
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = new URL(request.url ?? '/', url);
    const [, sandboxId, rest] = /^\/sandbox\/([^/]+)(\/.*)$/.exec(target.pathname) ?? [];
    if (sandboxId !== undefined) return passOn(request, response, sandboxId, `${rest}${target.search}`);

    const body = parseJson(await buffer(request));
    const operation = publishedOperation(request.method ?? '', target.pathname);
    if (operation === null) {
      violations.push(`${request.method} ${target.pathname} is not published`);
      return send(response, { status: 404, body: { detail: 'Not Found' } });
    }
    calls.push(operation.name);
    violations.push(...operation.requestFaults(target.searchParams, body));
    if (request.headers.authorization !== `Bearer ${CLOUD_API_KEY}`)
      return send(response, { status: 401, body: { error: 'NoCredentialsError' } });
    const rule = refused.findLast((one) => one.left > 0 && operation.name.startsWith(one.name));
    if (rule !== undefined) rule.left -= 1;
    const answer = rule?.refusal ?? (await perform(operation, target.searchParams, body));
    violations.push(...operation.answerFaults(answer.status, answer.body));
    send(response, answer);
  }

  const http = createServer((request, response) => {
    handle(request, response)
      .catch((error: unknown) => {
        violations.push(`The fake Cloud failed: ${error instanceof Error ? error.message : 'unknown'}`);
        send(response, { status: 500, body: { detail: 'Internal Server Error' } });
      })
      .finally(changed);
  });
  await new Promise<void>((listening) => http.listen(0, '127.0.0.1', listening));
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('The fake Cloud has no port.');
  url = `http://127.0.0.1:${address.port}`;

  return {
    url,
    inner,
    sandboxes,
    calls,
    violations,
    refuse: (name, refusal, times = Number.POSITIVE_INFINITY) => void refused.push({ name, refusal, left: times }),
    failStart: (failure) => void failures.push(failure),
    pause: (sandboxId) => putStatus(sandboxes, sandboxId, 'PAUSED'),
    put: (sandboxId, status) => putStatus(sandboxes, sandboxId, status),
    flicker: (conversationId, times) => void flickers.set(conversationId, times),
    misname: (conversationId, conversationUrl) => void misnamed.set(conversationId, conversationUrl),
    until: (condition) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (!condition()) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    async close() {
      http.closeAllConnections();
      await new Promise((closed) => http.close(closed));
      await inner.close();
    },
  };
}

function putStatus(sandboxes: ReadonlyMap<string, FakeSandbox>, id: string, status: SandboxStatus): void {
  const sandbox = sandboxes.get(id);
  if (sandbox === undefined) throw new Error(`There is no sandbox ${id}.`);
  sandbox.status = status;
}

function send(response: ServerResponse, { status, body, headers }: Refusal): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

function page(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'text/html' });
  response.end('<!doctype html><title>503 Service Temporarily Unavailable</title>');
}

export const withoutDashes = (id: string): string => id.replaceAll('-', '').toLowerCase();

function dashed(id: string): string {
  const hex = withoutDashes(id);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
