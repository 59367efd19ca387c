/**
 * The driver for OpenHands' self-hosted agent-server, and for the embedded agent, which speaks the same
 * protocol. Facts and traps come from reference/openhands-api.md section 1; a trap is named where it bites.
 *
 * A driver only translates: it holds no state, decides nothing about a job, and never repeats a call
 * that starts work (`start`, `send`). Those are recovered by looking first; see recovery.ts.
 */
import { fail, ok, type Result } from '@mcpoverflow/types';
import type * as z from 'zod';
import { actionEventsSchema, activityOf } from './activity.ts';
import { type Agent, type AgentFault, MAX_IDS_PER_LOOK, type Sighting } from './agent.ts';
import { removalCommand } from './directory-removal.ts';
import { type Call, createExchange, type Fetch, parseAnswer } from './exchange.ts';
import { faultOfUnreadable, presentable } from './fault.ts';
import { credentialsIn, formsOf, withoutSecrets } from './secrets.ts';
import {
  ACTION_KIND,
  bashOutputSchema,
  CONVERSATION_ERROR_KIND,
  conversationSchema,
  conversationsSchema,
  countSchema,
  errorEventsSchema,
  finalResponseSchema,
  type LanguageModel,
  serverInfoSchema,
  snapshotOf,
  startBody,
  successSchema,
  userMessage,
} from './wire.ts';

export interface AgentServerOptions {
  /** Such as `https://agent.example.com`; a service binding takes any host. */
  readonly baseUrl: string;
  readonly sessionApiKey?: string;
  readonly fetch: Fetch;
  /** Milliseconds since the epoch, for dates in `Retry-After`. */
  readonly now: () => number;
  /** Bounds every call but `start`, its retries included. Milliseconds. */
  readonly timeoutMs: number;
  /** Bounds `start`: initialising an agent is slow, so 60,000 or more (section 1.5, rule 4). Milliseconds. */
  readonly createTimeoutMs: number;
  readonly llm?: LanguageModel;
  /** The agent gives up with `MaxIterationsReached` after so many steps. */
  readonly maxIterations: number;
  /** Extra tries of a call that does no harm when it arrives twice. */
  readonly retries: number;
  /** 0 ≤ x < 1; default `Math.random`. */
  readonly random?: () => number;
}

/** 99 conversations carry their full statistics; a hundred times a busy run's stays well below. */
const MAX_JSON_BYTES = 32 * 1024 * 1024;
const MAX_DETAIL_CHARACTERS = 1000;
/** No room for another run, but the message is kept: sending it again would say it twice. */
const SAYS_MESSAGE_SAVED = { status: 429, words: /\bmessage saved\b/i };
const SAYS_ALREADY_RUNNING = { status: 409, words: /\balready running\b/i };
/** The newest actions may be of kinds that say nothing to a person. */
const ACTIONS_PER_READ = 5;

/** One agent-server (or the embedded agent) behind the engine's interface. Makes no call by itself. */
export function createAgentServer(options: AgentServerOptions): Agent {
  const { llm, maxIterations, timeoutMs, createTimeoutMs } = options;
  const secrets = formsOf([options.sessionApiKey, llm?.apiKey, ...credentialsIn(llm?.baseUrl)]);
  const { baseUrl, fetch, now, retries, sessionApiKey } = options;
  const exchange = createExchange({
    baseUrl,
    fetch,
    now,
    retries,
    random: options.random ?? Math.random,
    secrets,
    ...(sessionApiKey === undefined ? {} : { key: { header: 'x-session-api-key', value: sessionApiKey } }),
  });

  const look = (path: string, signal: AbortSignal | undefined): Call => ({
    method: 'GET',
    path,
    repeatable: true,
    timeoutMs,
    signal,
    maxBytes: MAX_JSON_BYTES,
  });
  const act = (method: 'POST' | 'DELETE', path: string, signal: AbortSignal | undefined): Call => ({ ...look(path, signal), method });

  async function ask<T>(call: Call, schema: z.ZodType<T>): Promise<Result<T, AgentFault>> {
    return parseAnswer(await exchange(call), schema, { repeatable: call.repeatable, secrets });
  }

  async function lookAt(ids: readonly string[], signal: AbortSignal | undefined): Promise<Result<Sighting[], AgentFault>> {
    const query = ids.map((id) => `ids=${encodeURIComponent(id)}`).join('&');
    const answer = await ask(look(`/api/conversations?${query}`, signal), conversationsSchema);
    if (!answer.ok) return fail(asWrongAddress(answer.error));
    if (!isInOrder(answer.value, ids))
      return fail(faultOfUnreadable('is not about the runs that were asked for', 200, { repeatable: true, secrets }));
    return ok(answer.value.map((item) => (item ? snapshotOf(item) : item)));
  }

  return {
    filesNeedRun: false,

    async start(request, signal) {
      const call: Call = {
        ...act('POST', '/api/conversations', signal),
        body: { json: startBody(request, llm, maxIterations) },
        repeatable: false,
        timeoutMs: createTimeoutMs,
      };
      const answer = await ask(call, conversationSchema);
      if (!answer.ok) return fail(asWrongAddress(answer.error));
      if (answer.value.id !== request.conversationId.toLowerCase()) {
        return fail(faultOfUnreadable('is about another run', 200, { repeatable: false, secrets }));
      }
      return ok(snapshotOf(answer.value));
    },

    async get(conversationId, signal) {
      const answer = await ask(look(conversationPath(conversationId), signal), conversationSchema);
      if (answer.ok) return ok(snapshotOf(answer.value));
      return answer.error.code === 'agent-lost' ? ok(null) : answer;
    },

    async getMany(ids, signal) {
      const sightings: Sighting[] = [];
      for (let from = 0; from < ids.length; from += MAX_IDS_PER_LOOK) {
        const part = await lookAt(ids.slice(from, from + MAX_IDS_PER_LOOK), signal);
        if (!part.ok) return part;
        sightings.push(...part.value);
      }
      return ok(sightings);
    },

    userMessageCount(conversationId, signal) {
      return ask(look(`${conversationPath(conversationId)}/events/count?source=user`, signal), countSchema);
    },

    async send(conversationId, text, signal) {
      const call: Call = {
        ...act('POST', `${conversationPath(conversationId)}/events`, signal),
        body: { json: { ...userMessage(text), run: true } },
        repeatable: false,
      };
      return nothingOr(SAYS_MESSAGE_SAVED, await ask(call, successSchema));
    },

    async resume(conversationId, signal) {
      return nothingOr(SAYS_ALREADY_RUNNING, await ask(act('POST', `${conversationPath(conversationId)}/run`, signal), successSchema));
    },

    async activity(conversationId, workingDirectory, signal) {
      const query = new URLSearchParams({ kind: ACTION_KIND, sort_order: 'TIMESTAMP_DESC', limit: String(ACTIONS_PER_READ) });
      const answer = await ask(look(`${conversationPath(conversationId)}/events/search?${query}`, signal), actionEventsSchema);
      return answer.ok ? ok(activityOf(answer.value.items, workingDirectory, secrets)) : answer;
    },

    async failure(conversationId, signal) {
      const query = new URLSearchParams({ kind: CONVERSATION_ERROR_KIND, sort_order: 'TIMESTAMP_DESC', limit: '1' });
      const answer = await ask(look(`${conversationPath(conversationId)}/events/search?${query}`, signal), errorEventsSchema);
      if (!answer.ok) return answer;
      const event = answer.value.items[0];
      if (event === undefined) return ok(null);
      const { id, code, detail } = event;
      return ok({ id, code: presentable(code, secrets), detail: withoutSecrets(presentable(detail, secrets, MAX_DETAIL_CHARACTERS)) });
    },

    async finalResponse(conversationId, signal) {
      const answer = await ask(look(`${conversationPath(conversationId)}/agent_final_response`, signal), finalResponseSchema);
      return answer.ok ? ok(withoutSecrets(presentable(answer.value.response, secrets))) : answer;
    },

    async upload(_conversationId, path, content, signal) {
      const form = new FormData();
      form.append('file', new Blob([withOwnBuffer(content)]), path.split('/').at(-1) ?? 'file');
      const call: Call = { ...act('POST', `/api/file/upload?path=${encodeURIComponent(path)}`, signal), body: { form } };
      const answer = await ask(call, successSchema);
      return answer.ok ? ok(undefined) : fail(asWrongAddress(answer.error));
    },

    async download(_conversationId, path, maxBytes, signal) {
      const call: Call = {
        ...look(`/api/file/download?path=${encodeURIComponent(path)}`, signal),
        maxBytes,
        tooLarge: 'result-too-large',
      };
      const answer = await exchange(call);
      if (answer.ok || !isUnknown(answer.error)) return answer;
      return fail({ ...answer.error, code: 'result-missing', message: 'The agent has not written the file that was asked for.' });
    },

    async interrupt(conversationId, signal) {
      return nothingOrUnknown(await ask(act('POST', `${conversationPath(conversationId)}/interrupt`, signal), successSchema));
    },

    async removeDirectory(_conversationId, path, signal) {
      const command = removalCommand(path);
      if (command === null) return fail(faultOfRemoval('its path is not one of a run', secrets));
      const call: Call = {
        ...act('POST', '/api/bash/execute_bash_command', signal),
        body: { json: { command, timeout: Math.ceil(timeoutMs / 1000) } },
      };
      const answer = await ask(call, bashOutputSchema);
      if (!answer.ok) return fail(asWrongAddress(answer.error));
      return answer.value.exit_code === 0 ? ok(undefined) : fail(faultOfRemoval(answer.value.stderr ?? 'it took too long', secrets));
    },

    async delete(conversationId, signal) {
      return nothingOrUnknown(await ask(act('DELETE', conversationPath(conversationId), signal), successSchema));
    },

    async health(signal) {
      const [working, info] = await Promise.all([
        ask(look('/api/conversations/count', signal), countSchema),
        ask(look('/server_info', signal), serverInfoSchema),
      ]);
      if (!working.ok) return fail(asWrongAddress(working.error));
      return ok({ version: info.ok ? info.value.version : null });
    },
  };
}

const conversationPath = (id: string): string => `/api/conversations/${encodeURIComponent(id)}`;

/** The server ran the command, and the directory is still there. */
function faultOfRemoval(reason: string, secrets: readonly string[]): AgentFault {
  return {
    code: 'agent-rejected',
    message: presentable(`The run's directory could not be removed: ${reason}`, secrets),
    ambiguous: false,
  };
}

/** A refusal in words that mean: what was asked for has been done. The status alone could be a proxy's, or mean something else. */
function nothingOr(
  done: { readonly status: number; readonly words: RegExp },
  answer: Result<unknown, AgentFault>,
): Result<void, AgentFault> {
  if (answer.ok) return ok(undefined);
  return answer.error.httpStatus === done.status && done.words.test(answer.error.message) ? ok(undefined) : answer;
}

/** An unknown id is 404 (400 from servers of last summer): whatever is not there is stopped and removed. */
function nothingOrUnknown(answer: Result<unknown, AgentFault>): Result<void, AgentFault> {
  return answer.ok || isUnknown(answer.error) ? ok(undefined) : answer;
}

/** Said by the agent server itself; a proxy's page never gets this code. */
const isUnknown = (fault: AgentFault): boolean =>
  fault.code === 'agent-lost' || (fault.code === 'agent-rejected' && fault.httpStatus === 400);

/** Whether an answer to a look is about the ids that were asked for, as far as it can be read. */
export function isInOrder(answer: readonly ({ readonly id: string } | null | undefined)[], ids: readonly string[]): boolean {
  return answer.length === ids.length && answer.every((item, at) => !item || item.id === ids[at]?.toLowerCase());
}

/** A 404 on a call that names no run is about the address or the request, not about a lost run. */
export function asWrongAddress(fault: AgentFault): AgentFault {
  return fault.code === 'agent-lost' ? { ...fault, code: 'agent-rejected' } : fault;
}

/** `Blob` takes no view of shared memory, so that one is copied; everything else is passed as it is. */
function withOwnBuffer(content: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = content;
  return buffer instanceof ArrayBuffer ? new Uint8Array(buffer, byteOffset, byteLength) : new Uint8Array(content);
}
