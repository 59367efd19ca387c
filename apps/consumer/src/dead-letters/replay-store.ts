/**
 * The replays' rows: one for each replay, with its options and how many of its items are in which state,
 * and one for each item. The counts are kept beside the items, in the same transaction, because a replay
 * of ten thousand is looked at ten thousand times.
 */
import { type DeadLetterScope, deadLetterKindSchema, type ReplayItem, replayStateSchema } from '@mcpoverflow/types';
import * as z from 'zod';
import type { Counts } from './replay-decision.ts';

const count = z.number().int();
const flag = z.union([z.literal(0), z.literal(1)]);
export const replayRowSchema = z.object({
  replayId: z.string(),
  /** Of whose letters it is; null for everybody's. */
  tenant: z.string().nullable(),
  requestFingerprint: z.string(),
  state: replayStateSchema,
  reason: z.string().nullable(),
  ratePerSecond: z.number(),
  canary: count,
  stopOnFailureRatio: z.number().nullable(),
  force: flag,
  /** Its one job is started with a changed submission. */
  patched: flag,
  estimatedCostUsd: z.number().nullable(),
  createdAt: z.number(),
  startedAt: z.number().nullable(),
  endedAt: z.number().nullable(),
  nextStartAt: z.number(),
  /** Of the first item whose turn has not come. */
  nextPosition: count,
  waiting: count,
  skipped: count,
  starting: count,
  running: count,
  recovered: count,
  died: count,
  cancelled: count,
});
export type ReplayRow = z.infer<typeof replayRowSchema>;

const columns = {
  replayId: 'replay_id',
  tenant: 'tenant',
  requestFingerprint: 'request_fingerprint',
  state: 'state',
  reason: 'reason',
  ratePerSecond: 'rate_per_second',
  canary: 'canary',
  stopOnFailureRatio: 'stop_on_failure_ratio',
  force: 'force',
  patched: 'patched',
  estimatedCostUsd: 'estimated_cost_usd',
  createdAt: 'created_at',
  startedAt: 'started_at',
  endedAt: 'ended_at',
  nextStartAt: 'next_start_at',
  nextPosition: 'next_position',
  waiting: 'waiting',
  skipped: 'skipped',
  starting: 'starting',
  running: 'running',
  recovered: 'recovered',
  died: 'died',
  cancelled: 'cancelled',
} satisfies Record<keyof ReplayRow, string>;
const fieldNames = replayRowSchema.keyof().options;
const allOf = fieldNames.map((field) => `${columns[field]} AS ${field}`).join(', ');

/** `starting`: its Job is being asked, and has not answered yet. */
export const itemStates = [
  'waiting',
  'skipped',
  'starting',
  'running',
  'recovered',
  'died',
  'cancelled',
] as const satisfies readonly (keyof Counts)[];
export type ItemState = (typeof itemStates)[number];

const itemSchema = z.object({
  replayId: z.string(),
  position: count,
  letterId: z.string(),
  kind: deadLetterKindSchema,
  jobId: z.string().nullable(),
  state: z.enum(itemStates),
  reason: z.string().nullable(),
  /** The generation that it began. */
  generation: count.nullable(),
  costUsd: z.number().nullable(),
  /** Which death it was started for, so that its Job can be asked again whatever became of the letter. */
  deliveryId: z.string().nullable(),
  diedAs: count.nullable(),
  attempts: count.nullable(),
  /** How often its Job has been asked, and when it is asked again should no answer, or no outcome, come. */
  tries: count,
  askAt: z.number().nullable(),
});
export type Item = z.infer<typeof itemSchema>;
const allOfItem = `replay_id AS replayId, position, letter_id AS letterId, kind, job_id AS jobId, state, reason, generation,
  cost_usd AS costUsd, delivery_id AS deliveryId, died_as AS diedAs, attempts, tries, ask_at AS askAt`;

export type PlannedItem = Pick<Item, 'letterId' | 'kind' | 'jobId' | 'reason' | 'costUsd'> & { readonly state: 'waiting' | 'skipped' };

export const itemPlaceSchema = z.tuple([z.number()]);

const placeSchema = z.object({ replayId: z.string(), position: count });
/** Where an item is. */
export type Place = z.infer<typeof placeSchema>;

export class ReplayStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  static createTables(sql: SqlStorage): void {
    sql.exec(
      `CREATE TABLE replay (replay_id TEXT PRIMARY KEY, tenant TEXT, request_fingerprint TEXT NOT NULL, state TEXT NOT NULL, reason TEXT,
         rate_per_second REAL NOT NULL, canary INTEGER NOT NULL, stop_on_failure_ratio REAL, force INTEGER NOT NULL, patched INTEGER NOT NULL,
         estimated_cost_usd REAL, created_at INTEGER NOT NULL, started_at INTEGER, ended_at INTEGER, next_start_at REAL NOT NULL,
         next_position INTEGER NOT NULL, waiting INTEGER NOT NULL, skipped INTEGER NOT NULL, starting INTEGER NOT NULL,
         running INTEGER NOT NULL, recovered INTEGER NOT NULL, died INTEGER NOT NULL, cancelled INTEGER NOT NULL) WITHOUT ROWID`,
    );
    sql.exec('CREATE INDEX replay_by_state ON replay (state, created_at)');
    sql.exec('CREATE INDEX replay_by_end ON replay (ended_at) WHERE ended_at IS NOT NULL');
    sql.exec(
      `CREATE TABLE item (replay_id TEXT NOT NULL, position INTEGER NOT NULL, letter_id TEXT NOT NULL, kind TEXT NOT NULL, job_id TEXT,
         state TEXT NOT NULL, reason TEXT, generation INTEGER, cost_usd REAL, delivery_id TEXT, died_as INTEGER, attempts INTEGER,
         tries INTEGER NOT NULL, ask_at INTEGER,
         PRIMARY KEY (replay_id, position)) WITHOUT ROWID`,
    );
    sql.exec('CREATE INDEX item_to_ask ON item (ask_at) WHERE ask_at IS NOT NULL');
  }

  read(replayId: string, scope: DeadLetterScope): ReplayRow | null {
    const [row] = this.#sql.exec(`SELECT ${allOf} FROM replay WHERE replay_id = ?`, replayId).toArray();
    const replay = row === undefined ? null : replayRowSchema.parse(row);
    return replay === null || (scope.tenant !== null && replay.tenant !== scope.tenant) ? null : replay;
  }

  /** Writes what differs, and nothing when nothing does. */
  write(before: ReplayRow | null, after: ReplayRow): void {
    const changed = fieldNames.filter((field) => before === null || before[field] !== after[field]);
    if (changed.length === 0) return;
    const values = changed.map((field) => after[field]);
    const names = changed.map((field) => columns[field]);
    if (before === null) {
      this.#sql.exec(`INSERT INTO replay (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`, ...values);
    } else {
      this.#sql.exec(`UPDATE replay SET ${names.map((name) => `${name} = ?`).join(', ')} WHERE replay_id = ?`, ...values, after.replayId);
    }
  }

  running(): ReplayRow[] {
    return this.#sql
      .exec(`SELECT ${allOf} FROM replay WHERE state = 'running' ORDER BY created_at`)
      .toArray()
      .map((row) => replayRowSchema.parse(row));
  }

  /** Of those that run; read without looking at the rest of them. */
  runningIds(): string[] {
    return this.#sql
      .exec("SELECT replay_id AS replayId FROM replay WHERE state = 'running' ORDER BY created_at")
      .toArray()
      .map((row) => z.object({ replayId: z.string() }).parse(row).replayId);
  }

  /** Stops a replay that cannot be read, and reads nothing of it; whom it has to ask is asked again at `askAt`. */
  halt(replayId: string, reason: string, now: number, askAt: number): void {
    this.#sql.exec(
      `UPDATE replay SET state = 'stopped', reason = ?, ended_at = ?, next_start_at = 0
       WHERE replay_id = ? AND state NOT IN ('completed', 'stopped', 'aborted')`,
      reason,
      now,
      replayId,
    );
    this.#sql.exec('UPDATE item SET ask_at = ? WHERE ask_at <= ? AND replay_id = ?', askAt, now, replayId);
  }

  /** Adds a part of a plan, in one statement. */
  plan(replayId: string, firstPosition: number, items: readonly PlannedItem[]): void {
    this.#sql.exec(
      `INSERT INTO item (replay_id, position, letter_id, kind, job_id, state, reason, cost_usd, tries)
       SELECT ?, ? + key, value ->> 'letterId', value ->> 'kind', value ->> 'jobId', value ->> 'state', value ->> 'reason',
         value ->> 'costUsd', 0 FROM json_each(?)`,
      replayId,
      firstPosition,
      JSON.stringify(items),
    );
  }

  /** A page of items in their order, one longer than `limit`; of some states, or of all. */
  items(replayId: string, states: readonly ItemState[] | null, after: number, limit: number): Item[] {
    const only = states === null ? '' : `AND state IN (${states.map(() => '?').join(', ')})`;
    return this.#items(
      `WHERE replay_id = ? AND position > ? ${only} ORDER BY position LIMIT ?`,
      replayId,
      after,
      ...(states ?? []),
      limit + 1,
    );
  }

  item(replayId: string, position: number): Item | null {
    return this.#items('WHERE replay_id = ? AND position = ?', replayId, position)[0] ?? null;
  }

  /** The items whose turn is next. */
  next({ replayId, nextPosition }: ReplayRow, limit: number): Item[] {
    return this.#items(
      "WHERE replay_id = ? AND position >= ? AND state = 'waiting' ORDER BY position LIMIT ?",
      replayId,
      nextPosition,
      limit,
    );
  }

  /** The items whose Jobs are to be asked again, of all replays. */
  toAsk(now: number, limit: number): Place[] {
    return this.#sql
      .exec('SELECT replay_id AS replayId, position FROM item WHERE ask_at <= ? ORDER BY ask_at LIMIT ?', now, limit)
      .toArray()
      .map((row) => placeSchema.parse(row));
  }

  writeItem({ replayId, position, state, reason, generation, deliveryId, diedAs, attempts, tries, askAt }: Item): void {
    this.#sql.exec(
      `UPDATE item SET state = ?, reason = ?, generation = ?, delivery_id = ?, died_as = ?, attempts = ?, tries = ?, ask_at = ?
       WHERE replay_id = ? AND position = ?`,
      state,
      reason,
      generation,
      deliveryId,
      diedAs,
      attempts,
      tries,
      askAt,
      replayId,
      position,
    );
  }

  /** A replay that is to go, if there is one: a plan made, or a replay ended, at or before these times. */
  expired(plannedBy: number, endedBy: number): string | null {
    const [row] = this.#sql
      .exec(
        `SELECT replay_id AS replayId FROM replay WHERE state = 'planned' AND created_at <= ?
         UNION ALL SELECT replay_id FROM replay WHERE ended_at <= ? LIMIT 1`,
        plannedBy,
        endedBy,
      )
      .toArray();
    return row === undefined ? null : z.object({ replayId: z.string() }).parse(row).replayId;
  }

  /** Removes at most so many items, and the replay after its last one. */
  remove(replayId: string, limit: number): void {
    const items = 'SELECT position FROM item WHERE replay_id = ? ORDER BY position LIMIT ?';
    this.#sql.exec(`DELETE FROM item WHERE replay_id = ? AND position IN (${items})`, replayId, replayId, limit);
    if (this.#items('WHERE replay_id = ? LIMIT 1', replayId).length === 0)
      this.#sql.exec('DELETE FROM replay WHERE replay_id = ?', replayId);
  }

  firstToAsk(): number | null {
    return this.#time('SELECT min(ask_at) AS at FROM item WHERE ask_at IS NOT NULL');
  }

  firstPlanned(): number | null {
    return this.#time("SELECT min(created_at) AS at FROM replay WHERE state = 'planned'");
  }

  firstEnded(): number | null {
    return this.#time('SELECT min(ended_at) AS at FROM replay WHERE ended_at IS NOT NULL');
  }

  #items(clause: string, ...bindings: (string | number)[]): Item[] {
    return this.#sql
      .exec(`SELECT ${allOfItem} FROM item ${clause}`, ...bindings)
      .toArray()
      .map((row) => itemSchema.parse(row));
  }

  #time(query: string): number | null {
    const [row] = this.#sql.exec(query).toArray();
    return row === undefined ? null : z.object({ at: z.number().nullable() }).parse(row).at;
  }
}

/** The replay with one item of it in another state. */
export const moved = (replay: ReplayRow, from: ItemState, to: ItemState): ReplayRow =>
  from === to ? replay : { ...replay, [from]: replay[from] - 1, [to]: replay[to] + 1 };

/** A replay that stopped or was aborted starts nothing more: what still waits was not started. */
const startsNoMore = ({ state }: ReplayRow): boolean => state === 'stopped' || state === 'aborted';

/** An item's state as callers see it. */
export function shownState(replay: ReplayRow, state: ItemState): ReplayItem['state'] {
  if (state === 'waiting') return startsNoMore(replay) ? 'not-started' : 'will-replay';
  return state === 'starting' ? 'running' : state;
}

/** The stored states that callers see as this one. */
export const storedStates = (replay: ReplayRow, shown: ReplayItem['state']): ItemState[] =>
  itemStates.filter((state) => shownState(replay, state) === shown);
