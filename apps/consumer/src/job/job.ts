/**
 * The Job object: one per job, the only truth about it. A thin adapter: it loads the state, applies a
 * pure transition, stores the answer in one transaction and only then acts on what the state owes.
 *
 * Every change goes through `#commit`, so that what is due is stored as postponed before it is tried:
 * a crash between the two repeats a duty, never loses it. `alarm()` never throws, because the platform
 * gives up on an alarm after six failures.
 */
import { DurableObject } from 'cloudflare:workers';
import type {
  AmendAnswer,
  Amendment,
  ChangesAnswer,
  ControlAnswer,
  CreateAnswer,
  CreateJob,
  DeliveriesAnswer,
  Engine,
  InputFile,
  JobRpc,
  NotFound,
  Parameters,
  ReadAnswer,
  RedeliverAnswer,
  ResultAnswer,
  SubmissionAnswer,
} from '@mcpoverflow/types';
import { isTerminal } from '@mcpoverflow/types';
import { resolveEngine } from '../agent/agents.ts';
import type { DeliveryReplayOrder, ReplayableJob, ReplayJobAnswer, ReplayOrder } from '../dead-letters/report.ts';
import type { Env } from '../env.ts';
import { describeError, log } from '../log.ts';
import { readSettings, type Settings } from '../settings.ts';
import { type BeginAttemptAnswer, beginAttempt } from '../webhooks/begin-attempt.ts';
import { viewDelivery } from '../webhooks/delivery-view.ts';
import { type AttemptOutcome, attemptOutcomeSchema, finishAttempt, interruptAttempts } from '../webhooks/finish-attempt.ts';
import { redeliver } from '../webhooks/redeliver.ts';
import { type BeginAnswer, beginTurn, isVerificationCrash } from './begin.ts';
import { cancelJob, deleteJob, expireJob, giveUpTurn, retryJob } from './control.ts';
import { createJob } from './create.ts';
import { discharge } from './discharge.ts';
import { dueDuties, nextAlarm, owesNothing, postponeDue, strikeOff } from './duties.ts';
import { type FinishAnswer, finishTurn, markVerifying, type Outcome, releaseStop } from './finish.ts';
import { happeningsOf } from './happenings.ts';
import { JobStorage } from './job-storage.ts';
import { grantPlace, type ObserveAnswer, observeEnd, observeProgress, type Progress } from './observe.ts';
import { amendJob, discardDelivery, discardJob, replayDelivery, replayJob, voidRevisions } from './replay.ts';
import { reportDeliveries } from './reports.ts';
import { timeStages } from './stage-times.ts';
import { messageOf } from './stages.ts';
import { isDeleted, type JobState, type Stored, type Tombstone } from './state.ts';
import { unconfirmedStop } from './stops.ts';
import { aboutJob, tell } from './tell.ts';
import { describe } from './view.ts';
import { Waiters } from './waiters.ts';

/** Longer waits would outlive the platform's patience with an idle call. */
const MAX_WAIT_MS = 20_000;

/** What the start turn uploads. */
export interface JobInput {
  readonly parameters: Parameters;
  readonly files: readonly InputFile[];
}

export class Job extends DurableObject<Env> implements JobRpc, ReplayableJob {
  readonly #rows: JobStorage;
  readonly #settings: Settings;
  readonly #waiters = new Waiters();
  #stored: Stored | null | undefined;
  #alarmAt: number | null | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#rows = new JobStorage(ctx.storage);
    this.#settings = readSettings(env);
  }

  // --- asked by the api

  async create(request: CreateJob): Promise<CreateAnswer> {
    const stored = this.#read();
    if (stored !== null && !isDeleted(stored)) {
      if (stored.bodyFingerprint !== request.bodyFingerprint || stored.tenant !== request.tenant) return { kind: 'mismatch' };
      return { kind: 'existing', job: describe(stored), turn: stored.lastTurn };
    }
    const now = Date.now();
    const state = createJob(request, {
      now,
      policy: this.#settings,
      incarnation: crypto.randomUUID(),
      token: crypto.randomUUID(),
      inherited: stored,
    });
    this.#commit(state, now, () => {
      this.#rows.writeInput(
        state.inputRevision,
        request.files.map(({ gzip }) => gzip),
      );
      if (request.cachedResult !== undefined) this.#rows.writeResult(request.cachedResult.gzip);
    });
    return { kind: 'created', job: describe(state), turn: state.lastTurn };
  }

  async read(tenant: string): Promise<ReadAnswer> {
    const state = this.#of(tenant);
    if (state === null) return { kind: 'not-found' };
    // Its copy in KV does not tell of its webhook calls.
    const isCopied = state.published && state.webhook === null;
    const publication = isCopied && state.result !== null ? { publication: state.result } : {};
    return { kind: 'found', job: describe(state), hasResult: state.result !== null, ...publication };
  }

  async result(tenant: string): Promise<ResultAnswer> {
    const state = this.#of(tenant);
    if (state === null) return { kind: 'not-found' };
    return state.result === null ? { kind: 'no-result' } : { kind: 'found', gzip: this.#rows.readResult() };
  }

  async changes(tenant: string, afterEventId: number, waitMs: number, seenMessage?: string): Promise<ChangesAnswer> {
    const until = Date.now() + Math.min(waitMs, MAX_WAIT_MS);
    const isNews = (state: JobState): boolean =>
      state.lastEventId > afterEventId || (seenMessage !== undefined && messageOf(state).message !== seenMessage);
    for (let woken = true; ; ) {
      const state = this.#of(tenant);
      if (state === null) return { kind: 'not-found' };
      if (!woken || isNews(state) || isTerminal(state.status)) {
        return { kind: 'found', job: describe(state), events: state.events.filter((event) => event.id > afterEventId) };
      }
      woken = await this.#waiters.wait(until - Date.now());
    }
  }

  async cancel(tenant: string): Promise<ControlAnswer> {
    return this.#control(tenant, cancelJob);
  }

  async retry(tenant: string): Promise<ControlAnswer> {
    return this.#control(tenant, retryJob);
  }

  async remove(tenant: string): Promise<{ readonly kind: 'done' } | NotFound> {
    const state = this.#of(tenant);
    if (state === null) return { kind: 'not-found' };
    this.#delete(state, Date.now());
    return { kind: 'done' };
  }

  async deliveries(tenant: string): Promise<DeliveriesAnswer> {
    const state = this.#of(tenant);
    if (state === null) return { kind: 'not-found' };
    return { kind: 'found', deliveries: state.deliveries.map((delivery) => viewDelivery(state, delivery)) };
  }

  async redeliver(tenant: string, deliveryId: string): Promise<RedeliverAnswer> {
    const now = Date.now();
    if (this.#of(tenant) === null) return { kind: 'not-found' };
    const state = this.#current(now);
    if (state === null) return { kind: 'not-found' };
    const again = redeliver(state, deliveryId, now);
    if (again === null) return { kind: 'unknown-delivery' };
    this.#commit(reportDeliveries(state, again.state, now), now);
    return { kind: 'done', delivery: viewDelivery(again.state, again.delivery) };
  }

  async submission(tenant: string): Promise<SubmissionAnswer> {
    const state = this.#of(tenant);
    if (state === null) return { kind: 'not-found' };
    const { type, generation, parameters, options } = state;
    const former = state.formerSubmissions.map(({ revision, lastGeneration }) => {
      const submission = this.#rows.readSubmission(revision);
      return { revision, lastGeneration, parameters: submission.parameters, options: submission.options };
    });
    return { kind: 'found', submission: { type, generation, parameters, options, files: this.#inputOf(state), former } };
  }

  async amend(tenant: string, amendment: Amendment): Promise<AmendAnswer> {
    const now = Date.now();
    const state = this.#of(tenant);
    if (state === null) return { kind: 'not-found' };
    const amended = amendJob(state, amendment);
    if (amended.kind === 'refused') return { kind: 'refused', job: describe(state) };
    if (amended.kind === 'mismatch') return { kind: 'mismatch' };
    const { revision } = amended;
    const files = amendment.files.map(({ path, format }) => (format === undefined ? { path } : { path, format }));
    this.#commit(amended.state, now, () => {
      this.#rows.writeSubmission(revision, { parameters: amendment.parameters, options: amendment.options, files });
      this.#rows.writeInput(
        revision,
        amendment.files.map(({ gzip }) => gzip),
      );
    });
    return { kind: 'amended' };
  }

  // --- asked by the replay of dead letters

  async replay(order: ReplayOrder): Promise<ReplayJobAnswer> {
    return this.#replay((state, now) => {
      const replayed = replayJob(state, order, (revision) => this.#rows.readSubmission(revision), now);
      if (replayed.state !== state) {
        // The link from the new trace to the old one: trace context itself has no room for it.
        log('info', 'job replayed', {
          ...aboutJob(replayed.state),
          ...(state.traceparent === null ? {} : { linkedTraceparent: state.traceparent }),
        });
      }
      return replayed;
    });
  }

  async replayDelivery(order: DeliveryReplayOrder): Promise<ReplayJobAnswer> {
    return this.#replay((state, now) => replayDelivery(state, order, now));
  }

  async discarded(generation: number): Promise<void> {
    this.#change((state) => discardJob(state, generation));
  }

  async deliveryDiscarded(deliveryId: string, attempts: number): Promise<void> {
    this.#change((state) => discardDelivery(state, deliveryId, attempts));
  }

  // --- asked by the worker of a turn

  async begin(message: { readonly generation: number; readonly turn: number }): Promise<BeginAnswer> {
    const now = Date.now();
    const state = this.#current(now);
    if (state === null) return { kind: this.#read() === null ? 'unknown' : 'stale' };
    const engine = this.#engineOf(state);
    const { state: next, answer } = beginTurn(state, message, { now, policy: this.#settings, token: crypto.randomUUID(), engine });
    if (next === state) return answer;
    const abandoned = state.expected?.lease ?? null;
    if (abandoned !== null && isVerificationCrash(abandoned, this.#settings)) {
      // The process that ran it is gone, so this is the only place to say what may have ended it.
      log('warn', 'a connector was run to verify it and never came back', { ...aboutJob(state), attempt: state.expected?.attempts ?? 0 });
    }
    this.#commit(next, now);
    return answer;
  }

  /** The input of the turn that `token` holds; null when it is no longer held. */
  async input(token: string): Promise<JobInput | null> {
    const state = this.#current(Date.now());
    if (state?.expected?.lease?.token !== token) return null;
    return { parameters: state.parameters, files: this.#inputOf(state) };
  }

  /** Says that the connector, or this tool of it, is about to run; false when the turn is no longer held and nothing may be run. */
  async verifying(token: string, tool?: string): Promise<boolean> {
    const now = Date.now();
    const state = this.#current(now);
    if (state === null) return false;
    const { state: next, held } = markVerifying(state, token, now, tool);
    if (held) this.#commit(next, now);
    return held;
  }

  /** @param resultGzip the result as gzipped JSON; given with `completed` and only then */
  async finish(
    holder: { readonly token: string; readonly conversationId: string },
    outcome: Outcome,
    resultGzip?: Uint8Array,
  ): Promise<FinishAnswer> {
    const now = Date.now();
    const context = this.#context(now);
    const state = this.#current(now);
    if (state === null) {
      const stored = this.#read();
      const released = stored === null ? null : releaseStop(stored, holder.token, outcome, context);
      if (released !== null && released !== stored) this.#commit(released, now);
      return { kind: 'refused', stopRun: true };
    }
    const { state: next, answer } = finishTurn(state, holder, outcome, context);
    if (next === state) return answer;
    if (answer.kind === 'refused' || outcome.kind !== 'completed') this.#commit(next, now);
    else if (resultGzip === undefined) throw new Error('a completed turn must bring its result');
    else this.#commit(next, now, () => this.#rows.writeResult(resultGzip));
    return answer;
  }

  // --- asked by the worker of a webhook call

  async beginAttempt(message: { readonly deliveryId: string; readonly attempt: number }): Promise<BeginAttemptAnswer> {
    const now = Date.now();
    const state = this.#current(now);
    if (state === null) return { kind: this.#read() === null ? 'unknown' : 'stale' };
    const { state: next, answer } = beginAttempt(state, message, { now, policy: this.#settings, token: crypto.randomUUID() });
    if (next !== state) this.#commit(next, now);
    return answer;
  }

  /** False when the attempt was no longer held: its lease was over, and it counts as interrupted. */
  async finishAttempt(holder: { readonly deliveryId: string; readonly token: string }, outcome: AttemptOutcome): Promise<boolean> {
    const parsed = attemptOutcomeSchema.parse(outcome);
    const now = Date.now();
    const state = this.#current(now);
    const next = state === null ? null : finishAttempt(state, holder, parsed, this.#context(now));
    if (next === null || next === state) return false;
    this.#commit(next, now);
    return true;
  }

  // --- told by the pool and by the dead-letters queue

  /** The pool saw that the run has ended, or is gone. */
  async observe(conversationId: string): Promise<ObserveAnswer> {
    const now = Date.now();
    const stored = this.#read();
    if (stored === null) return { kind: 'release' };
    if (isDeleted(stored)) return placeOfDeleted(stored, conversationId);
    const { state: next, answer } = observeEnd(stored, conversationId, now);
    // Not stored: a look is only a hint, and the pool repeats it until the run is collected.
    if (next !== stored) this.#commit(next, now, 'in memory only');
    return answer;
  }

  /** The pool saw the run at work. */
  async progress(conversationId: string, progress: Progress): Promise<ObserveAnswer> {
    const now = Date.now();
    const stored = this.#read();
    if (stored === null) return { kind: 'release' };
    if (isDeleted(stored)) return placeOfDeleted(stored, conversationId);
    const { state: next, answer, mustStore } = observeProgress(stored, conversationId, progress, this.#context(now));
    // What is seen of a run is for people, and told again: it costs no row.
    if (next !== stored) this.#commit(next, now, mustStore ? undefined : 'in memory only');
    return answer;
  }

  async granted(conversationId: string): Promise<void> {
    this.#change((state, now) => grantPlace(state, conversationId, now));
  }

  async giveUp(message: { readonly generation: number; readonly turn: number }): Promise<void> {
    this.#change((state, now) => giveUpTurn(state, message, now, this.#engineOf(state)));
  }

  override async alarm(): Promise<void> {
    const now = Date.now();
    this.#alarmAt = null;
    try {
      const stored = this.#read();
      if (stored === null) return;
      const next = isDeleted(stored) ? stored : this.#expire(stored, now);
      // An alarm that was overtaken by events costs no row but its own.
      if (next === stored && dueDuties(stored, now, this.#settings).length === 0) return this.#scheduleAlarm(stored);
      await this.#commit(next, now);
    } catch (error) {
      log('error', 'job alarm failed', { error: describeError(error) });
      this.#setAlarm(now + 60_000);
    }
  }

  // --- the machinery

  #read(): Stored | null {
    if (this.#stored === undefined) this.#stored = this.#rows.readState();
    return this.#stored;
  }

  /** The job, if it exists and is the tenant's. */
  #of(tenant: string): JobState | null {
    const stored = this.#read();
    return stored === null || isDeleted(stored) || stored.tenant !== tenant ? null : stored;
  }

  /** The job with its time-outs applied: a late worker must not begin what has expired. */
  #current(now: number): JobState | null {
    const stored = this.#read();
    if (stored === null || isDeleted(stored)) return null;
    const state = this.#expire(stored, now);
    if (state !== stored) this.#commit(state, now);
    return state;
  }

  #expire(state: JobState, now: number): JobState {
    return interruptAttempts(expireJob(state, now, this.#settings, this.#engineOf(state)), this.#context(now));
  }

  /** Which engine the job would run on now. */
  #engineOf({ options }: JobState): Engine {
    return resolveEngine(options.engine ?? 'auto', this.#settings);
  }

  /** Whose pool counts it: the engine that does the work, or would. */
  #engineNow(stored: Stored): Engine {
    return isDeleted(stored) ? 'embedded' : (stored.engine ?? this.#engineOf(stored));
  }

  #context(now: number): { readonly now: number; readonly policy: Settings; readonly random: number } {
    return { now, policy: this.#settings, random: Math.random() };
  }

  #change(transition: (state: JobState, now: number) => JobState): void {
    const now = Date.now();
    const state = this.#current(now);
    if (state === null) return;
    const next = transition(state, now);
    if (next !== state) this.#commit(next, now);
  }

  #replay(transition: (state: JobState, now: number) => { state: JobState; answer: ReplayJobAnswer }): ReplayJobAnswer {
    const now = Date.now();
    const state = this.#current(now);
    if (state === null) return { kind: 'skipped', reason: 'The job was deleted.' };
    const { state: next, answer } = transition(state, now);
    if (next === state) return answer;
    this.#commit(next, now, () => {
      if (next.inputRevision === state.inputRevision) return;
      const { parameters, options, files } = state;
      this.#rows.writeSubmission(state.inputRevision, { parameters, options, files });
    });
    return answer;
  }

  #inputOf(state: JobState): InputFile[] {
    return state.files.map((file, index) => ({
      path: file.path,
      gzip: this.#rows.readInput(state.inputRevision, index),
      ...(file.format === undefined ? {} : { format: file.format }),
    }));
  }

  #control(tenant: string, transition: (state: JobState, now: number) => { state: JobState; done: boolean }): ControlAnswer {
    const now = Date.now();
    const state = this.#of(tenant);
    if (state === null) return { kind: 'not-found' };
    const { state: next, done } = transition(state, now);
    if (next !== state) this.#commit(next, now);
    return { kind: done ? 'done' : 'refused', job: describe(next) };
  }

  #delete(state: JobState, now: number): void {
    const cancelled = cancelJob(state, now).state;
    this.#commit(deleteJob(state, now), now, () => this.#rows.removeContent());
    if (cancelled === state) return;
    // The tombstone does not know how the job ended.
    const ended = timeStages(state, cancelled, now);
    tell(happeningsOf(state, ended, now), ended, this.#engineNow(ended), this.env);
  }

  /**
   * Stores a state with everything that is due already postponed, sets the alarm, then acts. Resolves
   * when the duties have been tried; callers that answer somebody do not wait for that.
   * @param content writes the bytes that belong to the state: stored with it, or not at all when either does not fit
   */
  #commit(next: Stored, now: number, content: (() => void) | 'in memory only' = () => undefined): Promise<void> {
    const actions = dueDuties(next, now, this.#settings);
    if (actions.some((action) => action.kind === 'forget') && !isDeleted(next)) {
      this.#delete(next, now);
      return Promise.resolve();
    }
    const before = this.#stored;
    const postponed = timeStages(before, postponeDue(next, now, this.#settings), now);
    if (content !== 'in memory only') {
      this.ctx.storage.transactionSync(() => {
        content();
        this.#removeVoidRevisions(postponed);
        this.#rows.writeState(postponed);
      });
    }
    const news = lastEventOf(postponed) !== lastEventOf(before);
    const isSaid = saidOf(postponed) !== saidOf(before);
    this.#stored = postponed;
    this.#scheduleAlarm(postponed);
    if (news || isSaid) this.#waiters.wake();
    tell(happeningsOf(before, postponed, now), postponed, this.#engineNow(postponed), this.env);
    if (actions.length === 0) return Promise.resolve();
    const acting = discharge(actions, postponed, {
      env: this.env,
      settings: this.#settings,
      readResult: () => this.#rows.readResult(),
    }).then((done) => this.#strikeOff(done));
    return acting.catch((error: unknown) => log('error', 'job duties failed', { ...aboutJob(next), error: describeError(error) }));
  }

  #removeVoidRevisions(next: Stored): void {
    const before = this.#stored;
    if (before == null || isDeleted(before) || isDeleted(next)) return;
    this.#rows.removeRevisions(voidRevisions(before, next));
  }

  #strikeOff(done: Awaited<ReturnType<typeof discharge>>): Promise<void> | void {
    const stored = this.#read();
    if (stored === null || done.length === 0) return;
    const now = Date.now();
    const { stored: next, mustStore } = strikeOff(stored, done, now);
    if (isDeleted(next) && owesNothing(next)) return this.#forget();
    if (mustStore) return this.#commit(next, now);
    this.#stored = next;
  }

  async #forget(): Promise<void> {
    this.#stored = null;
    this.#alarmAt = null;
    // Together, so that nothing that is created in between is wiped.
    await Promise.all([this.ctx.storage.deleteAlarm(), this.ctx.storage.deleteAll()]);
  }

  /**
   * Moves the alarm closer. Later only when nothing is left but the retention: otherwise an alarm that
   * comes too early finds nothing due and sets the next one, which costs no more than moving it now.
   */
  #scheduleAlarm(stored: Stored): void {
    const at = nextAlarm(stored, this.#settings);
    if (at === null) return;
    if (this.#alarmAt === undefined || this.#alarmAt === null || at < this.#alarmAt || owesNothing(stored)) this.#setAlarm(at);
  }

  #setAlarm(at: number): void {
    if (at === this.#alarmAt) return;
    this.#alarmAt = at;
    this.ctx.storage.setAlarm(at).catch((error: unknown) => log('error', 'alarm not set', { error: describeError(error) }));
  }
}

const placeOfDeleted = (tombstone: Tombstone, conversationId: string): ObserveAnswer => ({
  kind: unconfirmedStop(tombstone.stops, conversationId) === undefined ? 'release' : 'keep',
});
/** What its followers are told between events. */
const saidOf = (stored: Stored | null | undefined): string | undefined =>
  stored == null || isDeleted(stored) ? undefined : messageOf(stored).message;
/** Changes with every event and with a deletion. */
const lastEventOf = (stored: Stored | null | undefined): number => (stored == null || isDeleted(stored) ? -1 : stored.lastEventId);
