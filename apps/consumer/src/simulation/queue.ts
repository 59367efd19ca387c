/**
 * A queue: at least once, in no order, forgetting everything when the process dies, as the local one
 * does. What is delivered too often goes to the dead letters.
 */
import type { Network } from './network.ts';
import { asPlatform } from './platform.ts';
import { Process } from './processes.ts';

const BATCH_SIZE = 10;
const BATCH_WAIT_MS = 1_000;
/** A consumer that died is noticed after this long at most. */
const REDELIVERY_MS = 30_000;

interface Held {
  readonly id: string;
  readonly body: unknown;
  attempts: number;
}

export interface QueueOptions {
  readonly name: string;
  readonly maxRetries: number;
  readonly handle: (batch: MessageBatch<unknown>) => Promise<void>;
  readonly giveUp: (body: unknown) => void;
  readonly sent: (body: unknown) => void;
}

export class SimulatedQueue {
  /** Until then every send fails. */
  downUntil = 0;
  readonly history: unknown[] = [];
  readonly #network: Network;
  readonly #options: QueueOptions;
  readonly #invocations = new Set<Process>();
  #ready: Held[] = [];
  #flush: (() => void) | undefined;
  #epoch = 0;
  #held = 0;
  #last = 0;

  constructor(network: Network, options: QueueOptions) {
    this.#network = network;
    this.#options = options;
  }

  /** Nothing is held and nothing is being handled. */
  get idle(): boolean {
    return this.#held === 0 && this.#invocations.size === 0;
  }

  send(body: unknown): Promise<void> {
    const copy = structuredClone(body);
    return this.#network.call(this.#options.name, 'send', async () => {
      if (this.#network.time.now < this.downUntil) throw new Error('Queue send failed: 10250');
      this.history.push(copy);
      this.#options.sent(copy);
      this.put(copy);
    });
  }

  /** Holds a message, whoever it comes from. */
  put(body: unknown): void {
    const { chance, trouble } = this.#network;
    const copies = chance.happens(this.#options.name, trouble.duplicate) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const lateMs = chance.happens(this.#options.name, trouble.late) ? chance.between(this.#options.name, 1_000, 400_000) : 0;
      const againMs = copy === 0 ? 0 : chance.between(this.#options.name, 0, 60_000);
      this.#hold({ id: `message-${++this.#last}`, body, attempts: 0 }, lateMs + againMs);
    }
  }

  killInvocations(): void {
    for (const invocation of [...this.#invocations]) {
      this.#network.struck(invocation.name, 'invocation killed');
      invocation.kill();
    }
  }

  /** Every message is lost. */
  forget(): void {
    this.#epoch += 1;
    this.#held = 0;
    this.#ready = [];
    this.#flush?.();
    this.#flush = undefined;
  }

  #hold(message: Held, delayMs: number): void {
    const epoch = this.#epoch;
    this.#held += 1;
    this.#network.time.happen(delayMs, () => {
      if (epoch !== this.#epoch) return;
      this.#ready.push(message);
      this.#flush ??= this.#network.time.happen(this.#network.chance.between(this.#options.name, 0, BATCH_WAIT_MS), () => this.#deliver());
    });
  }

  #deliver(): void {
    this.#flush = undefined;
    const { chance, time } = this.#network;
    const shuffled = this.#ready.map((held) => ({ held, rank: chance.draw(this.#options.name) })).sort((a, b) => a.rank - b.rank);
    const batch = shuffled.slice(0, BATCH_SIZE).map(({ held }) => held);
    this.#ready = this.#ready.filter((held) => !batch.includes(held));
    if (this.#ready.length > 0) this.#flush = time.happen(1, () => this.#deliver());
    if (batch.length > 0) this.#invoke(batch);
  }

  #invoke(batch: readonly Held[]): void {
    const { time, chance } = this.#network;
    const epoch = this.#epoch;
    const process = new Process(`invocation of ${this.#options.name} ${batch.map(({ id }) => id).join(' ')}`);
    const open = new Set(batch);
    const close = (held: Held, then: 'forget' | 'again', delayMs: number): void => {
      if (!open.delete(held) || epoch !== this.#epoch) return;
      this.#held -= 1;
      if (then === 'forget') return;
      held.attempts += 1;
      if (held.attempts > this.#options.maxRetries) this.#options.giveUp(held.body);
      else this.#hold(held, delayMs);
    };
    const messages = batch.map((held) => ({
      id: held.id,
      timestamp: new Date(time.now),
      attempts: held.attempts + 1,
      body: structuredClone(held.body),
      ack: () => process.alive && close(held, 'forget', 0),
      retry: (options?: { delaySeconds?: number }) => process.alive && close(held, 'again', (options?.delaySeconds ?? 5) * 1_000),
    }));
    this.#invocations.add(process);
    const ended = (then: 'forget' | 'again'): void => {
      this.#invocations.delete(process);
      for (const held of [...open]) close(held, then, chance.between(this.#options.name, 0, REDELIVERY_MS));
    };
    process.onDeath(() => ended('again'));
    process
      .run(() => this.#options.handle(asPlatform({ queue: this.#options.name, messages })))
      .then(
        () => process.alive && ended('forget'),
        () => process.alive && ended('again'),
      );
  }
}
