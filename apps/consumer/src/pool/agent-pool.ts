/**
 * The AgentPool: one per agent. It holds how many runs may live at once, the line of those that wait,
 * and it is the only one that looks at live runs: one call per 99 of them, on one alarm.
 *
 * It is a cache of the Jobs. Rows are written when a place is given or freed, never for a look; what a
 * look learns stays in memory, and a pool that forgot simply looks again. A Job that the pool lost
 * checks in by itself.
 */
import { DurableObject } from 'cloudflare:workers';
import { type Agent, MAX_IDS_PER_LOOK, type RunSnapshot } from '@mcpoverflow/openhands';
import { type Engine, engineSchema } from '@mcpoverflow/types';
import * as z from 'zod';
import { agentOf } from '../agent/agents.ts';
import { RPC_TIMEOUT_MS, within } from '../deadline.ts';
import type { Env } from '../env.ts';
import type { ObserveAnswer } from '../job/observe.ts';
import { describeError, log } from '../log.ts';
import { readSettings, type Settings } from '../settings.ts';
import { nextInLine } from './line.ts';
import { afterLook, dueLooks, sightOf, type Watch, watchFromGrant, watchFromStart } from './watch.ts';

const SCHEMA_VERSION = 1;
/** Jobs told at the same time; more would open more calls than an object should hold. */
const REPORTS_AT_ONCE = 25;
/** The alarm is set this far ahead before a look begins, so that a crash in it costs seconds. */
const BACKSTOP_MS = 30_000;

const placeSchema = z.object({
  jobId: z.string(),
  conversationId: z.string(),
  tenant: z.string(),
  priority: z.enum(['normal', 'low']),
  state: z.enum(['waiting', 'granted']),
  since: z.number(),
});
type Place = z.infer<typeof placeSchema>;

export interface PlaceRequest {
  readonly jobId: string;
  readonly conversationId: string;
  readonly tenant: string;
  readonly priority: 'normal' | 'low';
  /** US dollars; null for no bound. */
  readonly maxCostUsd: number | null;
}

/** The pool of an agent. */
export const poolOf = (env: Env, engine: Engine): DurableObjectStub<AgentPool> => env.AGENT_POOL.get(env.AGENT_POOL.idFromName(engine));

export class AgentPool extends DurableObject<Env> {
  readonly #settings: Settings;
  readonly #engine: Engine;
  readonly #places = new Map<string, Place>();
  readonly #watches = new Map<string, Watch>();
  readonly #lastServed = new Map<string, number>();
  #served = 0;
  #alarmAt: number | null = null;
  #looking = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#settings = readSettings(env);
    this.#engine = engineSchema.parse(ctx.id.name);
    migrate(ctx.storage);
    const now = Date.now();
    for (const row of ctx.storage.sql
      .exec('SELECT job_id AS jobId, conversation_id AS conversationId, tenant, priority, state, since FROM place')
      .toArray()) {
      const place = placeSchema.parse(row);
      this.#places.set(place.conversationId, place);
      if (place.state === 'granted') this.#watches.set(place.conversationId, watchFromStart(now));
    }
    if (this.#watches.size > 0) this.#scheduleLook(now);
  }

  /** A place for a run, now or later. Asking again changes nothing. */
  async acquire(request: PlaceRequest): Promise<'granted' | 'waiting'> {
    const known = this.#places.get(request.conversationId);
    if (known !== undefined) return known.state;
    const now = Date.now();
    const state = this.#granted() < this.#limit() && !this.#someoneWaits() ? 'granted' : 'waiting';
    this.#put({ ...request, state, since: now });
    if (state === 'granted') this.#serve(request.tenant, request.conversationId, now);
    else this.#grantNext(now);
    return this.#places.get(request.conversationId)?.state ?? state;
  }

  /** The run has started: looks begin. */
  async watch(request: PlaceRequest): Promise<void> {
    const now = Date.now();
    const known = this.#places.get(request.conversationId);
    // A live run counts against the limit even when the pool forgot it.
    if (known?.state !== 'granted') this.#put({ ...request, state: 'granted', since: now });
    this.#watches.set(request.conversationId, watchFromStart(now));
    this.#scheduleLook(now);
  }

  /** A Job makes sure that it is known: it waits in line, or its run is being looked at. */
  async checkIn(request: PlaceRequest & { readonly running: boolean }): Promise<void> {
    const { running, ...place } = request;
    if (running) {
      if (!this.#watches.has(place.conversationId)) await this.watch(place);
      return;
    }
    // The Job waits for a word that may have been lost.
    if ((await this.acquire(place)) === 'granted') await this.#tell(place.jobId, place.conversationId);
  }

  /** The run is gone, confirmed: its place goes to the next in line. */
  async release(conversationId: string): Promise<void> {
    const place = this.#places.get(conversationId);
    if (place === undefined) return;
    this.#places.delete(conversationId);
    this.#watches.delete(conversationId);
    if (![...this.#places.values()].some((other) => other.tenant === place.tenant)) this.#lastServed.delete(place.tenant);
    this.ctx.storage.sql.exec('DELETE FROM place WHERE conversation_id = ?', conversationId);
    this.#grantNext(Date.now());
  }

  /** For operators and tests: places given, and jobs in line. */
  async occupancy(): Promise<{ readonly granted: number; readonly waiting: number; readonly limit: number }> {
    const granted = this.#granted();
    return { granted, waiting: this.#places.size - granted, limit: this.#limit() };
  }

  override async alarm(): Promise<void> {
    const now = Date.now();
    this.#alarmAt = null;
    if (this.#looking) return this.#scheduleLook(now + 1_000);
    this.#looking = true;
    try {
      const due = dueLooks(this.#watches, now);
      if (due.length > 0) this.#setAlarm(now + BACKSTOP_MS);
      const agent = agentOf(this.#engine, this.#settings, this.env.EMBEDDED_AGENT);
      for (let start = 0; start < due.length; start += MAX_IDS_PER_LOOK) {
        await this.#look(agent, due.slice(start, start + MAX_IDS_PER_LOOK));
      }
      this.#grantNext(Date.now());
    } catch (error) {
      log('error', 'a round of looks failed', { error: describeError(error) });
      this.#postpone([...this.#watches.keys()], Date.now());
    } finally {
      this.#looking = false;
      const next = Math.min(...[...this.#watches.values()].map((watch) => watch.nextLookAt));
      if (Number.isFinite(next)) {
        this.#alarmAt = null;
        this.#scheduleLook(Math.max(next, Date.now()));
      }
    }
  }

  /** One call. A look that fails says nothing about the runs: they are looked at again a little later. */
  async #look(agent: Agent | null, ids: readonly string[]): Promise<void> {
    const seen = agent === null ? null : await agent.getMany(ids);
    const now = Date.now();
    if (seen === null || !seen.ok) {
      log('warn', 'the agent could not be looked at', {
        count: ids.length,
        ...(seen === null ? {} : { code: seen.error.code, error: seen.error.message }),
      });
      return this.#postpone(ids, now, seen?.ok === false ? seen.error.retryAfterMs : undefined);
    }
    const ended: { place: Place; snapshot: RunSnapshot | null }[] = [];
    seen.value.forEach((snapshot, index) => {
      const id = ids[index] ?? '';
      const watch = this.#watches.get(id);
      const place = this.#places.get(id);
      if (watch === undefined || place === undefined) return;
      const after = afterLook(watch, sightOf(snapshot), now);
      this.#watches.set(id, after.watch);
      if (after.report) ended.push({ place, snapshot });
    });
    for (let start = 0; start < ended.length; start += REPORTS_AT_ONCE) {
      await Promise.all(ended.slice(start, start + REPORTS_AT_ONCE).map(({ place }) => this.#report(place)));
    }
  }

  async #report(place: Place): Promise<void> {
    try {
      const job = this.env.JOB.get(this.env.JOB.idFromName(place.jobId));
      const observing: Promise<ObserveAnswer> = job.observe(place.conversationId);
      const answer = await within(observing, RPC_TIMEOUT_MS, 'the job');
      if (answer.kind === 'release') await this.release(place.conversationId);
    } catch (error) {
      log('warn', 'a job could not be told that its run ended; it is told again', { jobId: place.jobId, error: describeError(error) });
    }
  }

  #postpone(ids: readonly string[], now: number, retryAfterMs = 0): void {
    for (const id of ids) {
      const watch = this.#watches.get(id);
      if (watch === undefined) continue;
      const pauseMs = Math.min(30_000, watch.pauseMs * 2);
      this.#watches.set(id, { ...watch, pauseMs, nextLookAt: now + Math.max(watch.pauseMs, Math.min(retryAfterMs, 300_000)) });
    }
  }

  /** Gives free places to those in line and tells their Jobs, which send their start turn. */
  #grantNext(now: number): void {
    while (this.#granted() < this.#limit()) {
      const waiting = [...this.#places.values()].filter((place) => place.state === 'waiting');
      const next = nextInLine(waiting, this.#lastServed);
      if (next === null) return;
      this.#put({ ...next, state: 'granted' });
      this.#serve(next.tenant, next.conversationId, now);
      this.#tell(next.jobId, next.conversationId).catch((error: unknown) =>
        log('warn', 'a job could not be told of its place; it will check in', { jobId: next.jobId, error: describeError(error) }),
      );
    }
  }

  async #tell(jobId: string, conversationId: string): Promise<void> {
    await within(this.env.JOB.get(this.env.JOB.idFromName(jobId)).granted(conversationId), RPC_TIMEOUT_MS, 'the job');
  }

  #serve(tenant: string, conversationId: string, now: number): void {
    this.#served += 1;
    this.#lastServed.set(tenant, this.#served);
    this.#watches.set(conversationId, watchFromGrant(now, this.#settings.leaseMs));
    this.#scheduleLook(now + this.#settings.leaseMs);
  }

  #put(place: Place): void {
    this.#places.set(place.conversationId, place);
    this.ctx.storage.sql.exec(
      `INSERT INTO place (conversation_id, job_id, tenant, priority, state, since) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (conversation_id) DO UPDATE SET state = excluded.state`,
      place.conversationId,
      place.jobId,
      place.tenant,
      place.priority,
      place.state,
      place.since,
    );
  }

  #granted(): number {
    let granted = 0;
    for (const place of this.#places.values()) if (place.state === 'granted') granted += 1;
    return granted;
  }

  #someoneWaits(): boolean {
    for (const place of this.#places.values()) if (place.state === 'waiting') return true;
    return false;
  }

  #limit(): number {
    return this.#settings.maxRuns[this.#engine];
  }

  /** Only ever moves the alarm closer. */
  #scheduleLook(at: number): void {
    if (this.#looking) return;
    const next = Math.min(at, ...[...this.#watches.values()].map((watch) => watch.nextLookAt));
    if (this.#alarmAt === null || next < this.#alarmAt) this.#setAlarm(next);
  }

  #setAlarm(at: number): void {
    this.#alarmAt = at;
    this.ctx.storage.setAlarm(at).catch((error: unknown) => log('error', 'pool alarm not set', { error: describeError(error) }));
  }
}

function migrate(storage: DurableObjectStorage): void {
  const version = storage.kv.get('schemaVersion');
  if (version === SCHEMA_VERSION) return;
  if (version !== undefined) throw new Error(`agent pool schema ${String(version)} is newer than this code`);
  storage.sql.exec(
    `CREATE TABLE place (conversation_id TEXT PRIMARY KEY, job_id TEXT NOT NULL, tenant TEXT NOT NULL, priority TEXT NOT NULL,
       state TEXT NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID`,
  );
  storage.kv.put('schemaVersion', SCHEMA_VERSION);
}
