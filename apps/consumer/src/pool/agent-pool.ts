/**
 * The AgentPool: one per agent. It holds how many runs may live at once, the line of those that wait,
 * and it is the only one that looks at live runs: one call per 99 of them, on one alarm.
 *
 * It is a cache of the Jobs. Rows are written when a place is given or freed, never for a look; what a
 * look learns stays in memory, and a pool that forgot simply looks again. A Job that the pool lost
 * checks in by itself.
 *
 * Nothing that hangs holds up the rest: an alarm waits a moment for its looks and goes on without those
 * that are not answered, and what agents do right now is read beside the looks, not between them.
 */
import { DurableObject } from 'cloudflare:workers';
import type { Agent, AgentFault } from '@mcpoverflow/openhands';
import { type Engine, engineSchema, type PoolFigures, writeAnalytics } from '@mcpoverflow/types';
import { agentOf, workingDirectory } from '../agent/agents.ts';
import { RPC_TIMEOUT_MS, within } from '../deadline.ts';
import type { Env } from '../env.ts';
import type { ObserveAnswer } from '../job/observe.ts';
import { describeError, log } from '../log.ts';
import { readSettings, type Settings } from '../settings.ts';
import { figuresOf, type Tally } from './counts.ts';
import { nextInLine } from './line.ts';
import { afterRead, afterTelling, isNews, isOverspent, isUnpriced, type RunAtWork, readsDue, seenAtWork } from './news.ts';
import { type Place, PlaceRows } from './place-rows.ts';
import { StoredCounts } from './stored-counts.ts';
import {
  afterDoubt,
  afterLook,
  afterRefusal,
  COALESCE_MS,
  callsOf,
  dueLooks,
  mayBeOneRun,
  sightOf,
  type Watch,
  wake,
  watchFromGrant,
  watchFromStart,
} from './watch.ts';

/** Jobs told at the same time; more would open more calls than an object should hold. */
const REPORTS_AT_ONCE = 25;
/** The alarm is set this far ahead before a look begins, so that a crash in it costs seconds. */
const BACKSTOP_MS = 30_000;
/** A look is a short question; a server that has not answered it by then hangs on one of its runs. */
const LOOK_TIMEOUT_MS = 10_000;
/** How long an alarm waits for its looks before it makes way for the next. */
const ROUND_MS = 1_000;
/** Calls under way for runs whose last look may fail again: the platform opens six at once, and the others need theirs. */
const DOUBTFUL_CALLS_AT_ONCE = 2;
/** Reads of activities under way, likewise, and how long one may take. */
const READS_AT_ONCE = 2;
const READ_TIMEOUT_MS = 5_000;
/** Looks are told to Analytics Engine in sums: each alone would cost as much as the look. */
const TELL_LOOKS_EVERY_MS = 60_000;

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
  readonly #rows: PlaceRows;
  readonly #places = new Map<string, Place>();
  readonly #watches = new Map<string, Watch>();
  /** What is known of the runs that the last look saw at work. */
  readonly #atWork = new Map<string, RunAtWork>();
  /** The runs in calls that are not answered yet, and how many of these calls are doubtful. */
  readonly #underLook = new Set<string>();
  #doubtfulCalls = 0;
  readonly #lastServed = new Map<string, number>();
  #served = 0;
  #alarmAt: number | null = null;
  #inRound = false;
  #spreadingNews = false;
  #warnedOfPrice = false;
  readonly #counts: StoredCounts;
  /** Looks that were not told yet, and when the last ones were. */
  #untoldLooks = { count: 0, runs: 0, failures: 0 };
  #toldLooksAt = Date.now();
  /** When the last round that hints asked for is due: hints that come close together share one. */
  #wokenRoundAt = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#settings = readSettings(env);
    this.#engine = engineSchema.parse(ctx.id.name);
    this.#rows = new PlaceRows(ctx.storage);
    this.#counts = new StoredCounts(ctx.storage.kv);
    const now = Date.now();
    for (const place of this.#rows.all()) {
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
    if (known?.state !== 'granted' || known.maxCostUsd !== request.maxCostUsd) this.#put({ ...request, state: 'granted', since: now });
    this.#watches.set(request.conversationId, watchFromStart(now));
    this.#scheduleLook(now);
  }

  /** A Job makes sure that it is known: it waits in line, or its run is being looked at. */
  async checkIn(request: PlaceRequest & { readonly running: boolean }): Promise<void> {
    const { running, ...place } = request;
    if (running) {
      const known = this.#places.get(place.conversationId);
      if (!this.#watches.has(place.conversationId) || known === undefined) return this.watch(place);
      if (known.maxCostUsd !== place.maxCostUsd) this.#put({ ...known, maxCostUsd: place.maxCostUsd });
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
    this.#atWork.delete(conversationId);
    if (![...this.#places.values()].some((other) => other.tenant === place.tenant)) this.#lastServed.delete(place.tenant);
    this.#rows.remove(conversationId);
    this.#grantNext(Date.now());
  }

  /** A hint that the run of that conversation may have ended. It only brings the next look forward; an unknown id does nothing. */
  async wake(conversationId: string): Promise<void> {
    const watch = this.#watches.get(conversationId);
    if (watch === undefined) return;
    const now = Date.now();
    const roundAt = this.#wokenRoundAt >= now ? this.#wokenRoundAt : Math.max(now, this.#wokenRoundAt + COALESCE_MS);
    const woken = wake(watch, roundAt);
    if (woken === watch) return;
    this.#wokenRoundAt = Math.max(this.#wokenRoundAt, Math.min(roundAt, woken.nextLookAt));
    this.#watches.set(conversationId, woken);
    this.#scheduleLook(woken.nextLookAt);
  }

  /** For operators and tests: places given, and jobs in line. */
  async occupancy(): Promise<{ readonly granted: number; readonly waiting: number; readonly limit: number }> {
    const granted = this.#granted();
    return { granted, waiting: this.#places.size - granted, limit: this.#limit() };
  }

  /** Counts what became of jobs of this engine, and of their webhook calls. */
  async count(tallies: readonly Tally[]): Promise<void> {
    this.#counts.add(tallies, Date.now());
  }

  /** @param tenant whose jobs to tell of; null for everybody's, and for what was counted of them */
  async figures(tenant: string | null): Promise<PoolFigures> {
    const places = [...this.#places.values()].filter((place) => tenant === null || place.tenant === tenant);
    const waiting = places.filter(({ state }) => state === 'waiting');
    return {
      leases: places.length - waiting.length,
      leaseLimit: this.#limit(),
      running: places.filter(({ conversationId }) => this.#atWork.has(conversationId)).length,
      waiting: waiting.length,
      waitingSince: waiting.length === 0 ? null : Math.min(...waiting.map(({ since }) => since)),
      counted: tenant === null ? figuresOf(this.#counts.shown(Date.now())) : null,
    };
  }

  override async alarm(): Promise<void> {
    const now = Date.now();
    this.#alarmAt = null;
    this.#inRound = true;
    try {
      const due = dueLooks(this.#watchesAtRest(), now);
      if (due.length > 0) this.#setAlarm(now + BACKSTOP_MS);
      await Promise.race([this.#round(due), new Promise((resolve) => setTimeout(resolve, ROUND_MS))]);
      this.#grantNext(Date.now());
    } catch (error) {
      log('error', 'a round of looks failed', { error: describeError(error) });
      this.#update(this.#watches.keys(), (watch) => afterRefusal(watch, Date.now()));
    } finally {
      this.#inRound = false;
      this.#alarmAt = null;
      this.#scheduleLook(Number.POSITIVE_INFINITY);
    }
  }

  /** Settles once every look is answered and every end is told. */
  async #round(due: readonly string[]): Promise<void> {
    const agent = agentOf(this.#engine, this.#settings, this.env.EMBEDDED_AGENT);
    const { together, doubtful } = callsOf(due, this.#watches);
    const free = DOUBTFUL_CALLS_AT_ONCE - this.#doubtfulCalls;
    const waiting = doubtful.slice(free).flat();
    this.#update(waiting, (watch) => ({ ...watch, nextLookAt: Date.now() + COALESCE_MS }));
    const trying = doubtful.slice(0, free);
    this.#doubtfulCalls += trying.length;
    await Promise.all([
      ...together.map((ids) => this.#look(agent, ids)),
      ...trying.map((ids) =>
        this.#look(agent, ids).finally(() => {
          this.#doubtfulCalls -= 1;
        }),
      ),
    ]);
    if (agent !== null) void this.#spreadNews(agent);
  }

  /** One call. A look that fails says nothing about the runs: they are looked at again a little later. */
  async #look(agent: Agent | null, ids: readonly string[]): Promise<void> {
    const askedAt = Date.now();
    for (const id of ids) this.#underLook.add(id);
    try {
      const seen = agent === null ? null : await agent.getMany(ids, AbortSignal.timeout(LOOK_TIMEOUT_MS));
      this.#countLook(ids.length, seen?.ok === true);
      if (seen === null || !seen.ok) return this.#notSeen(ids, seen?.error ?? null);
      const now = Date.now();
      const calls: (() => Promise<void>)[] = [];
      seen.value.forEach((snapshot, index) => {
        const id = ids[index] ?? '';
        const watch = this.#watches.get(id);
        const place = this.#places.get(id);
        if (watch === undefined || place === undefined) return;
        if (snapshot === undefined) {
          log('warn', 'the agent tells of a run in no readable way', { jobId: place.jobId, tenant: place.tenant });
          this.#watches.set(id, afterRefusal(watch, now));
          return;
        }
        const sight = sightOf(snapshot);
        const after = afterLook(watch, sight, now);
        // A hint that came while the server was being asked may be about what happened after it looked.
        this.#watches.set(id, watch.wokenAt > askedAt ? wake(after.watch, now) : after.watch);
        if (after.report) calls.push(() => this.#report(place));
        if (snapshot === null || sight !== 'running') {
          this.#atWork.delete(id);
          return;
        }
        const run = seenAtWork(this.#atWork.get(id), snapshot);
        this.#atWork.set(id, run);
        if (isUnpriced(run.usage)) this.#warnOfPrice();
        if (isOverspent(run, place.maxCostUsd, now)) calls.push(() => this.#tellProgress(place, run));
      });
      for (let start = 0; start < calls.length; start += REPORTS_AT_ONCE) {
        await Promise.all(calls.slice(start, start + REPORTS_AT_ONCE).map((call) => call()));
      }
    } finally {
      for (const id of ids) this.#underLook.delete(id);
      this.#scheduleLook(Number.POSITIVE_INFINITY);
    }
  }

  #countLook(runs: number, answered: boolean): void {
    const now = Date.now();
    this.#counts.add([{ kind: 'look', answered }], now);
    const before = this.#untoldLooks;
    const looks = { count: before.count + 1, runs: before.runs + runs, failures: before.failures + (answered ? 0 : 1) };
    const isTime = now >= this.#toldLooksAt + TELL_LOOKS_EVERY_MS;
    if (isTime) {
      this.#toldLooksAt = now;
      writeAnalytics(this.env.ANALYTICS, { event: 'looks', engine: this.#engine, ...looks });
    }
    this.#untoldLooks = isTime ? { count: 0, runs: 0, failures: 0 } : looks;
  }

  #notSeen(ids: readonly string[], fault: AgentFault | null): void {
    log('warn', 'the agent could not be looked at', {
      count: ids.length,
      ...(fault === null ? {} : { code: fault.code, error: fault.message }),
    });
    const now = Date.now();
    this.#update(ids, (watch) =>
      fault !== null && mayBeOneRun(fault) ? afterDoubt(watch, now) : afterRefusal(watch, now, fault?.retryAfterMs),
    );
  }

  /** Once in the life of the object. Whoever has set a price of 0 knows. */
  #warnOfPrice(): void {
    if (this.#warnedOfPrice || this.#settings.openhands?.llm?.inputUsdPerMillionTokens !== undefined) return;
    this.#warnedOfPrice = true;
    log(
      'warn',
      'a model at work costs nothing, so no bound on cost acts: set LLM_INPUT_USD_PER_MILLION_TOKENS and LLM_OUTPUT_USD_PER_MILLION_TOKENS',
    );
  }

  async #report(place: Place): Promise<void> {
    try {
      const job = this.env.JOB.get(this.env.JOB.idFromName(place.jobId));
      const observing: Promise<ObserveAnswer> = job.observe(place.conversationId);
      const answer = await within(observing, RPC_TIMEOUT_MS, 'the job');
      if (answer.kind === 'release') await this.release(place.conversationId);
    } catch (error) {
      log('warn', 'a job could not be told that its run ended; it is told again', {
        jobId: place.jobId,
        tenant: place.tenant,
        error: describeError(error),
      });
    }
  }

  async #tellProgress(place: Place, run: RunAtWork): Promise<void> {
    const { jobId, conversationId } = place;
    const { usage, activity } = run;
    try {
      const job = this.env.JOB.get(this.env.JOB.idFromName(jobId));
      const telling: Promise<ObserveAnswer> = job.progress(conversationId, { usage, activity });
      const answer = await within(telling, RPC_TIMEOUT_MS, 'the job');
      if (answer.kind === 'release') return this.release(conversationId);
      const latest = this.#atWork.get(conversationId);
      if (latest !== undefined) this.#atWork.set(conversationId, afterTelling(latest, { usage, activity }, Date.now()));
    } catch (error) {
      log('warn', 'a job could not be told of its run; it is told after the next look', {
        jobId,
        tenant: place.tenant,
        error: describeError(error),
      });
    }
  }

  /**
   * Tells the Jobs what their agents do, in words that are read from the runs' events. Beside the rounds and
   * one pass at a time; what it does not come to is told after the next round.
   */
  async #spreadNews(agent: Agent): Promise<void> {
    if (this.#spreadingNews) return;
    this.#spreadingNews = true;
    try {
      const reads = readsDue(this.#atWork, Date.now());
      const others = [...this.#atWork.keys()].filter((id) => !reads.includes(id));
      const steps = [...others.map((id) => () => this.#tellNews(id)), ...reads.map((id) => () => this.#readNews(agent, id))].values();
      const work = async (): Promise<void> => {
        for (const step of steps) await step();
      };
      await Promise.all(Array.from({ length: READS_AT_ONCE }, work));
    } catch (error) {
      log('warn', 'what runs do could not be told', { error: describeError(error) });
    } finally {
      this.#spreadingNews = false;
    }
  }

  async #readNews(agent: Agent, conversationId: string): Promise<void> {
    const run = this.#atWork.get(conversationId);
    if (run === undefined) return;
    this.#atWork.set(conversationId, afterRead(run, Date.now()));
    const directory = workingDirectory(this.#settings, conversationId);
    const read = await agent.activity(conversationId, directory, AbortSignal.timeout(READ_TIMEOUT_MS));
    const latest = this.#atWork.get(conversationId);
    if (latest === undefined) return;
    if (read.ok && read.value !== null) this.#atWork.set(conversationId, { ...latest, activity: read.value });
    return this.#tellNews(conversationId);
  }

  async #tellNews(conversationId: string): Promise<void> {
    const run = this.#atWork.get(conversationId);
    const place = this.#places.get(conversationId);
    if (run !== undefined && place !== undefined && isNews(run, Date.now())) await this.#tellProgress(place, run);
  }

  #update(ids: Iterable<string>, change: (watch: Watch) => Watch): void {
    for (const id of [...ids]) {
      const watch = this.#watches.get(id);
      if (watch !== undefined) this.#watches.set(id, change(watch));
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
        log('warn', 'a job could not be told of its place; it will check in', {
          jobId: next.jobId,
          tenant: next.tenant,
          error: describeError(error),
        }),
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
    this.#rows.put(place);
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

  /** Runs that are in no call. */
  #watchesAtRest(): Map<string, Watch> {
    return new Map([...this.#watches].filter(([id]) => !this.#underLook.has(id)));
  }

  /** Only ever moves the alarm closer: to `at`, or to the next look. */
  #scheduleLook(at: number): void {
    if (this.#inRound) return;
    let next = this.#underLook.size > 0 ? Math.min(at, Date.now() + BACKSTOP_MS) : at;
    for (const [id, { nextLookAt }] of this.#watches) if (!this.#underLook.has(id)) next = Math.min(next, nextLookAt);
    if (Number.isFinite(next) && (this.#alarmAt === null || next < this.#alarmAt)) this.#setAlarm(next);
  }

  #setAlarm(at: number): void {
    this.#alarmAt = at;
    this.ctx.storage.setAlarm(at).catch((error: unknown) => log('error', 'pool alarm not set', { error: describeError(error) }));
  }
}
