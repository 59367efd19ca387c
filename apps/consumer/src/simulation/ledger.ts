/**
 * What must hold at every moment, watched from outside: rows as they are written, calls as they are
 * answered, runs as they come and go. It keeps its own books and trusts none of the code's.
 */
import { type Engine, engines, isTerminal } from '@mcpoverflow/types';
import * as z from 'zod';
import { isDeleted, type JobState, type Stored, storedSchema } from '../job/state.ts';
import { type AgentSpectator, type Conversation, isLive, type ModelAgent } from './agent.ts';
import type { Network } from './network.ts';
import type { Spectator } from './objects.ts';
import { WebhookLedger } from './webhook-ledger.ts';

/** Design section 3: what was started lives no longer than this after nobody wants it any more. */
const LAST_MINUTE_MS = 60_000;
/** A pool that forgot a run hears of it within five minutes. */
const MAX_OVERSPENDING_MS = 420_000;

const holderSchema = z.object({ token: z.string(), conversationId: z.string() });
const messageSchema = z.object({ generation: z.number(), turn: z.number() });
const answerSchema = z.looseObject({ kind: z.string() });
const outcomeSchema = answerSchema;

export interface Counts {
  sends: number;
  /** Turns handed out. */
  begun: number;
  turns: number;
  generations: number;
  places: number;
  /** Turns that met a run whose sandbox was still to come. */
  preparing: number;
}

export interface LedgerSettings {
  /** Which engine a job that chooses none runs on. */
  readonly engine: Engine;
  readonly webhookPausesMs: readonly number[];
  readonly maxCostUsd: number;
}

export class Ledger implements Spectator, AgentSpectator {
  readonly violations: string[] = [];
  readonly counts = new Map<string, Counts>();
  readonly conversationsOf = new Map<string, Set<string>>();
  readonly webhooks: WebhookLedger;
  readonly #network: Network;
  readonly #agent: (engine: Engine) => ModelAgent;
  readonly #engine: Engine;
  readonly #maxCostUsd: number;
  readonly #rows = new Map<string, Stored | null>();
  readonly #endings = new Map<string, string>();
  readonly #incarnationOf = new Map<string, string>();
  readonly #unwantedSince = new Map<string, number>();
  readonly #liveSince = new Map<string, number>();

  constructor(network: Network, agent: (engine: Engine) => ModelAgent, { engine, webhookPausesMs, maxCostUsd }: LedgerSettings) {
    this.#network = network;
    this.#agent = agent;
    this.#engine = engine;
    this.#maxCostUsd = maxCostUsd;
    this.webhooks = new WebhookLedger(network, {
      pausesMs: webhookPausesMs,
      violation: (what) => this.violation(what),
      jobOf: (jobId) => this.job(jobId),
    });
  }

  count(jobId: string): Counts {
    const known = this.counts.get(jobId);
    if (known !== undefined) return known;
    const fresh: Counts = { sends: 0, begun: 0, turns: 0, generations: 0, places: 0, preparing: 0 };
    this.counts.set(jobId, fresh);
    return fresh;
  }

  violation(what: string): void {
    this.#network.note(`VIOLATION ${what}`);
    this.violations.push(what);
  }

  // --- rows

  wrote(name: string, key: string, _before: unknown, after: unknown): void {
    if (!name.startsWith('Job ') || key !== 'state') return;
    const jobId = name.slice('Job '.length);
    const previous = this.#rows.get(jobId) ?? null;
    const next = after === undefined ? null : storedSchema.parse(after);
    this.#rows.set(jobId, next);
    this.webhooks.jobChanged(jobId, previous, next);
    if (next === null || isDeleted(next)) {
      if (next === null && previous !== null && !isDeleted(previous)) this.violation(`${name} was forgotten without having been deleted`);
      if (next !== null) this.#network.note(`${name} deleted, ${next.stops.length} stops`);
      return;
    }
    this.#network.note(
      `${name} g${next.generation} ${next.status}/${next.stage} turn ${next.expected?.turn ?? '-'} ${next.expected?.kind ?? ''} attempts ${next.expected?.attempts ?? '-'} lease ${next.expected?.lease?.token.slice(0, 4) ?? '-'} run ${next.run?.number ?? '-'} ${next.run?.created ?? ''} stops ${next.stops.length} error ${next.error?.code ?? '-'}`,
    );
    this.#checkSuccession(name, previous, next);
    this.#checkEnding(name, next);
    this.#checkIdentity(name, next);
  }

  #checkSuccession(name: string, previous: Stored | null, next: JobState): void {
    const counts = this.count(next.jobId);
    if (previous === null || isDeleted(previous) || previous.incarnation !== next.incarnation) {
      if (previous !== null && !isDeleted(previous)) this.violation(`${name} was created over a living job`);
      counts.generations += 1;
      counts.turns += next.lastTurn;
      return;
    }
    counts.turns += next.lastTurn - previous.lastTurn;
    if (next.bodyFingerprint !== previous.bodyFingerprint) this.violation(`${name} changed its body`);
    if (next.lastTurn < previous.lastTurn) this.violation(`${name}: the turn fell from ${previous.lastTurn} to ${next.lastTurn}`);
    if (next.lastEventId < previous.lastEventId) this.violation(`${name}: events were lost`);
    if (next.generation === previous.generation) {
      if (isTerminal(previous.status) && next.status !== previous.status) {
        this.violation(`${name} went from ${previous.status} to ${next.status} within generation ${next.generation}`);
      }
      if (next.progress < previous.progress) this.violation(`${name}: progress fell`);
      return;
    }
    counts.generations += 1;
    if (next.generation !== previous.generation + 1 || previous.status !== 'failed' || next.status !== 'pending') {
      this.violation(`${name}: generation ${previous.generation} ${previous.status} was followed by ${next.generation} ${next.status}`);
    }
  }

  #checkEnding(name: string, next: JobState): void {
    const ends = next.events.filter(
      (event) => event.generation === next.generation && ['job.completed', 'job.failed', 'job.cancelled'].includes(event.type),
    );
    if (ends.length !== (isTerminal(next.status) ? 1 : 0)) this.violation(`${name}: ${ends.length} ends while ${next.status}`);
    if (next.fallback !== null && (next.engine !== 'embedded' || next.options.fallback !== 'embedded')) {
      this.violation(`${name} fell back to ${next.engine}`);
    }
    if (next.status === 'failed' && (next.engine ?? this.#engine) === 'openhands' && next.options.fallback === 'embedded') {
      this.violation(`${name} failed and did not fall back`);
    }
    if (!isTerminal(next.status)) return;
    const key = `${next.incarnation} ${next.generation}`;
    const ending = `${next.status} ${next.completedAt} ${next.result?.token ?? ''} ${next.error?.code ?? ''}`;
    const known = this.#endings.get(key);
    if (known !== undefined && known !== ending) this.violation(`${name}: a second end, ${ending} after ${known}`);
    this.#endings.set(key, ending);
  }

  #checkIdentity(name: string, next: JobState): void {
    if (next.run === null) return;
    const known = this.#incarnationOf.get(next.run.conversationId);
    if (known !== undefined && known !== next.incarnation) this.violation(`${name}: two incarnations share a conversation`);
    this.#incarnationOf.set(next.run.conversationId, next.incarnation);
  }

  // --- calls

  asked(name: string, method: string, values: readonly unknown[]): void {
    if (name.startsWith('Job ')) this.webhooks.jobAsked(name.slice('Job '.length), method, values);
  }

  answered(name: string, method: string, values: readonly unknown[], answer: unknown, before: unknown): void {
    if (!name.startsWith('Job ')) return;
    const jobId = name.slice('Job '.length);
    const counts = this.count(jobId);
    const kind = answerSchema.safeParse(answer).data?.kind;
    const stored = before === undefined ? null : storedSchema.parse(before);
    const state = stored === null || isDeleted(stored) ? null : stored;
    const lease = state?.expected?.lease ?? null;
    this.#network.note(`${name}.${method} ${JSON.stringify(values).slice(0, 120)} → ${kind ?? ''}`);
    this.webhooks.jobAnswered(method, values, kind, state);
    if (method === 'begin' && kind === 'yours') {
      counts.begun += 1;
      const asked = messageSchema.parse(values[0]);
      if (asked.turn !== state?.expected?.turn || asked.generation !== state.generation) this.violation(`${name} handed out another turn`);
      if (lease !== null && lease.until > this.#network.time.now) this.violation(`${name} handed out a turn that was held`);
    }
    if (method === 'granted') counts.places += 1;
    if (method === 'finish' && kind === 'accepted' && outcomeSchema.parse(values[1]).kind === 'preparing') counts.preparing += 1;
    if (method === 'giveUp' && state?.expected?.turn !== messageSchema.parse(values[0]).turn && this.job(jobId)?.status !== state?.status) {
      this.violation(`${name} was ended by a message of another turn`);
    }
    if (method === 'finish' && kind === 'accepted' && lease?.token !== holderSchema.parse(values[0]).token) {
      this.violation(`${name} accepted a write by an old token`);
    }
  }

  // --- runs

  created(conversation: Conversation): void {
    const key = `${conversation.engine} ${conversation.jobId} ${this.#incarnationOf.get(conversation.id) ?? '?'} ${conversation.generation}`;
    const known = this.conversationsOf.get(key) ?? new Set();
    known.add(conversation.id);
    this.conversationsOf.set(key, known);
    const lost = this.#agent(conversation.engine).losses.get(`${conversation.jobId} ${conversation.generation}`) ?? 0;
    if (known.size > 1 + lost) {
      this.violation(
        `job ${conversation.jobId} generation ${conversation.generation} started ${known.size} conversations, ${lost} were lost`,
      );
    }
  }

  overlapping(conversationId: string): void {
    this.violation(`conversation ${conversationId} was created twice at the same time`);
  }

  changed(): void {
    for (const engine of engines) {
      const live = new Map<string, number>();
      for (const { jobId } of this.#agent(engine).liveRuns()) live.set(jobId, (live.get(jobId) ?? 0) + 1);
      for (const [jobId, runs] of live) if (runs > 1) this.violation(`job ${jobId} has ${runs} live runs on ${engine}`);
    }
  }

  // --- time

  /** A run that its job does not want, for more than a minute of undisturbed time. */
  checkUnwanted(): void {
    for (const engine of engines) this.#checkUnwantedOn(this.#agent(engine));
  }

  #checkUnwantedOn(agent: ModelAgent): void {
    const { now } = this.#network.time;
    for (const conversation of agent.conversations.values()) {
      this.#checkCost(agent, conversation);
      if (!isLive(conversation)) {
        this.#liveSince.delete(conversation.id);
        continue;
      }
      const liveSince = this.#liveSince.get(conversation.id) ?? now;
      this.#liveSince.set(conversation.id, liveSince);
      if (this.#wants(conversation)) {
        this.#unwantedSince.delete(conversation.id);
        continue;
      }
      const since = Math.max(liveSince, this.#unwantedSince.get(conversation.id) ?? now);
      this.#unwantedSince.set(conversation.id, since);
      const struckAt = this.#network.struckAt.get(`Job ${conversation.jobId}`) ?? 0;
      const undisturbedSince = Math.max(since, struckAt, Math.min(agent.downUntil, now));
      if (now > undisturbedSince + LAST_MINUTE_MS) {
        this.violation(`run ${conversation.id} of ${conversation.jobId} lives ${(now - since) / 1000} s after its end`);
        this.#unwantedSince.set(conversation.id, Number.POSITIVE_INFINITY);
      }
    }
  }

  /** A run that costs more than it may, for longer than it can take to be seen: trouble and a pool that forgot it included. */
  #checkCost(agent: ModelAgent, conversation: Conversation): void {
    const { now } = this.#network.time;
    const job = this.job(conversation.jobId);
    if (conversation.status !== 'running' || job === null || !this.#wants(conversation)) return;
    const bound = Math.min(this.#maxCostUsd, job.options.maxCostUsd ?? Number.POSITIVE_INFINITY);
    const overspentMs = ((agent.costOf(conversation) - bound) / conversation.costPerSecond) * 1_000;
    if (!(overspentMs > 0)) return;
    const calmSince = Math.max(0, ...this.#network.struckAt.values());
    if (now - Math.max(calmSince, now - overspentMs) > MAX_OVERSPENDING_MS) {
      this.violation(`run ${conversation.id} of ${conversation.jobId} has cost $${agent.costOf(conversation)}`);
    }
  }

  #wants({ id, jobId }: Conversation): boolean {
    const row = this.#rows.get(jobId) ?? null;
    return row !== null && !isDeleted(row) && !isTerminal(row.status) && row.run?.conversationId === id;
  }

  /** The job as it is stored; null when it was never created, or is deleted. */
  job(jobId: string): JobState | null {
    const row = this.#rows.get(jobId) ?? null;
    return row === null || isDeleted(row) ? null : row;
  }

  /** Whether the job, or what is left of it, owes nothing any more. */
  owesNothing(jobId: string): boolean {
    const row = this.#rows.get(jobId) ?? null;
    if (row === null) return true;
    if (isDeleted(row)) return false;
    const isTold = row.deliveries.every(({ status }) => status !== 'pending');
    return isTerminal(row.status) && row.stops.length === 0 && row.publish === null && row.index === null && isTold;
  }
}
