/**
 * The driver for OpenHands Cloud (V1 app conversations). A conversation has a sandbox of its own there,
 * which takes a while to come up, may be paused by the server at any time, and holds the agent server that
 * does the work: so the driver asks the Cloud what there is, and the sandbox for everything else.
 *
 * It holds no state. Each call that goes into a sandbox first asks where the sandbox is, because address and
 * key change whenever it is resumed; that doubles such calls, which are few, and leaves no key to go stale.
 * Facts and traps: reference/openhands-api.md section 2, docs/openhands-cloud.md.
 */
import { fail, ok, type Result } from '@mcpoverflow/types';
import pRetry from 'p-retry';
import type * as z from 'zod';
import { type Agent, type AgentFault, MAX_IDS_PER_LOOK, type RunSnapshot, type Sighting } from './agent.ts';
import { type AgentServerOptions, asWrongAddress, createAgentServer, isInOrder } from './agent-server.ts';
import {
  type AppConversation,
  appConversationsSchema,
  cloudStartBody,
  decisiveStart,
  mayPass,
  type StartTask,
  snapshotOfConversation,
  snapshotOfStart,
  startTaskPageSchema,
  startTaskSchema,
} from './cloud-wire.ts';
import { type Call, createExchange, parseAnswer } from './exchange.ts';
import { faultOfTimeout, faultOfUnreadable, presentable } from './fault.ts';
import { sandboxAddress } from './sandbox-address.ts';
import { formsOf, withoutSecrets } from './secrets.ts';
import { countSchema, successSchema } from './wire.ts';

export interface CloudOptions extends Omit<AgentServerOptions, 'sessionApiKey' | 'llm' | 'maxIterations'> {
  /** An API key of the account, sent as `Authorization: Bearer`. */
  readonly apiKey: string;
  /** The model of the runs; left out, the one of the account's settings. */
  readonly model?: string;
  /** Pause before a conversation whose sandbox seems to be missing is asked for again; doubles. Default 500. Milliseconds. */
  readonly missingPauseMs?: number;
}

const MAX_JSON_BYTES = 32 * 1024 * 1024;
const MAX_DETAIL_CHARACTERS = 1000;
/** A start is given up by the server after four minutes at the most (sandbox and conversation, 120 s each). */
const STARTS_FROM_MS = 15 * 60_000;
/** Starts are searched, not asked for by their conversation, and come a hundred to a page. */
const MAX_START_PAGES = 5;
/** The server answers `MISSING` when it could not ask for the sandbox, too. */
const LOOKS_AT_MISSING = 3;
const MISSING_PAUSE_MS = 500;
const STARTING_RETRY_MS = 10_000;

/** OpenHands Cloud behind the engine's interface. Makes no call by itself. */
export function createCloud(options: CloudOptions): Agent {
  const { apiKey, baseUrl, fetch, now, retries, timeoutMs, createTimeoutMs } = options;
  const random = options.random ?? Math.random;
  const secrets = formsOf([apiKey]);
  const exchange = createExchange({
    baseUrl,
    fetch,
    now,
    retries,
    random,
    secrets,
    key: { header: 'authorization', value: `Bearer ${apiKey}` },
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

  /** One time-out for all the calls that one question takes. */
  const bounded = (signal: AbortSignal | undefined): AbortSignal => {
    const deadline = AbortSignal.timeout(timeoutMs);
    return signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
  };

  async function ask<T>(call: Call, schema: z.ZodType<T>): Promise<Result<T, AgentFault>> {
    return parseAnswer(await exchange(call), schema, { repeatable: call.repeatable, secrets });
  }

  async function conversationsOf(
    ids: readonly string[],
    signal: AbortSignal,
  ): Promise<Result<(AppConversation | null | undefined)[], AgentFault>> {
    const query = ids.map((id) => `ids=${encodeURIComponent(id)}`).join('&');
    const answer = await ask(look(`/api/v1/app-conversations?${query}`, signal), appConversationsSchema);
    if (!answer.ok) return fail(asWrongAddress(answer.error));
    if (!isInOrder(answer.value, ids))
      return fail(faultOfUnreadable('is not about the runs that were asked for', 200, { repeatable: true, secrets }));
    return answer;
  }

  /** The conversation; null when there is none, or when its sandbox is missing each time. */
  async function conversationOf(id: string, signal: AbortSignal): Promise<Result<AppConversation | null, AgentFault>> {
    let last: Result<AppConversation | null, AgentFault> = ok(null);
    const lookOnce = async (): Promise<void> => {
      const found = await conversationsOf([id], signal);
      const conversation = found.ok ? found.value[0] : null;
      if (conversation === undefined) {
        last = fail(faultOfUnreadable('does not follow the protocol', 200, { repeatable: true, secrets }));
        return;
      }
      last = found.ok ? ok(conversation) : found;
      if (conversation?.sandbox_status === 'MISSING') throw new Error('missing');
    };
    try {
      await pRetry(lookOnce, { retries: LOOKS_AT_MISSING - 1, minTimeout: options.missingPauseMs ?? MISSING_PAUSE_MS, signal });
    } catch {
      // `last` holds the outcome unless the time ran out between two looks.
      if (signal.aborted) return fail(faultOfTimeout({ repeatable: true, secrets }));
    }
    return last;
  }

  /** The latest starts of the account, the newest first. */
  async function recentStarts(signal: AbortSignal): Promise<Result<readonly StartTask[], AgentFault>> {
    const tasks: StartTask[] = [];
    const query = new URLSearchParams({ created_at__gte: new Date(now() - STARTS_FROM_MS).toISOString(), limit: '100' });
    for (let page = 0; page < MAX_START_PAGES; page += 1) {
      const answer = await ask(look(`/api/v1/app-conversations/start-tasks/search?${query}`, signal), startTaskPageSchema);
      if (!answer.ok) return fail(asWrongAddress(answer.error));
      tasks.push(...answer.value.items);
      if (typeof answer.value.next_page_id !== 'string') break;
      query.set('page_id', answer.value.next_page_id);
    }
    return ok(tasks);
  }

  async function startOf(id: string, signal: AbortSignal): Promise<Result<StartTask | null, AgentFault>> {
    const tasks = await recentStarts(signal);
    return tasks.ok ? ok(decisiveStart(tasks.value, id.toLowerCase())) : tasks;
  }

  /** Does something with the agent server in the sandbox of a conversation. */
  async function enter<T>(
    { id, sandbox_status, conversation_url, session_api_key }: AppConversation,
    task: (agent: Agent) => Promise<Result<T, AgentFault>>,
  ): Promise<Result<T, AgentFault>> {
    if (sandbox_status !== 'RUNNING' || typeof conversation_url !== 'string' || typeof session_api_key !== 'string') {
      return fail(unavailable("The run's sandbox is not running."));
    }
    const address = sandboxAddress(conversation_url, id, baseUrl);
    if (address === null)
      return fail(faultOfUnreadable('names an address that is not one of a sandbox', 200, { repeatable: true, secrets }));
    const agent = createAgentServer({
      baseUrl: address,
      sessionApiKey: session_api_key,
      fetch,
      now,
      timeoutMs,
      createTimeoutMs,
      retries,
      random,
      // Of no effect: the Cloud alone starts runs.
      maxIterations: 1,
    });
    const answer = await task(agent);
    if (answer.ok || answer.error.code !== 'agent-unauthorized') return answer;
    // The account's key was good, so the sandbox was resumed since and has another: the next try asks for it.
    return fail({ ...unavailable("The run's sandbox was started again in the meantime."), ambiguous: answer.error.ambiguous });
  }

  /** Does something in the sandbox of a run that must be there. */
  async function inside<T>(
    id: string,
    signal: AbortSignal | undefined,
    task: (agent: Agent, signal: AbortSignal) => Promise<Result<T, AgentFault>>,
  ): Promise<Result<T, AgentFault>> {
    const until = bounded(signal);
    const found = await conversationOf(id, until);
    if (!found.ok) return found;
    if (found.value === null || found.value.sandbox_status === 'MISSING') return fail(lost());
    return enter(found.value, (agent) => task(agent, until));
  }

  async function snapshotInside(conversation: AppConversation, signal: AbortSignal): Promise<Result<RunSnapshot | null, AgentFault>> {
    switch (conversation.sandbox_status) {
      case 'MISSING':
        return ok(null);
      case 'STARTING':
      case 'PAUSED':
      case 'ERROR':
        return ok(snapshotOfConversation(conversation));
      default:
        // Only the agent server knows whether the run has its message.
        return enter(conversation, (agent) => agent.get(conversation.id, signal));
    }
  }

  /** A start that failed half-way leaves its sandbox behind. One of another name is shared with other conversations. */
  async function removeSandbox(conversationId: string, start: StartTask, signal: AbortSignal): Promise<Result<void, AgentFault>> {
    const sandboxId = conversationId.replaceAll('-', '').toLowerCase();
    if (start.sandbox_id !== sandboxId) return ok(undefined);
    const removed = await ask(act('DELETE', `/api/v1/sandboxes/${sandboxId}?sandbox_id=${sandboxId}`, signal), successSchema);
    return removed.ok || removed.error.code === 'agent-lost' ? ok(undefined) : removed;
  }

  /** True when the Cloud knew the conversation. */
  async function removeConversation(id: string, signal: AbortSignal): Promise<Result<boolean, AgentFault>> {
    const deleted = await ask(act('DELETE', `/api/v1/app-conversations/${encodeURIComponent(id)}`, signal), successSchema);
    if (deleted.ok) return ok(true);
    return deleted.error.code === 'agent-lost' ? ok(false) : deleted;
  }

  return {
    filesNeedRun: true,

    async start(request, signal) {
      const call: Call = {
        ...act('POST', '/api/v1/app-conversations', signal),
        body: { json: cloudStartBody(request, options.model) },
        repeatable: false,
        timeoutMs: createTimeoutMs,
      };
      const answer = await ask(call, startTaskSchema);
      if (!answer.ok) return fail(asWrongAddress(answer.error));
      if (answer.value.request.conversation_id !== request.conversationId.toLowerCase()) {
        return fail(faultOfUnreadable('is about another run', 200, { repeatable: false, secrets }));
      }
      return ok(snapshotOfStart(request.conversationId.toLowerCase(), answer.value.status === 'ERROR' ? 'error' : 'starting'));
    },

    async get(conversationId, signal) {
      const until = bounded(signal);
      const found = await conversationOf(conversationId, until);
      if (!found.ok) return found;
      if (found.value !== null) return snapshotInside(found.value, until);
      const start = await startOf(conversationId, until);
      if (!start.ok) return start;
      if (start.value?.status !== 'READY') return ok(ofStart(conversationId, start.value));
      // It came to be between the two looks, or was removed since.
      const made = await conversationOf(conversationId, until);
      if (!made.ok) return made;
      return made.value === null ? ok(null) : snapshotInside(made.value, until);
    },

    async getMany(ids, signal) {
      const sightings: Sighting[] = [];
      let starts: readonly StartTask[] | null = null;
      for (let from = 0; from < ids.length; from += MAX_IDS_PER_LOOK) {
        const until = bounded(signal);
        const part = ids.slice(from, from + MAX_IDS_PER_LOOK);
        const found = await conversationsOf(part, until);
        if (!found.ok) return found;
        if (starts === null && found.value.includes(null)) {
          const recent = await recentStarts(until);
          if (!recent.ok) return recent;
          starts = recent.value;
        }
        for (const [at, conversation] of found.value.entries()) {
          const id = part[at] ?? '';
          if (conversation === undefined) sightings.push(conversation);
          else if (conversation === null) sightings.push(ofStart(id, decisiveStart(starts ?? [], id.toLowerCase())));
          else sightings.push(conversation.sandbox_status === 'MISSING' ? null : snapshotOfConversation(conversation));
        }
      }
      return ok(sightings);
    },

    userMessageCount: (id, signal) => inside(id, signal, (agent, until) => agent.userMessageCount(id, until)),
    send: (id, text, signal) => inside(id, signal, (agent, until) => agent.send(id, text, until)),
    finalResponse: (id, signal) => inside(id, signal, (agent, until) => agent.finalResponse(id, until)),
    upload: (id, path, content, signal) => inside(id, signal, (agent, until) => agent.upload(id, path, content, until)),
    download: (id, path, maxBytes, signal) => inside(id, signal, (agent, until) => agent.download(id, path, maxBytes, until)),
    activity: (id, directory, signal) => inside(id, signal, (agent, until) => agent.activity(id, directory, until)),

    async resume(conversationId, signal) {
      const until = bounded(signal);
      const found = await conversationOf(conversationId, until);
      if (!found.ok) return found;
      if (found.value === null) return fail(lost());
      switch (found.value.sandbox_status) {
        case 'MISSING':
          return fail(lost());
        case 'STARTING':
          return ok(undefined);
        case 'PAUSED': {
          const resumed = await ask(act('POST', `${sandboxPath(found.value.sandbox_id)}/resume`, until), successSchema);
          return resumed.ok ? ok(undefined) : resumed;
        }
        default:
          return enter(found.value, (agent) => agent.resume(conversationId, until));
      }
    },

    async failure(conversationId, signal) {
      const until = bounded(signal);
      const found = await conversationOf(conversationId, until);
      if (!found.ok) return found;
      if (found.value === null) {
        const start = await startOf(conversationId, until);
        if (!start.ok) return start;
        if (start.value?.status !== 'ERROR' || mayPass(start.value)) return ok(null);
        const reason = start.value.detail ?? 'OpenHands Cloud gave no reason.';
        const detail = withoutSecrets(presentable(reason, secrets, MAX_DETAIL_CHARACTERS));
        return ok({ id: null, code: 'StartFailed', detail });
      }
      // What became of the run died with its sandbox.
      if (found.value.sandbox_status === 'ERROR' || found.value.sandbox_status === 'MISSING') return ok(null);
      return enter(found.value, (agent) => agent.failure(conversationId, until));
    },

    async interrupt(conversationId, signal) {
      const until = bounded(signal);
      const found = await conversationOf(conversationId, until);
      if (!found.ok) return found;
      // Without a running sandbox nothing runs, and a run that is only starting has no message to work on.
      if (found.value === null || !mayRun(found.value)) return ok(undefined);
      const half = AbortSignal.any([until, AbortSignal.timeout(timeoutMs / 2)]);
      const interrupted = await enter(found.value, (agent) => agent.interrupt(conversationId, half));
      if (interrupted.ok) return interrupted;
      // Its agent server does not answer, so the whole sandbox is stopped.
      const paused = await ask(act('POST', `${sandboxPath(found.value.sandbox_id)}/pause`, until), successSchema);
      return paused.ok ? ok(undefined) : interrupted;
    },

    /** The directory goes with the sandbox, and the sandbox with the conversation. */
    async removeDirectory() {
      return ok(undefined);
    },

    async delete(conversationId, signal) {
      const until = bounded(signal);
      const removed = await removeConversation(conversationId, until);
      if (!removed.ok) return removed;
      if (removed.value) return ok(undefined);

      const start = await startOf(conversationId, until);
      if (!start.ok) return start;
      switch (start.value?.status) {
        case undefined:
          return ok(undefined);
        case 'READY': {
          // It came to be between the two calls, or was removed before.
          const again = await removeConversation(conversationId, until);
          return again.ok ? ok(undefined) : again;
        }
        case 'ERROR':
          return removeSandbox(conversationId, start.value, until);
        default:
          return fail({
            ...unavailable('The run is still being started; it can be removed once it is there.'),
            retryAfterMs: STARTING_RETRY_MS,
          });
      }
    },

    async health(signal) {
      const answer = await ask(look('/api/v1/app-conversations/count', bounded(signal)), countSchema);
      // The Cloud names no version.
      return answer.ok ? ok({ version: null }) : fail(asWrongAddress(answer.error));
    },
  };
}

const sandboxPath = (sandboxId: string): string => `/api/v1/sandboxes/${encodeURIComponent(sandboxId)}`;

const mayRun = ({ sandbox_status: status }: AppConversation): boolean => status === 'RUNNING' || status === 'UNKNOWN';

function ofStart(id: string, task: StartTask | null): RunSnapshot | null {
  if (task === null) return null;
  return snapshotOfStart(id.toLowerCase(), task.status === 'ERROR' ? 'error' : 'starting');
}

const unavailable = (message: string): AgentFault => ({ code: 'agent-unavailable', message, ambiguous: false });

const lost = (): AgentFault => ({ code: 'agent-lost', message: "The run's sandbox is gone.", ambiguous: false });
