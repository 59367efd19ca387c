/**
 * What must hold of webhook calls at every moment: every event that was asked for is told, under one id and
 * with one body, by one worker at a time, when its time has come and not after it was received.
 */
import { type AttemptError, webhookBodySchema } from '@mcpoverflow/types';
import * as z from 'zod';
import { isDeleted, type JobState, type Stored } from '../job/state.ts';
import { type DeliveryState, MAX_DELIVERIES } from '../webhooks/delivery-state.ts';
import type { Network } from './network.ts';
import type { ModelReceiver, ReceivedCall, ReceiverSpectator } from './receiver.ts';
import { BEGINNING } from './time.ts';

/** The published jitter: a pause becomes 80 to 120 % of itself; it doubles for a receiver that is overloaded. */
const SHORTEST_PAUSE = 0.8;
const LONGEST_PAUSE = 2.4;
const DAY_MS = 86_400_000;

const attemptMessageSchema = z.object({ deliveryId: z.string(), attempt: z.number() });
const holderSchema = z.object({ token: z.string() });

/** One event of one generation, on its way to its receiver. */
export interface Telling {
  readonly jobId: string;
  readonly incarnation: string;
  readonly generation: number;
  readonly event: string;
  status: DeliveryState['status'];
  /** Attempts handed out to workers. */
  begun: number;
  /** Calls that workers sent. */
  calls: number;
  /** How often somebody asked to send it again. */
  redelivered: number;
  body: string | null;
}

export class WebhookLedger implements ReceiverSpectator {
  readonly tellings = new Map<string, Telling>();
  /** Messages per job. */
  readonly sends = new Map<string, number>();
  /** How long after its time the latest attempt began. */
  latestBegin = 0;
  readonly #network: Network;
  readonly #pausesMs: readonly number[];
  readonly #violation: (what: string) => void;
  readonly #jobOf: (jobId: string) => JobState | null;
  readonly #idOf = new Map<string, string>();
  /** Incarnations whose receiver answered 410, and nobody has asked to call it again. */
  readonly #gone = new Set<string>();
  /** Changes during the present event that only a wish allows; the jobs it is about and the leases whose holders spoke. */
  readonly #unexplained = new Map<string, string>();
  readonly #wished = new Set<string>();
  #signature: string | null = null;

  constructor(
    network: Network,
    options: {
      readonly pausesMs: readonly number[];
      readonly violation: (what: string) => void;
      readonly jobOf: (jobId: string) => JobState | null;
    },
  ) {
    this.#network = network;
    this.#pausesMs = options.pausesMs;
    this.#violation = options.violation;
    this.#jobOf = options.jobOf;
  }

  sent(jobId: string): void {
    this.sends.set(jobId, (this.sends.get(jobId) ?? 0) + 1);
  }

  // --- rows

  jobChanged(jobId: string, previous: Stored | null, next: Stored | null): void {
    const before = previous === null || isDeleted(previous) ? null : previous;
    if (next === null || isDeleted(next)) {
      if (before?.deliveries.some(({ status }) => status === 'pending')) this.#unexplained.set(jobId, 'was forgotten with a call pending');
      return;
    }
    const same = before?.incarnation === next.incarnation ? before : null;
    if (typeof same?.webhook?.disabledAt === 'number' && next.webhook?.disabledAt === null) {
      this.#unexplained.set(jobId, 'called a receiver again that is gone');
      this.#gone.delete(next.incarnation);
    }
    for (const delivery of next.deliveries) {
      const known = same?.deliveries.find(({ id }) => id === delivery.id) ?? null;
      if (known === null) this.#open(next, delivery);
      else this.#checkChange(next, known, delivery);
      const telling = this.tellings.get(delivery.id);
      if (telling !== undefined) telling.status = delivery.status;
    }
    const lost = same?.deliveries.find((delivery) => !next.deliveries.some(({ id }) => id === delivery.id));
    if (lost !== undefined && next.deliveries.length < MAX_DELIVERIES) this.#violation(`job ${jobId} lost delivery ${lost.id}`);
    this.#checkAnnounced(next);
  }

  /** What the history tells and the webhook asked for is told, and nothing else, in one write with the history. */
  #checkAnnounced({ jobId, webhook, deliveries, events }: JobState): void {
    const asked: readonly string[] = webhook?.events ?? [];
    const happened = events.filter(({ type }) => asked.includes(type)).map(({ type, generation }) => `${type} ${generation}`);
    const expected = [...new Set(happened)].sort().join();
    const told = deliveries
      .map(({ event, generation }) => `${event} ${generation}`)
      .sort()
      .join();
    if (told !== expected) this.#violation(`job ${jobId} tells [${told}] and should tell [${expected}]`);
  }

  #open({ jobId, incarnation }: JobState, { id, event, generation, status, plannedAt }: DeliveryState): void {
    const what = `${incarnation} ${generation} ${event}`;
    if (this.#idOf.has(what)) this.#violation(`job ${jobId}: ${event} of generation ${generation} has two ids`);
    if (this.tellings.has(id)) this.#violation(`job ${jobId}: ${id} is used twice`);
    this.#idOf.set(what, id);
    this.tellings.set(id, { jobId, incarnation, generation, event, status, begun: 0, calls: 0, redelivered: 0, body: null });
    const isDue = status === 'pending' && plannedAt !== null && plannedAt <= this.#network.time.now;
    if (this.#gone.has(incarnation) ? status !== 'disabled' : !isDue) this.#violation(`job ${jobId}: ${id} begins as ${status}`);
  }

  #checkChange(job: JobState, before: DeliveryState, after: DeliveryState): void {
    const { jobId } = job;
    const { id } = after;
    if (after.attempt < before.attempt) this.#violation(`job ${jobId}: ${id} fell from attempt ${before.attempt} to ${after.attempt}`);
    if (before.status !== 'pending' && after.status === 'pending')
      this.#unexplained.set(jobId, `sent ${id} again, which was ${before.status}`);
    else if (after.attemptsOfSchedule < before.attemptsOfSchedule) this.#unexplained.set(jobId, `began the schedule of ${id} anew`);
    else if (before.lease === null && after.status === 'pending' && after.plannedAt !== before.plannedAt) {
      this.#unexplained.set(jobId, `moved the time of ${id}`);
    }
    if (before.lease === null) return;
    if (after.lease !== null) {
      if (after.lease.token !== before.lease.token) this.#violation(`job ${jobId}: ${id} changed hands`);
      return;
    }
    this.#checkAttempt(job, before, after);
  }

  /** An attempt is over. */
  #checkAttempt(job: JobState, before: DeliveryState, after: DeliveryState): void {
    const { now } = this.#network.time;
    const attempt = after.attempts.at(-1);
    const wrong = (what: string): void => this.#violation(`job ${job.jobId}: ${after.id}, attempt ${before.attempt}: ${what}`);
    this.#network.note(`Job ${job.jobId} ${after.event} attempt ${before.attempt} ${attempt?.error ?? 'delivered'} → ${after.status}`);
    if (attempt?.number !== before.attempt) wrong('not in the log');
    const isHolder = before.lease !== null && this.#wished.has(before.lease.token);
    if (!isHolder && before.lease !== null && now < before.lease.until) wrong('ended while another worker holds it');
    const pauseMs = this.#pausesMs[after.attemptsOfSchedule - 1];
    const status = this.#statusAfter(job, attempt?.error, pauseMs === undefined);
    if (after.status !== status) wrong(`ended with ${attempt?.error ?? 'success'}, is ${after.status} and should be ${status}`);
    if (status !== 'pending' || pauseMs === undefined) return;
    const pausedMs = (after.plannedAt ?? 0) - now;
    const askedMs = Math.min(attempt?.retryAfterMs ?? 0, DAY_MS);
    // The code's clock shows whole milliseconds.
    const isKept = pausedMs > Math.max(SHORTEST_PAUSE * pauseMs, askedMs) - 1 && pausedMs < Math.max(LONGEST_PAUSE * pauseMs, askedMs) + 1;
    if (!isKept) wrong(`the next is planned after ${pausedMs} ms, the pause is ${pauseMs} ms`);
  }

  #statusAfter({ incarnation }: JobState, error: AttemptError | undefined, wasLast: boolean): DeliveryState['status'] {
    if (error === undefined) return 'delivered';
    if (error === 'gone') this.#gone.add(incarnation);
    if (this.#gone.has(incarnation)) return 'disabled';
    return wasLast ? 'dead-letter' : 'pending';
  }

  // --- what a job is asked, and answers

  jobAsked(jobId: string, method: string, values: readonly unknown[]): void {
    if (method === 'remove' || method === 'redeliver') this.#wished.add(jobId);
    if (method === 'finishAttempt') this.#wished.add(holderSchema.parse(values[0]).token);
    if (method !== 'redeliver') return;
    const telling = this.tellings.get(z.string().parse(values[1]));
    if (telling !== undefined) telling.redelivered += 1;
  }

  jobAnswered(method: string, values: readonly unknown[], kind: string | undefined, state: JobState | null): void {
    if (method === 'beginAttempt' && kind === 'yours') this.#checkBegun(state, attemptMessageSchema.parse(values[0]));
  }

  #checkBegun(state: JobState | null, { deliveryId, attempt }: z.infer<typeof attemptMessageSchema>): void {
    const { now } = this.#network.time;
    const delivery = state?.deliveries.find(({ id }) => id === deliveryId);
    const telling = this.tellings.get(deliveryId);
    if (delivery === undefined || telling === undefined) {
      this.#violation(`${deliveryId} was handed out and is unknown`);
      return;
    }
    telling.begun += 1;
    const wrong = (why: string): void => this.#violation(`job ${telling.jobId}: ${deliveryId} was handed out, ${why}`);
    if (delivery.status !== 'pending') wrong(`which is ${delivery.status}`);
    if (delivery.attempt !== attempt) wrong(`attempt ${attempt} in the place of ${delivery.attempt}`);
    if (delivery.lease !== null && now < delivery.lease.until) wrong('which is held');
    if (delivery.plannedAt === null || now < delivery.plannedAt) wrong('before its time');
    if (this.#gone.has(telling.incarnation)) wrong('to a receiver that is gone');
    this.latestBegin = Math.max(this.latestBegin, now - (delivery.plannedAt ?? now));
  }

  /** What only a caller may wish was wished by one. Asked after every event. */
  checkExplained(): void {
    for (const [jobId, what] of this.#unexplained) {
      if (!this.#wished.has(jobId)) this.#violation(`job ${jobId} ${what}, and nobody asked for it`);
    }
    this.#unexplained.clear();
    this.#wished.clear();
  }

  // --- calls

  calling({ id, body, timestamp, signature }: ReceivedCall): void {
    const { now } = this.#network.time;
    const telling = this.tellings.get(id);
    if (telling === undefined) {
      this.#violation(`${id} is called and is no delivery`);
      return;
    }
    const wrong = (what: string): void => this.#violation(`job ${telling.jobId}: the call of ${id} ${what}`);
    telling.calls += 1;
    if (telling.calls > telling.begun) wrong('is made more often than it was handed out');
    if (telling.body === null) telling.body = body;
    else if (telling.body !== body) wrong('has another body than the one before');
    const { type, data } = webhookBodySchema.parse(JSON.parse(body));
    if (type !== telling.event || data.jobId !== telling.jobId || data.generation !== telling.generation) wrong('tells something else');
    if (timestamp !== String(Math.floor(now / 1000))) wrong('has an old timestamp');
    this.#signature ??= signature;
    if (signature !== this.#signature) wrong('is signed with another secret');
    const job = this.#jobOf(telling.jobId);
    // Deleted in the meantime: that call is the last.
    if (job?.incarnation !== telling.incarnation) return;
    const lease = job.deliveries.find((delivery) => delivery.id === id)?.lease ?? null;
    if (lease === null || now >= lease.until) wrong('is made by a worker that no longer holds it');
  }

  overlapping(id: string): void {
    this.#violation(`${id} is called twice at the same time`);
  }

  // --- when all is over

  /** @param calmSince the receiver and everything else has been well since then */
  checkRest({ jobId, incarnation, deliveries }: JobState, receiver: ModelReceiver, calmSince: number): void {
    for (const { id, status, attempts } of deliveries) {
      const lastAt = Date.parse(attempts.at(-1)?.at ?? '') || 0;
      if (status === 'pending') this.#violation(`job ${jobId}: ${id} is still pending`);
      if (status === 'delivered' && !receiver.accepted.has(id)) this.#violation(`job ${jobId}: ${id} was never received`);
      // Even in calm the store of secrets may be too slow for one attempt, and that may be the last.
      const isCalled = attempts.at(-1)?.error !== 'not-sent';
      if (status === 'dead-letter' && lastAt >= calmSince && isCalled)
        this.#violation(`job ${jobId}: ${id} was given up, and its receiver was back`);
      if (status === 'disabled' && !this.#wasRefused(incarnation, receiver)) this.#violation(`job ${jobId}: ${id} was refused by nobody`);
    }
    this.#checkSends(jobId);
  }

  #wasRefused(incarnation: string, { refusedForGood }: ModelReceiver): boolean {
    return [...refusedForGood].some((id) => this.tellings.get(id)?.incarnation === incarnation);
  }

  /** As with turns: a message needs a reason, or time in which the pauses between two double to five minutes. */
  #checkSends(jobId: string): void {
    const own = [...this.tellings.values()].filter((telling) => telling.jobId === jobId);
    const reasons = own.reduce((sum, { begun, redelivered }) => sum + 1 + begun + redelivered, 0);
    const byTime = (own.length * (this.#network.time.now - BEGINNING)) / 300_000;
    const sends = this.sends.get(jobId) ?? 0;
    if (sends > 6 * reasons + byTime) this.#violation(`job ${jobId}: ${sends} webhook messages for ${reasons} reasons`);
  }
}
