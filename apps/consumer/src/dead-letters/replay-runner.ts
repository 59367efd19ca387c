/**
 * Running replays: what is started, asked again, settled and stopped. Every method is one step of one
 * transaction; the calls to Jobs that follow from it are answered to the caller, who makes them once the
 * step is stored.
 *
 * An item is stored as `starting` before its Job is asked, and its letter as `replaying`, so a crash at
 * any point repeats the question. The Job answers the same to the same replay. So an item is never lost,
 * and none is started twice.
 */
import { createHash } from 'node:crypto';
import type { DeadLetterScope } from '@mcpoverflow/types';
import { RPC_TIMEOUT_MS } from '../deadline.ts';
import { doublingMs } from '../job/policy.ts';
import { log } from '../log.ts';
import { broughtBack, claimed, type Letter, letGo } from './letter.ts';
import type { LetterStore } from './letter-store.ts';
import { type Decision, decide, MAX_STARTING, nextStartAt } from './replay-decision.ts';
import { type Item, type ItemState, moved, type ReplayRow, type ReplayStore } from './replay-store.ts';
import type { ReplayJobAnswer } from './report.ts';
import { verdictOf } from './verdict.ts';

/** A Job that could not be asked so often is given up on: something is wrong with it that waiting does not heal. */
export const MAX_TRIES = 10;
const FIRST_PAUSE_MS = 1_000;
/** Longer than a call may take: whoever asks again then asks alone. */
const ASK_AGAIN_MS = RPC_TIMEOUT_MS + 5_000;
/** Skipping costs no call, so many may be skipped in a step; the next step goes on. */
const EXAMINED_AT_ONCE = 200;

const everybody: DeadLetterScope = { tenant: null };

/** A question to a Job, to be asked now. */
export interface Question {
  readonly replayId: string;
  readonly position: number;
  readonly jobId: string;
  /** Null when it is the job that is replayed. */
  readonly deliveryId: string | null;
  /** Of the death. */
  readonly generation: number;
  /** A replay is a trace of its own for each letter; the same one however often the question is asked. */
  readonly traceparent: string;
}
export type Place = Pick<Question, 'replayId' | 'position'>;

export class ReplayRunner {
  readonly #letters: LetterStore;
  readonly #replays: ReplayStore;

  constructor(letters: LetterStore, replays: ReplayStore) {
    this.#letters = letters;
    this.#replays = replays;
  }

  /** Everything that is due at `now`. @returns the questions that follow from it */
  advance(now: number): Question[] {
    const repeated = this.#replays.unanswered(now).flatMap((item) => this.#askAgain(item, now));
    return [...repeated, ...this.#replays.running().flatMap((replay) => this.#step(replay, now))];
  }

  /** When {@link advance} has something to do next, if nothing is heard until then; null for never. */
  wakeAt(now: number): number | null {
    const times = this.#replays.running().map((replay) => {
      const decision = this.#decide(replay, now);
      return decision.kind === 'wait' ? decision.until : now;
    });
    return earliest([...times, this.#replays.firstUnanswered()]);
  }

  /** A Job answered. Too late when an outcome has settled the item already. */
  answered({ replayId, position }: Place, answer: ReplayJobAnswer, now: number): void {
    const item = this.#replays.item(replayId, position);
    if (item?.state !== 'starting') return;
    const letter = this.#letterOf(item);
    if (answer.kind === 'skipped') {
      this.#skip(item, answer.reason, letter);
      return;
    }
    if (letter !== null) this.#letters.write(letter, broughtBack(letter, replayId, answer, now));
    this.#settle({ ...item, generation: answer.generation, askAt: null }, 'running');
  }

  /** A Job could not be asked, or did not answer: it is asked again after a growing pause. */
  unreached({ replayId, position }: Place, now: number): void {
    const item = this.#replays.item(replayId, position);
    if (item?.state !== 'starting') return;
    this.#replays.writeItem({ ...item, askAt: now + doublingMs(FIRST_PAUSE_MS, item.tries - 1) });
  }

  /**
   * What a Job reports of a letter that a replay waits for. It may arrive before the answer to the
   * question; then it is the answer too.
   * @param generation null when the job is gone
   * @returns the letter, with its start in its history
   */
  ended(letter: Letter, outcome: 'recovered' | 'died' | 'cancelled', generation: number | null, now: number): Letter {
    const item = this.#itemOf(letter);
    if (item === null) return letter;
    this.#settle({ ...item, generation: item.generation ?? generation, askAt: null }, outcome);
    if (item.state === 'running' || generation === null) return letter;
    return broughtBack(letter, item.replayId, { generation, patched: false }, now);
  }

  /** Its owner brought it back. Of a running item that tells that it had died; one that starts is left to its Job's answer. */
  retriedByOwner(letter: Letter): void {
    const item = this.#itemOf(letter);
    if (item?.state === 'running') this.#settle(item, 'died');
  }

  /** Takes a replay from one state to another, and says so. */
  change(replay: ReplayRow, change: Pick<ReplayRow, 'state'> & Partial<ReplayRow>): ReplayRow {
    const next = { ...replay, ...change };
    this.#replays.write(replay, next);
    logReplay(next);
    return next;
  }

  #decide(replay: ReplayRow, now: number): Decision {
    return decide(replay, replay, MAX_STARTING - this.#replays.starting(), now);
  }

  #step(replay: ReplayRow, now: number): Question[] {
    const decision = this.#decide(replay, now);
    switch (decision.kind) {
      case 'wait':
        return [];
      case 'done':
        this.change(replay, { state: 'completed', endedAt: now });
        return [];
      case 'stop':
        this.change(replay, { state: 'stopped', endedAt: now, reason: decision.reason });
        return [];
      case 'start':
        return this.#start(replay, decision.count, now);
    }
  }

  /** Starts the next items that may be started; those that may not any more are skipped on the way. */
  #start(replay: ReplayRow, count: number, now: number): Question[] {
    const questions: Question[] = [];
    let next = replay;
    for (const item of this.#replays.next(replay, EXAMINED_AT_ONCE)) {
      if (questions.length === count) break;
      next = { ...next, nextPosition: item.position + 1 };
      const letter = this.#letters.read(item.letterId, everybody);
      const verdict = verdictOf(letter, replay.force === 1);
      if (verdict.kind === 'skipped' || letter === null) {
        this.#replays.writeItem({ ...item, state: 'skipped', reason: verdict.kind === 'skipped' ? verdict.reason : null });
        next = moved(next, 'waiting', 'skipped');
        continue;
      }
      this.#letters.write(letter, claimed(letter, item.replayId, item.position));
      this.#replays.writeItem({ ...item, state: 'starting', tries: 1, askAt: now + ASK_AGAIN_MS });
      next = moved(next, 'waiting', 'starting');
      questions.push(...questionOf(item, letter));
    }
    this.#replays.write(replay, { ...next, nextStartAt: nextStartAt(replay, now, questions.length) });
    return questions;
  }

  #askAgain(item: Item, now: number): Question[] {
    const letter = this.#letterOf(item);
    if (letter === null || item.tries >= MAX_TRIES) {
      this.#skip(item, letter === null ? 'It is not what it was when it was asked for.' : 'Its job could not be reached.', letter);
      return [];
    }
    this.#replays.writeItem({ ...item, tries: item.tries + 1, askAt: now + ASK_AGAIN_MS });
    return questionOf(item, letter);
  }

  #skip(item: Item, reason: string, letter: Letter | null): void {
    if (letter !== null) this.#letters.write(letter, letGo(letter));
    this.#settle({ ...item, reason, askAt: null }, 'skipped');
  }

  #settle(item: Item, state: ItemState): void {
    this.#replays.writeItem({ ...item, state });
    const replay = this.#replays.read(item.replayId, everybody);
    if (replay !== null) this.#replays.write(replay, moved(replay, item.state, state));
  }

  /** The letter, if it is still this item that it was brought back by. */
  #letterOf(item: Item): Letter | null {
    const letter = this.#letters.read(item.letterId, everybody);
    return letter?.replayId === item.replayId && letter.position === item.position ? letter : null;
  }

  #itemOf({ replayId, position }: Letter): Item | null {
    const item = replayId === null || position === null ? null : this.#replays.item(replayId, position);
    return item?.state === 'starting' || item?.state === 'running' ? item : null;
  }
}

/** One line for each state that a replay enters; `count` is what has not ended yet. */
export function logReplay({ replayId, state, reason, waiting, starting, running }: ReplayRow): void {
  const count = waiting + starting + running;
  log('info', 'replay changed', { replayId, outcome: reason === null ? state : `${state}: ${reason}`, count });
}

/** The earliest of these times; null when there is none. */
export function earliest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** Whom to ask, and what. A letter of a job or a call always names its job. */
function questionOf({ replayId, position, letterId }: Item, { jobId, deliveryId, generation }: Letter): Question[] {
  if (jobId === null) return [];
  const trace = createHash('sha256').update(`replay|${replayId}|${letterId}`).digest('hex');
  const traceparent = `00-${trace.slice(0, 32)}-${trace.slice(32, 48)}-01`;
  return [{ replayId, position, jobId, deliveryId, generation: generation ?? 1, traceparent }];
}
