/**
 * The DeadLetters object: one for the whole engine, because an operator asks "what is dead, and why" of
 * the whole. It is fed by reports and fed rarely, since jobs that die are few; what it is asked is
 * answered page by page.
 *
 * A thin adapter: every change is one transaction, what is due of each replay follows in one of its own,
 * the alarm is set from what is then stored, and only after that Jobs are called. A crash between any two
 * of these repeats a call, and Jobs answer a repeated call as they did before.
 *
 * It is everybody's, so nothing that is broken in one place may stop it in another: what cannot be read
 * is told of and passed over, and a replay that cannot go on is stopped.
 */
import { DurableObject } from 'cloudflare:workers';
import type {
  DeadLetterDetail,
  DeadLetterGroups,
  DeadLetterList,
  DeadLetterQuery,
  DeadLetterScope,
  DeadLettersRpc,
  NotFound,
  Replay,
  ReplayAnswer,
  ReplayCommand,
  ReplayControlAnswer,
  ReplayItemList,
  ReplayItemsQuery,
  StandingFigures,
} from '@mcpoverflow/types';
import { pageOf, parseCursor } from '../cursor.ts';
import { RPC_TIMEOUT_MS, within } from '../deadline.ts';
import type { Env } from '../env.ts';
import { describeError, log } from '../log.ts';
import { parseSettings } from '../settings.ts';
import { afterReport, type DeadMessage, type Letter, letterIdOf, letterOfMessage } from './letter.ts';
import { deathSchema, groupPlaceSchema, LetterStore, type ToTell, withIds } from './letter-store.ts';
import { viewDetail, viewGroup, viewLetter } from './letter-view.ts';
import { makePlan } from './plan.ts';
import { controlReplay, executePlan } from './replay-control.ts';
import { MAX_STARTING } from './replay-decision.ts';
import { earliest, logReplay, type Question, ReplayRunner } from './replay-runner.ts';
import { itemPlaceSchema, type ReplayRow, ReplayStore, storedStates } from './replay-store.ts';
import { viewItem, viewReplay } from './replay-view.ts';
import { type DeliveryReport, type JobReport, type ReplayJobAnswer, type Report, reportSchema } from './report.ts';
import { both, inScope, selected, standing } from './selection.ts';
import { planIsExpired, Sweep } from './sweep.ts';

const SCHEMA_VERSION = 1;
/** How many items a replay shows by itself. */
const ITEMS_SHOWN = 100;
/** The alarm is set no closer: a start a fifth of a second later is nobody's loss, an alarm is a row. */
const TICK_MS = 200;
const AFTER_FAILURE_MS = 60_000;
const TELL_AT_ONCE = 20;
const TELL_AGAIN_MS = 60_000;
/** Of what cannot be read: somebody may have mended it by then. */
const HALTED_AGAIN_MS = 3_600_000;
const HALTED = 'It could not go on because of a fault of the engine; the log says which.';

const everybody: DeadLetterScope = { tenant: null };
const notFound: NotFound = { kind: 'not-found' };
const invalidCursor = { kind: 'invalid-cursor' } as const;

/** A time that no calendar has cannot be shown, nor ever be over. */
const storableReportSchema = reportSchema.refine(({ at }) => !Number.isNaN(new Date(at).getTime()), 'must be of a time');

/** The dead letters of the engine. */
export const deadLettersOf = (env: Env): DurableObjectStub<DeadLetters> => env.DEAD_LETTERS.get(env.DEAD_LETTERS.idFromName('all'));

export class DeadLetters extends DurableObject<Env> implements DeadLettersRpc {
  readonly #letters: LetterStore;
  readonly #replays: ReplayStore;
  readonly #runner: ReplayRunner;
  readonly #sweep: Sweep;
  #alarmAt: number | null = null;
  /** After a sweep that failed. */
  #noSweepBefore = 0;
  /** Questions to Jobs that are under way; those of a life before are not. */
  #asking = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { sql } = ctx.storage;
    this.#letters = new LetterStore(sql);
    this.#replays = new ReplayStore(sql);
    this.#runner = new ReplayRunner(this.#letters, this.#replays);
    // Settings that are wrong stop the deletion of letters, and nothing that people wait for.
    const settings = parseSettings(env);
    if (!settings.ok) log('error', 'dead letters are kept until the settings are right', { error: settings.error });
    this.#sweep = new Sweep(this.#letters, this.#replays, settings.ok ? settings.value.deadLetterRetentionMs : null);
    migrate(ctx.storage);
  }

  // --- told by Jobs and by the queues

  /**
   * Whatever order and number they come in: a report that is older than what is known changes nothing, and one that
   * cannot be read is dropped, because its Job would send it, and nothing after it, for ever.
   */
  async record(reports: readonly Report[]): Promise<void> {
    const now = Date.now();
    for (const report of reports) {
      const parsed = storableReportSchema.safeParse(report);
      if (parsed.success) this.ctx.storage.transactionSync(() => this.#apply(parsed.data, now));
      else log('error', 'a report cannot be read and is dropped', { error: describeError(parsed.error) });
    }
    this.#follow(now);
  }

  /** Keeps a message, once however often it is delivered. */
  async recordMessage(message: DeadMessage): Promise<void> {
    const now = Date.now();
    const letter = letterOfMessage(message, now);
    this.#change(now, () => {
      if (this.#letters.read(letter.id, everybody) === null) this.#letters.write(null, letter);
    });
  }

  // --- asked by the api

  async list(
    scope: DeadLetterScope,
    query: DeadLetterQuery,
  ): Promise<{ readonly kind: 'page'; readonly list: DeadLetterList } | { readonly kind: 'invalid-cursor' }> {
    const { limit, cursor, ...filter } = query;
    const after = parseCursor(cursor, deathSchema);
    if (after === undefined) return invalidCursor;
    const rows = this.#letters.list(selected(scope, filter), after, limit);
    const { page, ...next } = pageOf(rows, limit, ({ lastDeathAt, id }) => [lastDeathAt, id]);
    return { kind: 'page', list: { deadLetters: page.flatMap(({ letter }) => (letter === null ? [] : [viewLetter(letter)])), ...next } };
  }

  async groups(
    scope: DeadLetterScope,
    query: DeadLetterQuery,
  ): Promise<{ readonly kind: 'page'; readonly page: DeadLetterGroups } | { readonly kind: 'invalid-cursor' }> {
    const { limit, cursor, ...filter } = query;
    const after = parseCursor(cursor, groupPlaceSchema);
    if (after === undefined) return invalidCursor;
    const meant = standing(filter);
    const rows = this.#letters.groups(selected(scope, meant), after, limit);
    const { page, ...next } = pageOf(rows, limit, (group) => [group.count, group.fingerprint]);
    return { kind: 'page', page: { groups: page.flatMap((group) => viewGroup(group, meant)), ...next } };
  }

  async countStanding(scope: DeadLetterScope): Promise<StandingFigures> {
    return this.#letters.countStanding(selected(scope, standing({})));
  }

  async read(scope: DeadLetterScope, id: string): Promise<{ readonly kind: 'found'; readonly deadLetter: DeadLetterDetail } | NotFound> {
    const letter = this.#letters.read(id, scope);
    return letter === null ? notFound : { kind: 'found', deadLetter: viewDetail(letter) };
  }

  async discard(scope: DeadLetterScope, selection: ReplayCommand['selection']): Promise<{ readonly discarded: number }> {
    const now = Date.now();
    const condition = selection.kind === 'ids' ? both(inScope(scope), withIds(selection.ids)) : selected(scope, selection.filter);
    return { discarded: this.#change(now, () => this.#letters.discard(condition, now)) };
  }

  async replay(scope: DeadLetterScope, command: ReplayCommand): Promise<ReplayAnswer> {
    const now = Date.now();
    const kind = this.#change(now, () => this.#planOnce(scope, command, now));
    if (kind === 'mismatch') return { kind };
    const replay = this.#replayOf(scope, command.replayId, now);
    if (replay === null) throw new Error('a replay that was just planned is gone');
    return { kind, replay: this.#view(replay) };
  }

  async execute(scope: DeadLetterScope, planId: string): Promise<ReplayControlAnswer> {
    return this.#control(scope, planId, executePlan);
  }

  async control(scope: DeadLetterScope, replayId: string, action: 'pause' | 'resume' | 'abort'): Promise<ReplayControlAnswer> {
    return this.#control(scope, replayId, (replay, now) => controlReplay(replay, action, now));
  }

  async readReplay(scope: DeadLetterScope, replayId: string): Promise<{ readonly kind: 'found'; readonly replay: Replay } | NotFound> {
    const replay = this.#replayOf(scope, replayId, Date.now());
    return replay === null ? notFound : { kind: 'found', replay: this.#view(replay) };
  }

  async replayItems(
    scope: DeadLetterScope,
    replayId: string,
    query: ReplayItemsQuery,
  ): Promise<{ readonly kind: 'page'; readonly list: ReplayItemList } | { readonly kind: 'invalid-cursor' } | NotFound> {
    const replay = this.#replayOf(scope, replayId, Date.now());
    if (replay === null) return notFound;
    const after = parseCursor(query.cursor, itemPlaceSchema);
    if (after === undefined) return invalidCursor;
    const states = query.state === undefined ? null : storedStates(replay, query.state);
    const rows = this.#replays.items(replayId, states, after?.[0] ?? -1, query.limit);
    const { page, ...next } = pageOf(rows, query.limit, (item) => [item.position]);
    return { kind: 'page', list: { items: page.map((item) => viewItem(replay, item)), ...next } };
  }

  /** Never throws: the platform gives up on an alarm after six failures. */
  override async alarm(): Promise<void> {
    const now = Date.now();
    this.#alarmAt = null;
    try {
      this.ctx.storage.transactionSync(() => this.#sweep.step(now));
    } catch (error) {
      log('error', 'dead letters sweep failed', { error: describeError(error) });
      this.#noSweepBefore = now + AFTER_FAILURE_MS;
    }
    this.#follow(now);
  }

  // --- the machinery

  /** One transaction, and what follows from it. */
  #change<T>(now: number, step: () => T): T {
    const answer = this.ctx.storage.transactionSync(step);
    this.#follow(now);
    return answer;
  }

  /** Whatever is due. Never throws: the change that it follows is stored, and whoever asked for it is told so. */
  #follow(now: number): void {
    try {
      const questions = this.#advance(now);
      const toTell = this.ctx.storage.transactionSync(() => this.#letters.toTell(now, now + TELL_AGAIN_MS, TELL_AT_ONCE));
      this.#asking += questions.length;
      this.#scheduleAlarm(now);
      for (const question of questions) this.#apart(this.#ask(question));
      for (const discarded of toTell) this.#apart(this.#tell(discarded));
    } catch (error) {
      log('error', 'what is due of dead letters could not be done', { error: describeError(error) });
      this.#setAlarm(now + AFTER_FAILURE_MS);
    }
  }

  /** Each replay goes on in a transaction of its own. */
  #advance(now: number): Question[] {
    const free = MAX_STARTING - this.#asking;
    const toAsk = this.#replays.toAsk(now, Math.max(free, 0));
    const questions: Question[] = [];
    let started = toAsk.length;
    for (const replayId of new Set([...toAsk.map((place) => place.replayId), ...this.#replays.runningIds()])) {
      const again = toAsk.filter((place) => place.replayId === replayId).map(({ position }) => position);
      const asked = this.#advanceOne(replayId, again, free - started, now);
      started += Math.max(asked.length - again.length, 0);
      questions.push(...asked);
    }
    return questions;
  }

  /** Stored as a whole or not at all; and then the replay is stopped, if storage can store anything. */
  #advanceOne(replayId: string, toAsk: readonly number[], free: number, now: number): Question[] {
    const { storage } = this.ctx;
    try {
      return storage.transactionSync(() => this.#runner.advance(replayId, toAsk, free, now));
    } catch (error) {
      storage.transactionSync(() => this.#halt(replayId, error, now));
      return [];
    }
  }

  /** What cannot be told to a replay stops that replay, and no report; `otherwise` is done instead. */
  #orHalt<T>(replayId: string, step: () => T, otherwise: () => T, now: number): T {
    try {
      return step();
    } catch (error) {
      this.#halt(replayId, error, now);
      return otherwise();
    }
  }

  #halt(replayId: string, error: unknown, now: number): void {
    log('error', 'a replay could not go on', { replayId, error: describeError(error) });
    this.#replays.halt(replayId, HALTED, now, now + HALTED_AGAIN_MS);
  }

  #apply(report: Report, now: number): void {
    if (report.kind === 'deleted') {
      this.#removeJob(report.jobId, report.at, now);
      return;
    }
    const letter = this.#letters.read(letterIdOf(report), everybody);
    if (letter === null && (this.#letters.departedAt(report.jobId) ?? 0) >= report.at) return;
    if (letter !== null && report.sequence <= letter.sequence) return;
    const next = letter === null ? afterReport(null, report) : this.#afterReport(letter, report, now);
    if (next !== null) this.#letters.write(letter, next);
  }

  /** With what the report means to the replay that waits for the letter, if there is one. */
  #afterReport(letter: Letter, report: JobReport | DeliveryReport, now: number): Letter | null {
    const alone = (): Letter | null => afterReport(letter, report);
    const { replayId } = letter;
    return replayId === null ? alone() : this.#orHalt(replayId, () => this.#runner.reported(letter, report, now), alone, now);
  }

  /** With a job goes everything that was said about it, and whoever waits for it waits no longer. */
  #removeJob(jobId: string, at: number, now: number): void {
    for (const id of this.#letters.ofJob(jobId, at)) {
      const letter = this.#letters.read(id, everybody);
      const replayId = letter?.replayId ?? null;
      if (letter !== null && replayId !== null) {
        this.#orHalt(
          replayId,
          () => this.#runner.gone(letter, now),
          () => {},
          now,
        );
      }
      this.#letters.remove(id);
    }
    this.#letters.depart(jobId, at);
  }

  #planOnce(scope: DeadLetterScope, command: ReplayCommand, now: number): ReplayAnswer['kind'] {
    const known = this.#replays.read(command.replayId, everybody);
    if (known !== null && !planIsExpired(known, now)) {
      return known.requestFingerprint === command.requestFingerprint && known.tenant === scope.tenant ? 'existing' : 'mismatch';
    }
    if (known !== null) this.#replays.remove(known.replayId, Number.MAX_SAFE_INTEGER);
    logReplay(makePlan({ letters: this.#letters, replays: this.#replays }, scope, command, now));
    return 'created';
  }

  #control(
    scope: DeadLetterScope,
    replayId: string,
    transition: (replay: ReplayRow, now: number) => ReplayRow | 'refused',
  ): ReplayControlAnswer {
    const now = Date.now();
    const kind = this.#change(now, () => {
      const replay = this.#replayOf(scope, replayId, now);
      if (replay === null) return 'not-found';
      const next = transition(replay, now);
      if (next === 'refused') return next;
      if (next !== replay) this.#runner.change(replay, next);
      return 'done';
    });
    const replay = this.#replayOf(scope, replayId, now);
    return kind === 'not-found' || replay === null ? notFound : { kind, replay: this.#view(replay) };
  }

  /** A plan that has expired is gone for its reader, whether or not it is swept away yet. */
  #replayOf(scope: DeadLetterScope, replayId: string, now: number): ReplayRow | null {
    const replay = this.#replays.read(replayId, scope);
    return replay === null || planIsExpired(replay, now) ? null : replay;
  }

  #view(replay: ReplayRow): Replay {
    return viewReplay(replay, this.#replays.items(replay.replayId, null, -1, ITEMS_SHOWN).slice(0, ITEMS_SHOWN));
  }

  async #ask({ replayId, position, jobId, deliveryId, generation, attempts, patched, traceparent }: Question): Promise<void> {
    const ask = async (): Promise<ReplayJobAnswer> => {
      const job = this.env.JOB.get(this.env.JOB.idFromName(jobId));
      return deliveryId === null
        ? await job.replay({ replayId, generation, traceparent, patched })
        : await job.replayDelivery({ replayId, deliveryId, attempts });
    };
    const answer = await within(ask(), RPC_TIMEOUT_MS, 'the job').catch((error: unknown) => {
      log('warn', 'a job could not be asked to replay; it is asked again', { jobId, replayId, error: describeError(error) });
      return null;
    });
    this.#asking -= 1;
    const now = Date.now();
    const place = { replayId, position };
    this.#change(now, () => (answer === null ? this.#runner.unreached(place, now) : this.#runner.answered(place, answer, now)));
  }

  async #tell(discarded: ToTell): Promise<void> {
    const { jobId, deliveryId, generation, attempts } = discarded;
    const job = this.env.JOB.get(this.env.JOB.idFromName(jobId));
    const telling = deliveryId === null ? job.discarded(generation) : job.deliveryDiscarded(deliveryId, attempts);
    await within(telling, RPC_TIMEOUT_MS, 'the job');
    this.#letters.told(discarded);
  }

  /** What its alarm repeats should it fail. */
  #apart(work: Promise<void>): void {
    work.catch((error: unknown) => log('warn', 'a call to a job failed and is repeated', { error: describeError(error) }));
  }

  /** Moves the alarm closer; one that comes too early finds nothing due and sets the next. */
  #scheduleAlarm(now: number): void {
    const sweepAt = this.#sweep.wakeAt(now);
    const wakeAt = earliest([
      this.#runner.wakeAt(MAX_STARTING - this.#asking, now),
      this.#letters.firstToTell(),
      sweepAt === null ? null : Math.max(sweepAt, this.#noSweepBefore),
    ]);
    if (wakeAt === null) return;
    const at = Math.max(Math.ceil(wakeAt), now + TICK_MS);
    if (this.#alarmAt === null || at < this.#alarmAt) this.#setAlarm(at);
  }

  #setAlarm(at: number): void {
    this.#alarmAt = at;
    this.ctx.storage.setAlarm(at).catch((error: unknown) => log('error', 'dead letters alarm not set', { error: describeError(error) }));
  }
}

function migrate(storage: DurableObjectStorage): void {
  const version = storage.kv.get('schemaVersion');
  if (version === SCHEMA_VERSION) return;
  if (version !== undefined) throw new Error(`dead letters schema ${String(version)} is newer than this code`);
  storage.transactionSync(() => {
    LetterStore.createTables(storage.sql);
    ReplayStore.createTables(storage.sql);
    storage.kv.put('schemaVersion', SCHEMA_VERSION);
  });
}
