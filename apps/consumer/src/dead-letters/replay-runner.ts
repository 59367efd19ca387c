/**
 * Running replays: what is started, asked again, settled and stopped. Every method is one step of one
 * transaction; the calls to Jobs that follow from it are answered to the caller, who makes them once the
 * step is stored.
 *
 * An item is stored as `starting` before its Job is asked, and its letter as `replaying`, so a crash at
 * any point repeats the question. The Job answers the same to the same replay. So an item is never lost,
 * and none is started twice. What a Job may have begun goes on being asked for, whatever became of the
 * replay since: only what was never asked is not started any more.
 */
import { createHash } from 'node:crypto';
import type { DeadLetterScope } from '@mcpoverflow/types';
import { RPC_TIMEOUT_MS } from '../deadline.ts';
import { doublingMs } from '../job/policy.ts';
import { log } from '../log.ts';
import { afterReport, broughtBack, claimed, type Letter, letGo, turnedOut } from './letter.ts';
import type { LetterStore } from './letter-store.ts';
import { endedIfOver } from './replay-control.ts';
import { decide, nextStartAt } from './replay-decision.ts';
import { type Item, type ItemState, moved, type Place, type ReplayRow, type ReplayStore } from './replay-store.ts';
import type { DeliveryReport, JobReport, ReplayJobAnswer } from './report.ts';
import { verdictOf } from './verdict.ts';

/** A Job that could not be asked so often is given up on: something is wrong with it that waiting does not heal. */
export const MAX_TRIES = 10;
const FIRST_PAUSE_MS = 1_000;
/** Longer than a call may take: whoever asks again then asks alone. */
const ASK_AGAIN_MS = RPC_TIMEOUT_MS + 5_000;
/** What runs is asked now and then how far it has come, so that no replay waits for ever for a report that was lost. */
const ASK_RUNNING_MS = 3_600_000;
/** Skipping costs no call, so many may be skipped in a step; the next step goes on. */
const EXAMINED_AT_ONCE = 200;

const everybody: DeadLetterScope = { tenant: null };

/** A question to a Job, to be asked now. */
export interface Question extends Place {
  readonly jobId: string;
  /** Null when it is the job that is replayed. */
  readonly deliveryId: string | null;
  /** Of the death. */
  readonly generation: number;
  /** Of the death, when it is a call's. */
  readonly attempts: number;
  readonly patched: boolean;
  /** A replay is a trace of its own for each letter; the same one however often the question is asked. */
  readonly traceparent: string;
}

export class ReplayRunner {
  readonly #letters: LetterStore;
  readonly #replays: ReplayStore;

  constructor(letters: LetterStore, replays: ReplayStore) {
    this.#letters = letters;
    this.#replays = replays;
  }

  /**
   * What is due of one replay at `now`.
   * @param toAsk the positions of its items whose Jobs are to be asked again
   * @param free how many more Jobs may be asked
   * @returns the questions that follow from it
   */
  advance(replayId: string, toAsk: readonly number[], free: number, now: number): Question[] {
    const repeated = toAsk.flatMap((position) => this.#askAgain({ replayId, position }, now));
    const replay = this.#replays.read(replayId, everybody);
    return replay?.state === 'running' ? [...repeated, ...this.#step(replay, free, now)] : repeated;
  }

  /** When {@link advance} has something to do next, if nothing is heard until then; null for never. */
  wakeAt(free: number, now: number): number | null {
    // Whoever is being asked answers, or is given up, and then there is room again; unless the asker is lost with them.
    if (free <= 0) return now + ASK_AGAIN_MS;
    const times = this.#replays.running().map((replay) => {
      const decision = decide(replay, replay, free, now);
      return decision.kind === 'wait' ? decision.until : now;
    });
    return earliest([...times, this.#replays.firstToAsk()]);
  }

  /** A Job answered. Too late when an outcome has settled the item already. */
  answered(place: Place, answer: ReplayJobAnswer, now: number): void {
    const item = this.#openItem(place);
    if (item === null) return;
    const letter = this.#letterOf(item);
    if (answer.kind === 'skipped') {
      this.#letGo(item, item.state === 'starting' ? 'skipped' : 'cancelled', answer.reason, letter, now);
      return;
    }
    const { generation, progress } = answer;
    if (letter !== null) {
      const begun = item.state === 'starting' ? broughtBack(letter, item.replayId, answer, now) : letter;
      this.#letters.write(letter, progress === 'running' ? begun : turnedOut(begun, progress));
    }
    this.#settle({ ...item, generation, askAt: progress === 'running' ? now + ASK_RUNNING_MS : null }, progress, now);
  }

  /** A Job could not be asked, or did not answer: it is asked again after a growing pause; of one that runs, after a long one. */
  unreached(place: Place, now: number): void {
    const item = this.#openItem(place);
    if (item === null) return;
    const pause = item.state === 'running' ? ASK_RUNNING_MS : doublingMs(FIRST_PAUSE_MS, item.tries - 1);
    this.#replays.writeItem({ ...item, askAt: now + pause });
  }

  /**
   * What a Job reports of a letter that a replay may wait for. An outcome may arrive before the answer to the question;
   * then it is the answer too. Its owner bringing back what runs tells that it had died; what starts is left to its Job's
   * answer, and so is the report of a death before the one that it was started for.
   * @returns the letter after it
   */
  reported(letter: Letter, report: JobReport | DeliveryReport, now: number): Letter | null {
    const item = this.#itemOf(letter);
    if (item === null) return afterReport(letter, report);
    const { outcome, generation } = report;
    if (outcome === 'retried') {
      const isLater = report.kind === 'delivery' || generation > (item.generation ?? generation);
      if (item.state === 'running' && isLater) this.#settle({ ...item, askAt: null }, 'died', now);
      return afterReport(letter, report);
    }
    if (outcome === 'died' && isKnownDeath(item, report)) {
      const dead = afterReport(letter, report);
      return dead === null ? null : claimed(dead, item.replayId, item.position);
    }
    this.#settle({ ...item, generation: item.generation ?? generation, askAt: null }, outcome, now);
    if (item.state === 'running') return afterReport(letter, report);
    const patched = this.#replays.read(item.replayId, everybody)?.patched === 1;
    return afterReport(broughtBack(letter, item.replayId, { generation, patched }, now), report);
  }

  /** Its job is deleted, and nobody has to wait for it. */
  gone(letter: Letter, now: number): void {
    const item = this.#itemOf(letter);
    if (item !== null) this.#settle({ ...item, askAt: null }, 'cancelled', now);
  }

  /** Takes a replay from one state to another, and says so. */
  change(replay: ReplayRow, change: Pick<ReplayRow, 'state'> & Partial<ReplayRow>): ReplayRow {
    const next = { ...replay, ...change };
    this.#replays.write(replay, next);
    logReplay(next);
    return next;
  }

  #step(replay: ReplayRow, free: number, now: number): Question[] {
    const decision = decide(replay, replay, free, now);
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
      const { jobId, deliveryId, attempts } = letter;
      const starting = { ...item, jobId, deliveryId, diedAs: letter.generation ?? 1, attempts };
      this.#replays.writeItem({ ...starting, state: 'starting', tries: 1, askAt: now + ASK_AGAIN_MS });
      next = moved(next, 'waiting', 'starting');
      questions.push(...questionOf(starting, replay));
    }
    this.#replays.write(replay, { ...next, nextStartAt: nextStartAt(replay, now, questions.length) });
    return questions;
  }

  #askAgain(place: Place, now: number): Question[] {
    const item = this.#openItem(place);
    const replay = this.#replays.read(place.replayId, everybody);
    if (item === null || replay === null) return [];
    if (item.state === 'starting' && item.tries >= MAX_TRIES) {
      this.#letGo(item, 'skipped', 'Its job could not be reached.', this.#letterOf(item), now);
      return [];
    }
    this.#replays.writeItem({ ...item, tries: item.tries + 1, askAt: now + ASK_AGAIN_MS });
    return questionOf(item, replay);
  }

  #letGo(item: Item, state: 'skipped' | 'cancelled', reason: string, letter: Letter | null, now: number): void {
    if (letter !== null) this.#letters.write(letter, letGo(letter));
    this.#settle({ ...item, reason, askAt: null }, state, now);
  }

  #settle(item: Item, state: ItemState, now: number): void {
    const replay = this.#replays.read(item.replayId, everybody);
    this.#replays.writeItem({ ...item, state });
    if (replay === null) return;
    const next = endedIfOver(moved(replay, item.state, state), now);
    this.#replays.write(replay, next);
    if (next.state !== replay.state) logReplay(next);
  }

  /** The letter, if it is still this item that it was brought back by. */
  #letterOf(item: Item): Letter | null {
    const letter = this.#letters.read(item.letterId, everybody);
    return letter?.replayId === item.replayId && letter.position === item.position ? letter : null;
  }

  #itemOf({ replayId, position }: Letter): Item | null {
    return replayId === null || position === null ? null : this.#openItem({ replayId, position });
  }

  /** An item whose outcome is not known yet. */
  #openItem({ replayId, position }: Place): Item | null {
    const item = this.#replays.item(replayId, position);
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

/** No later than the death that the item was started for. */
const isKnownDeath = ({ diedAs, attempts }: Item, report: JobReport | DeliveryReport): boolean =>
  report.kind === 'job' ? report.generation <= (diedAs ?? 0) : report.attempts <= (attempts ?? 0);

/** Whom to ask, and what. An item that was started always names its job. */
function questionOf({ replayId, position, letterId, jobId, deliveryId, diedAs, attempts }: Item, replay: ReplayRow): Question[] {
  if (jobId === null) return [];
  const trace = createHash('sha256').update(`replay|${replayId}|${letterId}`).digest('hex');
  const traceparent = `00-${trace.slice(0, 32)}-${trace.slice(32, 48)}-01`;
  const died = { generation: diedAs ?? 1, attempts: attempts ?? 0 };
  return [{ replayId, position, jobId, deliveryId, ...died, patched: replay.patched === 1, traceparent }];
}
