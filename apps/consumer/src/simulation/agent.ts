/**
 * A model of an agent-server at the level of HTTP: slow, forgetful, lying, as reference/openhands-api.md
 * section 1.5 describes it. It knows at any time which runs are alive. Where runs have sandboxes, a run is
 * created without its message, and takes files and messages only once its sandbox is there.
 *
 * One promise it keeps, because the whole protocol stands on it: a create takes effect within
 * {@link MAX_CREATE_DELAY_MS} after it was sent, or never.
 */
import type { Engine } from '@mcpoverflow/types';
import * as z from 'zod';
import type { Network } from './network.ts';
import { currentProcess, never } from './processes.ts';

/** Just below the engine's quiet time of 120 s. The embedded agent is a Durable Object next door, and asked again at once. */
export const MAX_CREATE_DELAY_MS = { openhands: 118_000, embedded: 2_000 } as const;

type Status = 'idle' | 'running' | 'paused' | 'finished' | 'error' | 'stuck';

export interface Conversation {
  readonly id: string;
  readonly jobId: string;
  readonly generation: number;
  readonly engine: Engine;
  readonly createdAt: number;
  /** When its sandbox is there. */
  readonly readyAt: number;
  status: Status;
  messages: number;
  /** How often it was set to work: what an earlier time would have come to is void. */
  begun: number;
  begunAt: number;
  /** US dollars per second of work, and what it cost before the present work. */
  readonly costPerSecond: number;
  costBefore: number;
  /** Everything that has happened so far, counted. */
  happened: number;
  /** The newest of its life: a restart in the middle of it adds none. */
  failure: { readonly id: string; readonly code: string } | null;
  /** What is shown for a moment longer, after it was told to go on. */
  past: { readonly status: Status; readonly lastEventId: string; readonly until: number } | null;
  result: 'good' | 'bad' | 'none';
}

/** How a run goes, drawn when it begins. */
interface Course {
  readonly durationMs: number;
  readonly ending: 'good' | 'bad' | 'none' | 'error' | 'outage' | 'stuck' | 'never';
  /** `finished` too early, and then on. */
  readonly flaps: boolean;
}

export interface AgentSpectator {
  /** The set of live runs may have changed. */
  changed(): void;
  created(conversation: Conversation): void;
  overlapping(conversationId: string): void;
}

export type Outage = 'refused' | 'html' | 'hangs';

/** A request is on its way for no longer than this, so that a create can keep its promise. */
const MAX_TRANSPORT_MS = 1_500;

interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly caller: string;
  readonly sentAt: number;
}

export const isLive = ({ status, messages }: Conversation): boolean => status === 'running' || (status === 'idle' && messages > 0);

/** A sandbox takes as long as that, or never comes. */
const MAX_SANDBOX_MS = 120_000;
const NEVER_MS = 86_400_000;

export class ModelAgent {
  readonly engine: Engine;
  /** What was uploaded for which conversation, until it is removed. */
  readonly directories = new Set<string>();
  readonly conversations = new Map<string, Conversation>();
  /** Conversations the agent lost or denied, per job and generation: each allows one more. */
  readonly losses = new Map<string, number>();
  /** Answers about a conversation, single and batched. */
  looks = 0;
  downUntil = 0;
  outage: Outage = 'refused';
  readonly #network: Network;
  readonly #spectator: AgentSpectator;
  readonly #hasSandboxes: boolean;
  readonly #createsUnderWay = new Map<string, number>();

  constructor(network: Network, engine: Engine, spectator: AgentSpectator, hasSandboxes = false) {
    this.#network = network;
    this.engine = engine;
    this.#spectator = spectator;
    this.#hasSandboxes = hasSandboxes;
  }

  liveRuns(): Conversation[] {
    return [...this.conversations.values()].filter(isLive);
  }

  /** US dollars so far. */
  costOf({ status, begunAt, costBefore, costPerSecond }: Conversation): number {
    return costBefore + (status === 'running' ? ((this.#network.time.now - begunAt) / 1000) * costPerSecond : 0);
  }

  /** Its sandbox is still to come. */
  isStarting(id: string): boolean {
    const conversation = this.conversations.get(id);
    return conversation !== undefined && this.#network.time.now < conversation.readyAt;
  }

  /**
   * The server comes up again: what ran is in error without a reason, gone with its sandbox, or paused where the
   * server was stopped in good order. What had its message and was about to run stands still.
   */
  restart(): void {
    const { chance } = this.#network;
    for (const conversation of [...this.conversations.values()]) {
      if (!isLive(conversation)) continue;
      const becomes = chance.pick('restart', ['lost', 'error', 'idle', 'paused'] as const);
      if (becomes === 'lost') {
        this.lose(conversation);
        continue;
      }
      this.#network.note(`agent goes down under ${conversation.id}, which is now ${becomes}`);
      this.#rest(conversation, becomes);
      if (becomes === 'error') this.#countLoss(conversation);
    }
    this.#spectator.changed();
  }

  #rest(conversation: Conversation, status: Status): void {
    conversation.costBefore = this.costOf(conversation);
    conversation.status = status;
    conversation.past = null;
    conversation.happened += 1;
  }

  lose(conversation: Conversation): void {
    this.#network.note(`agent loses ${conversation.id}`);
    this.#countLoss(conversation);
    this.conversations.delete(conversation.id);
    this.#spectator.changed();
  }

  #countLoss({ jobId, generation }: Conversation): void {
    const key = `${jobId} ${generation}`;
    this.losses.set(key, (this.losses.get(key) ?? 0) + 1);
  }

  /** In the place of `fetch`. */
  fetch(url: string, init: RequestInit): Promise<Response> {
    const caller = currentProcess();
    if (caller?.alive === false) return never();
    const { pathname, searchParams } = new URL(url);
    const { time } = this.#network;
    const name = caller?.name ?? 'caller';
    const request: Request = {
      caller: name,
      sentAt: time.now,
      method: init.method ?? 'GET',
      path: pathname,
      query: searchParams,
      body: typeof init.body === 'string' ? JSON.parse(init.body) : undefined,
    };
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(init.signal?.reason);
      if (init.signal?.aborted) return abort();
      init.signal?.addEventListener('abort', abort, { once: true });
      if (time.now < this.downUntil) {
        this.#network.struck(name, `agent is down for ${request.method} ${request.path}`);
        if (this.outage === 'refused')
          reject(Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }) }));
        if (this.outage === 'html') resolve(new Response('<html>Bad gateway</html>', { status: 502 }));
        return;
      }
      this.#network.call('agent', `${request.method} ${request.path}`, () => this.#serve(request), MAX_TRANSPORT_MS).then(resolve, reject);
    });
  }

  async #serve(request: Request): Promise<Response> {
    const { chance, trouble } = this.#network;
    const stream = `agent ${request.method} ${request.path}`;
    const name = request.caller;
    if (chance.happens(stream, trouble.agentRefuses)) {
      const refusal = chance.pick(stream, ['503', '429', '500 before', 'html'] as const);
      this.#network.struck(name, `agent refuses ${request.path} with ${refusal}`);
      if (refusal === '503') return problem(503, 'not ready');
      if (refusal === '429') return problem(429, 'slow down', { 'retry-after': '7' });
      if (refusal === 'html') return new Response('<html>oops</html>', { status: 200 });
      return problem(500, 'Internal Server Error');
    }
    const response = await this.#route(request, stream);
    if (!chance.happens(stream, trouble.answerLost)) return response;
    const loss = chance.pick(stream, ['never', 'reset', 'half'] as const);
    this.#network.struck(name, `answer of ${request.path} lost: ${loss}`);
    if (loss === 'never') return never();
    if (loss === 'reset') throw new TypeError('fetch failed');
    return new Response('{"id": "', { status: 200 });
  }

  async #route(request: Request, stream: string): Promise<Response> {
    const { method, path, query } = request;
    const parts = path.split('/').slice(2);
    if (parts[0] === 'bash') return this.#removeDirectory(request.body);
    if (parts[0] === 'file') return this.#file(parts[1] ?? '', query.get('path') ?? '');
    if (parts[0] !== 'conversations') return problem(404, 'Not Found');
    const id = parts[1];
    if (id === undefined) {
      if (method === 'POST') return this.#create(request, stream);
      return Response.json(query.getAll('ids').map((each) => this.#look(each)));
    }
    const conversation = this.conversations.get(id);
    const action = parts.slice(2).join('/');
    if (conversation === undefined) return problem(404, 'Not Found');
    if ((method === 'DELETE' || action === 'interrupt') && this.#network.chance.happens(stream, this.#network.trouble.keeps)) {
      this.#network.struck(request.caller, `agent keeps ${id}`);
      return problem(503, 'not now');
    }
    if (method === 'DELETE') {
      this.#network.note(`agent deletes ${id}`);
      this.conversations.delete(id);
      this.#spectator.changed();
      return Response.json({ success: true });
    }
    switch (action) {
      case '': {
        const info = this.#look(id);
        return info === null ? problem(404, 'unknown') : Response.json(info);
      }
      case 'interrupt':
        if (isLive(conversation)) this.#rest(conversation, 'paused');
        this.#spectator.changed();
        return Response.json({ success: true });
      case 'events':
        if (this.isStarting(id)) return problem(503, 'not ready');
        this.#showPast(conversation);
        conversation.messages += 1;
        conversation.happened += 1;
        if (this.#network.chance.happens(stream, this.#network.trouble.createHalf)) {
          this.#network.note(`agent keeps the message of ${id} and has no room to run it`);
          this.#rest(conversation, 'idle');
          return problem(429, 'Too many runs at once; message saved.');
        }
        this.#begin(conversation);
        return Response.json({ success: true });
      case 'run':
        if (conversation.status === 'running') return problem(409, 'The conversation is already running.');
        this.#showPast(conversation);
        this.#begin(conversation);
        return Response.json({ success: true });
      case 'events/count':
        return Response.json(conversation.messages);
      case 'events/search':
        if (query.get('kind')?.endsWith('.ActionEvent')) return Response.json({ items: [actionEvent] });
        return Response.json({
          items: conversation.failure === null ? [] : [{ ...conversation.failure, detail: 'It broke.' }],
        });
      default:
        return problem(404, 'Not Found');
    }
  }

  async #create({ body, sentAt }: Request, stream: string): Promise<Response> {
    const { chance, trouble, time } = this.#network;
    const { id, jobId, generation } = readCreate(body);
    if (this.conversations.has(id)) return Response.json(this.#look(id));
    const underWay = this.#createsUnderWay.get(id) ?? 0;
    if (underWay > 0) this.#spectator.overlapping(id);
    this.#createsUnderWay.set(id, underWay + 1);
    const late = chance.happens(stream, trouble.createLate);
    if (late) this.#network.struck(`Job ${jobId}`, `create of ${id} is slow`);
    const latest = Math.max(5, sentAt + MAX_CREATE_DELAY_MS[this.engine] - time.now);
    await new Promise<void>((resolve) => time.happen(late ? chance.between(stream, 5, latest) : 5, resolve));
    this.#createsUnderWay.set(id, (this.#createsUnderWay.get(id) ?? 1) - 1);
    if (late && chance.happens(stream, 0.3)) return problem(500, 'Internal Server Error');
    if (this.conversations.has(id)) return Response.json(this.#look(id));
    const sandboxMs = chance.happens(stream, 0.05) ? NEVER_MS : chance.between(stream, 1_000, MAX_SANDBOX_MS);
    const conversation: Conversation = {
      id,
      jobId,
      generation,
      engine: this.engine,
      createdAt: time.now,
      readyAt: this.#hasSandboxes ? time.now + sandboxMs : 0,
      status: 'idle',
      messages: 0,
      begun: 0,
      begunAt: 0,
      costPerSecond: this.engine === 'embedded' ? 0 : chance.pick(`cost ${jobId}`, [0, 0.001, 0.02, 0.2]),
      costBefore: 0,
      happened: 0,
      failure: null,
      past: null,
      result: 'none',
    };
    this.conversations.set(id, conversation);
    this.#network.note(`agent creates ${id} for ${jobId} generation ${generation}`);
    this.#spectator.created(conversation);
    if (this.#hasSandboxes) return Response.json(this.#infoOf(conversation), { status: 201 });
    if (chance.happens(stream, trouble.createHalf)) {
      this.#network.struck(`Job ${jobId}`, `create of ${id} stays without its message`);
      return problem(500, 'Internal Server Error');
    }
    conversation.messages = 1;
    this.#begin(conversation);
    return Response.json(this.#infoOf(conversation), { status: 201 });
  }

  #begin(conversation: Conversation): void {
    const { chance, time, trouble } = this.#network;
    conversation.costBefore = this.costOf(conversation);
    conversation.status = 'running';
    conversation.begunAt = time.now;
    conversation.begun += 1;
    this.#spectator.changed();
    const stream = `course ${conversation.jobId}`;
    const course: Course = {
      durationMs: chance.between(stream, 100, chance.pick(stream, [1_000, 30_000, 200_000])),
      ending: chance.pick(stream, ['good', 'good', 'good', 'good', 'good', 'bad', 'none', 'error', 'outage', 'stuck', 'never']),
      flaps: chance.happens(stream, trouble.flaps),
    };
    const { begun } = conversation;
    const goesOn = (): boolean => this.conversations.get(conversation.id) === conversation && conversation.begun === begun;
    if (course.ending === 'never') return;
    time.happen(course.durationMs, () => {
      if (!goesOn() || conversation.status !== 'running') return;
      if (course.flaps) {
        this.#rest(conversation, 'finished');
        time.happen(chance.between(stream, 10, 2_500), () => {
          if (!goesOn() || conversation.status !== 'finished') return;
          conversation.status = 'running';
          conversation.begunAt = time.now;
          this.#spectator.changed();
          time.happen(1_000, () => goesOn() && conversation.status === 'running' && this.#end(conversation, course));
        });
      } else this.#end(conversation, course);
      this.#spectator.changed();
    });
  }

  #end(conversation: Conversation, { ending }: Course): void {
    const hasFailed = ending === 'error' || ending === 'outage';
    this.#rest(conversation, hasFailed ? 'error' : ending === 'stuck' ? 'stuck' : 'finished');
    if (hasFailed) {
      const code = ending === 'outage' ? 'LLMServiceUnavailableError' : 'RuntimeError';
      conversation.failure = { id: `failure-${conversation.happened}`, code };
    }
    if (ending === 'good' || ending === 'bad') conversation.result = ending;
  }

  #look(id: string): object | null {
    const conversation = this.conversations.get(id);
    if (conversation === undefined) return null;
    this.looks += 1;
    if (this.#network.chance.happens(`denies ${conversation.jobId}`, this.#network.trouble.denies)) {
      this.#network.note(`agent denies ${id}`);
      this.#countLoss(conversation);
      return null;
    }
    return this.#infoOf(conversation);
  }

  /** What it is about to be told may not be seen at once. */
  #showPast(conversation: Conversation): void {
    const { chance, time, trouble } = this.#network;
    const stream = `past ${conversation.jobId}`;
    if (!chance.happens(stream, trouble.flaps)) return;
    const until = time.now + chance.between(stream, 10, 1_200);
    conversation.past = { status: conversation.status, lastEventId: this.#lastEventId(conversation), until };
  }

  /** Somebody at work does something every seven seconds. */
  #lastEventId({ status, happened, begunAt }: Conversation): string {
    const steps = status === 'running' ? Math.floor((this.#network.time.now - begunAt) / 7_000) : 0;
    return `event-${happened}-${steps}`;
  }

  #infoOf(conversation: Conversation): object {
    const { id, messages, past } = conversation;
    const shown =
      past !== null && this.#network.time.now < past.until
        ? past
        : { status: conversation.status, lastEventId: this.#lastEventId(conversation) };
    return {
      id,
      execution_status: shown.status,
      last_user_message_id: messages > 0 ? `message-${messages}` : null,
      leaf_event_id: shown.lastEventId,
      stats: { usage_to_metrics: { agent: { accumulated_cost: this.costOf(conversation) } } },
    };
  }

  #removeDirectory(body: unknown): Response {
    const { command } = commandSchema.parse(body);
    for (const id of this.directories) if (command.includes(id)) this.directories.delete(id);
    return Response.json({ exit_code: 0, stderr: null });
  }

  #file(action: string, path: string): Response {
    if (action === 'upload') {
      const id = path.split('/')[2] ?? '';
      if (this.#hasSandboxes && (!this.conversations.has(id) || this.isStarting(id))) return problem(503, 'not ready');
      this.directories.add(id);
      return Response.json({ success: true });
    }
    const conversation = [...this.conversations.values()].find(({ id }) => path.includes(id));
    if (conversation === undefined || conversation.result === 'none') return problem(404, 'no such file');
    return Response.json(conversation.result === 'good' ? documentation : { files: 'no list' });
  }
}

const documentation = { files: [{ path: 'README.md', content: '# Read me' }] };

const actionEvent = { kind: 'ActionEvent', tool_name: 'terminal', action: { kind: 'TerminalAction', command: 'npm test' } };
const commandSchema = z.object({ command: z.string() });

const problem = (status: number, detail: string, headers: Record<string, string> = {}): Response =>
  Response.json({ detail }, { status, headers });

const createSchema = z.object({ conversation_id: z.string(), tags: z.object({ job: z.string(), generation: z.string() }) });

function readCreate(body: unknown): { id: string; jobId: string; generation: number } {
  const { conversation_id: id, tags } = createSchema.parse(body);
  return { id, jobId: tags.job, generation: Number(tags.generation) };
}
