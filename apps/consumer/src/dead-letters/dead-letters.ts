/**
 * The DeadLetters object: one for the whole engine, because an operator asks "what is dead, and why" of
 * the whole. It is fed by reports and fed rarely, since jobs that die are few; what it is asked is
 * answered page by page.
 *
 * A thin adapter: every change is one transaction that ends with what is due, its alarm is set from what
 * is then stored, and only after that Jobs are called. A crash between any two of these repeats a call,
 * and Jobs answer a repeated call as they did before.
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
} from '@mcpoverflow/types';
import * as z from 'zod';
import { RPC_TIMEOUT_MS, within } from '../deadline.ts';
import type { Env } from '../env.ts';
import { describeError, log } from '../log.ts';
import { readSettings } from '../settings.ts';
import { pageOf, parseCursor } from './cursor.ts';
import { afterReport, type DeadMessage, letterIdOf, letterOfMessage } from './letter.ts';
import { deathSchema, groupPlaceSchema, LetterStore, type ToTell, withIds } from './letter-store.ts';
import { viewDetail, viewGroup, viewLetter } from './letter-view.ts';
import { makePlan } from './plan.ts';
import { controlReplay, executePlan } from './replay-control.ts';
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

const everybody: DeadLetterScope = { tenant: null };
const notFound: NotFound = { kind: 'not-found' };
const invalidCursor = { kind: 'invalid-cursor' } as const;

/** The dead letters of the engine. */
export const deadLettersOf = (env: Env): DurableObjectStub<DeadLetters> => env.DEAD_LETTERS.get(env.DEAD_LETTERS.idFromName('all'));

export class DeadLetters extends DurableObject<Env> implements DeadLettersRpc {
  readonly #letters: LetterStore;
  readonly #replays: ReplayStore;
  readonly #runner: ReplayRunner;
  readonly #sweep: Sweep;
  #alarmAt: number | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { sql } = ctx.storage;
    this.#letters = new LetterStore(sql);
    this.#replays = new ReplayStore(sql);
    this.#runner = new ReplayRunner(this.#letters, this.#replays);
    this.#sweep = new Sweep(this.#letters, this.#replays, this.#runner, readSettings(env).deadLetterRetentionMs);
    migrate(ctx.storage);
  }

  // --- told by Jobs and by the queues

  /** Whatever order and number they come in: a report that is older than what is known changes nothing. */
  async record(reports: readonly Report[]): Promise<void> {
    const now = Date.now();
    this.#change(now, () => {
      for (const report of z.array(reportSchema).parse(reports)) {
        if (report.kind !== 'deleted') this.#apply(report, now);
        else this.#sweep.removeJob(report.jobId, report.at, now);
      }
    });
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
    const { page, ...next } = pageOf(rows, limit, (letter) => [letter.lastDeathAt, letter.id]);
    return { kind: 'page', list: { deadLetters: page.map(viewLetter), ...next } };
  }

  async groups(
    scope: DeadLetterScope,
    query: DeadLetterQuery,
  ): Promise<{ readonly kind: 'page'; readonly page: DeadLetterGroups } | { readonly kind: 'invalid-cursor' }> {
    const { limit, cursor, ...filter } = query;
    const after = parseCursor(cursor, groupPlaceSchema);
    if (after === undefined) return invalidCursor;
    const rows = this.#letters.groups(selected(scope, standing(filter)), after, limit);
    const { page, ...next } = pageOf(rows, limit, (group) => [group.count, group.fingerprint]);
    return { kind: 'page', page: { groups: page.map(viewGroup), ...next } };
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
      this.#change(now, () => this.#sweep.step(now));
    } catch (error) {
      log('error', 'dead letters alarm failed', { error: describeError(error) });
      this.#setAlarm(now + AFTER_FAILURE_MS);
    }
  }

  // --- the machinery

  /** One transaction: the change, and whatever is due by then. What follows from it outside comes after. */
  #change<T>(now: number, step: () => T): T {
    const { answer, questions, toTell } = this.ctx.storage.transactionSync(() => ({
      answer: step(),
      questions: this.#runner.advance(now),
      toTell: this.#dueToTell(now),
    }));
    this.#scheduleAlarm(now);
    for (const question of questions) this.#apart(this.#ask(question));
    for (const discarded of toTell) this.#apart(this.#tell(discarded));
    return answer;
  }

  #apply(report: JobReport | DeliveryReport, now: number): void {
    const letter = this.#letters.read(letterIdOf(report), everybody);
    if (letter === null && (this.#letters.departedAt(report.jobId) ?? 0) >= report.at) return;
    if (letter !== null && report.sequence <= letter.sequence) return;
    if (letter !== null && report.outcome === 'retried') this.#runner.retriedByOwner(letter);
    const started =
      letter === null || report.outcome === 'retried' ? letter : this.#runner.ended(letter, report.outcome, report.generation, now);
    const next = afterReport(started, report);
    if (next !== null) this.#letters.write(letter, next);
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

  async #ask({ replayId, position, jobId, deliveryId, generation, traceparent }: Question): Promise<void> {
    const job = this.env.JOB.get(this.env.JOB.idFromName(jobId));
    const asking: Promise<ReplayJobAnswer> =
      deliveryId === null ? job.replay({ replayId, generation, traceparent }) : job.replayDelivery({ replayId, deliveryId });
    const answer = await within(asking, RPC_TIMEOUT_MS, 'the job').catch((error: unknown) => {
      log('warn', 'a job could not be asked to replay; it is asked again', { jobId, replayId, error: describeError(error) });
      return null;
    });
    const now = Date.now();
    const place = { replayId, position };
    this.#change(now, () => (answer === null ? this.#runner.unreached(place, now) : this.#runner.answered(place, answer, now)));
  }

  /** Those whose time has come; told again later, should no answer come. */
  #dueToTell(now: number): ToTell[] {
    const due = this.#letters.toTell(now, TELL_AT_ONCE);
    for (const { id } of due) this.#letters.tellAgain(id, now + TELL_AGAIN_MS);
    return due;
  }

  async #tell({ id, jobId, deliveryId }: ToTell): Promise<void> {
    const job = this.env.JOB.get(this.env.JOB.idFromName(jobId));
    await within(job.discarded(deliveryId), RPC_TIMEOUT_MS, 'the job');
    this.#letters.tellAgain(id, null);
  }

  /** What its alarm repeats should it fail. */
  #apart(work: Promise<void>): void {
    work.catch((error: unknown) => log('warn', 'a call to a job failed and is repeated', { error: describeError(error) }));
  }

  /** Moves the alarm closer; one that comes too early finds nothing due and sets the next. */
  #scheduleAlarm(now: number): void {
    const wakeAt = earliest([this.#runner.wakeAt(now), this.#letters.firstToTell(), this.#sweep.wakeAt()]);
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
